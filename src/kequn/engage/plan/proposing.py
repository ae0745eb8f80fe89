"""Maker and checker: propose a change, submit it, decide on it, bring it into force, undo it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from kequn.engage.audit import chain
from kequn.engage.data import queue
from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import Role
from kequn.engage.plan import documents
from kequn.engage.plan.models import Change
from kequn.engage.plan.states import NotNowError, may, step
from kequn.errors import KequnError

Rehearsal = Change.Rehearsal


class MovedError(KequnError):
    """What is in force is not what the change was made on."""


class OwnWorkError(KequnError):
    """Who makes a change never approves it."""


class NotTheirsError(KequnError):
    """Policy and capacity are the whole bank's: an approver of a branch does not decide on them."""


class UnchangedError(KequnError):
    """The proposal says what is in force already."""


def propose(author: Staff, kind: str, values: Mapping[str, Any], why: str, undoes: Change | None = None) -> Change:
    """A draft over what is in force; raises KequnError about a field, and UnchangedError."""
    before, base = documents.in_force(settings.WORKSPACE, kind)
    content = documents.settled_values(kind, values)
    _differs(kind, content, base)
    return Change.objects.create(
        kind=kind, author=author, why=why.strip(), base=base, before=before, content=content, undoes=undoes,
        edited_at=timezone.now(),
    )  # fmt: skip


def edit(change: Change, author: Staff, values: Mapping[str, Any], why: str) -> Change:
    """New content over what is in force now; a change that was submitted is a draft again, unrehearsed."""
    before, base = documents.in_force(settings.WORKSPACE, change.kind)
    content = documents.settled_values(change.kind, values)
    _differs(change.kind, content, base)
    with transaction.atomic():
        locked = _locked(change, "edit", author)
        locked.before, locked.base, locked.content, locked.why = before, base, content, why.strip()
        locked.edited_at, locked.shown = timezone.now(), ""
        _forget_rehearsal(locked)
        locked.save()
    return locked


def rebase(change: Change, author: Staff) -> Change:
    """The same fields that the author changed, laid over what is in force now."""
    before, _ = documents.in_force(settings.WORKSPACE, change.kind)
    return edit(change, author, carried(change.before, change.content, before), change.why)


def rehearse(change: Change, who: Staff) -> Change:
    """Queue the dry run of what the change says now."""
    with transaction.atomic():
        locked = Change.objects.select_for_update().get(pk=change.pk)
        if not may(locked, "edit"):
            raise NotNowError(f"A change that is {locked.state} needs no dry run.", "Load the page again.")
        if locked.author_id != who.pk:
            raise NotNowError("Only its author has a change rehearsed.", "Ask the author.")
        run = queue.ask("rehearsal", who.username, change=locked.pk, digest=locked.digest)
        _forget_rehearsal(locked)
        locked.run, locked.rehearsal_state = run.pk, Rehearsal.WAITING
        locked.save()
    return locked


def submit(change: Change, author: Staff) -> Change:
    """Put the change before an approver; raises NotNowError unless it was rehearsed as it is, MovedError."""
    with transaction.atomic():
        locked = _locked(change, "submit", author)
        _still(locked)
        if not locked.is_rehearsed:
            raise NotNowError("The change has not been rehearsed as it is now.", "Run the dry run first.")
        locked.submitted_at, locked.shown = timezone.now(), locked.digest
        chain.record(author, "submit", f"change:{locked.pk}", digest=locked.digest, base=locked.base)
        locked.save()
    return locked


def withdraw(change: Change, author: Staff) -> Change:
    """The author takes it back."""
    with transaction.atomic():
        locked = _locked(change, "withdraw", author)
        chain.record(author, "withdraw", f"change:{locked.pk}")
        locked.save()
    return locked


def reject(change: Change, checker: Staff, shown: str, why: str) -> Change:
    """Another person says no, and why."""
    with transaction.atomic():
        locked = _checked(change, "reject", checker, shown)
        _decided(locked, checker, why)
        chain.record(checker, "reject", f"change:{locked.pk}", digest=shown, why=locked.decision)
        locked.save()
    return locked


def approve(change: Change, checker: Staff, shown: str, why: str) -> Change:
    """Another person says yes to exactly what was ``shown``, and it comes into force.

    Raises OwnWorkError, NotNowError where the change is not what was shown any more, and MovedError where the
    document in force is not the one that it was made on.
    """
    with documents.alone(settings.WORKSPACE):
        with transaction.atomic():
            locked = _checked(change, "approve", checker, shown)
            _still(locked)
            _decided(locked, checker, why)
            chain.record(checker, "approve", f"change:{locked.pk}", digest=shown, why=locked.decision)
            locked.save()
        return _apply(locked, checker)


def apply(change: Change, who: Staff) -> Change:
    """Bring an approved change into force that was interrupted before it was written."""
    _for_the_bank(who)
    with documents.alone(settings.WORKSPACE):
        return _apply(Change.objects.get(pk=change.pk), who)


def undo(change: Change, author: Staff) -> Change:
    """A new draft that takes the fields of an applied change back to what they were."""
    if change.state != Change.State.APPLIED:
        raise NotNowError("Only what is in force can be undone.", "Load the page again.")
    now, _ = documents.in_force(settings.WORKSPACE, change.kind)
    return propose(author, change.kind, carried(change.content, change.before, now), f"↶ {change.why}", change)


def carried(old: Mapping[str, Any], new: Mapping[str, Any], onto: Mapping[str, Any]) -> dict[str, Any]:
    """``onto`` with every field that differs between ``old`` and ``new`` as ``new`` has it; maps are gone through."""
    result = dict(onto)
    for name, value in new.items():
        if old.get(name) == value:
            continue
        inner = onto.get(name)
        if isinstance(value, dict) and isinstance(inner, dict):
            result[name] = carried(old.get(name) or {}, value, inner)
        else:
            result[name] = value
    return result


def _apply(change: Change, who: Staff) -> Change:
    """Write the document and say so; whoever calls holds the documents' lock."""
    version = documents.version_of(change.kind, change.content)
    if documents.in_force(settings.WORKSPACE, change.kind)[1] != version:
        _still(change)
    with transaction.atomic():
        locked = Change.objects.select_for_update().get(pk=change.pk)
        step(locked, "apply")
        locked.applied_at = timezone.now()
        chain.record(who, "change", f"{locked.kind}:{version}", change=locked.pk, before=locked.base, after=version)
        locked.save()
        # Last, so that a file that cannot be written leaves the change approved and not in force.
        note = documents.note_of(locked, timezone.localdate())
        documents.write(settings.WORKSPACE, locked.kind, locked.content, note)
    return locked


def _locked(change: Change, action: str, author: Staff) -> Change:
    """The author's change, locked and moved."""
    locked = Change.objects.select_for_update().get(pk=change.pk)
    if locked.author_id != author.pk:
        raise NotNowError("A change is its author's.", "Ask the author.")
    step(locked, action)
    return locked


def _checked(change: Change, action: str, checker: Staff, shown: str) -> Change:
    """Somebody else's change, locked, moved, and still what was shown."""
    _for_the_bank(checker)
    locked = Change.objects.select_for_update().get(pk=change.pk)
    step(locked, action)
    if locked.author_id == checker.pk:
        raise OwnWorkError("Who makes a change never approves it.", "Leave it to another approver.")
    if not shown or shown != locked.digest or shown != locked.shown:
        raise NotNowError("The change is not what was shown any more.", "Load the page again and look once more.")
    return locked


def decides(staff: Staff) -> bool:
    """Whether the person may approve changes: an approver who sees the whole bank, because the documents are its."""
    return staff.duty is Role.APPROVER and staff.scope.everything


def _for_the_bank(checker: Staff) -> None:
    if not decides(checker):
        raise NotTheirsError("The policy and the capacity are the whole bank's.", "Ask an approver of the head office.")


def _decided(change: Change, checker: Staff, why: str) -> None:
    change.decided_by, change.decided_at, change.decision = checker, timezone.now(), why.strip()


def _still(change: Change) -> None:
    if documents.in_force(settings.WORKSPACE, change.kind)[1] != change.base:
        raise MovedError("What is in force has changed since this was made.", "Its author lays it over the new one.")


def _differs(kind: str, content: Mapping[str, Any], base: str) -> None:
    if documents.version_of(kind, content) == base:
        raise UnchangedError("Nothing differs from what is in force.", "Change a field.")


def _forget_rehearsal(change: Change) -> None:
    change.run, change.rehearsal, change.rehearsed, change.rehearsed_night = None, None, "", ""
    change.rehearsal_state, change.rehearsal_message = Rehearsal.NONE, ""
