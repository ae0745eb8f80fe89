"""Keep audiences: save a version, clone, archive and bring back."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from kequn.engage.audiences.counting import Looker, size
from kequn.engage.audiences.models import Audience, Version
from kequn.engage.audit.chain import record
from kequn.engage.language import say
from kequn.engage.orgs.models import Staff
from kequn.errors import KequnError


class NewerVersionError(KequnError):
    """Somebody saved another version meanwhile: ``newest`` is that one."""

    def __init__(self, newest: Version) -> None:
        super().__init__(
            say(
                f"{newest.author} 已保存第 {newest.number} 版。", f"{newest.author} has saved version {newest.number}."
            ),
            say("请选择保留哪一版。", "Choose which one to keep."),
        )
        self.newest = newest


@dataclass(frozen=True)
class Draft:
    """What the builder's form holds; ``base`` is the number of the version that it was opened with."""

    name: str
    rule: str
    shared: bool = False
    note: str = ""
    base: int = 0


def create(looker: Looker, author: Staff, draft: Draft) -> Audience:
    """A new audience with its first version; raises KequnError for a rule that does not compile."""
    customers = size(looker, draft.rule).customers
    with transaction.atomic():
        audience = Audience.objects.create(
            name=draft.name, owner=author, org=author.org, shared=draft.shared, changed_at=timezone.now()
        )
        _add(looker, audience, author, draft, customers)
    return audience


def save(looker: Looker, audience: Audience, author: Staff, draft: Draft) -> Audience:
    """A further version; raises NewerVersionError when ``draft`` was made from another than the newest.

    A rule that did not change makes no version; name and sharing change without one.
    """
    customers = size(looker, draft.rule).customers
    with transaction.atomic():
        held = Audience.objects.select_for_update().get(pk=audience.pk)
        newest = held.versions.select_related("author").first()
        if newest and newest.number != draft.base and newest.rule != draft.rule:
            raise NewerVersionError(newest)
        held.name, held.shared, held.changed_at = draft.name, draft.shared, timezone.now()
        held.save(update_fields=["name", "shared", "changed_at"])
        if newest is None or newest.rule != draft.rule:
            _add(looker, held, author, draft, customers)
    return held


def _add(looker: Looker, audience: Audience, author: Staff, draft: Draft, customers: int) -> None:
    number = audience.newest.number + 1 if audience.newest else 1
    audience.newest = Version.objects.create(
        audience=audience, number=number, rule=draft.rule, customers=customers, night=looker.night.key,
        as_of=looker.night.as_of, author=author, at=timezone.now(), note=draft.note,
    )  # fmt: skip
    audience.save(update_fields=["newest"])
    record(author, "change", f"audience:{audience.pk}", version=number, customers=customers, night=looker.night.key)


def clone(looker: Looker, audience: Audience, author: Staff) -> Audience:
    """The audience's newest rule as one of ``author``'s own."""
    name = say(f"{audience.name}（副本）", f"{audience.name} (copy)")[: Audience._meta.get_field("name").max_length]
    note = say(f"复制自 {audience.name}", f"Copied from {audience.name}")
    return create(looker, author, Draft(name, audience.rule, note=note))


def archive(audience: Audience, author: Staff, *, away: bool) -> None:
    """Put the audience away, or bring it back; nothing of it is lost."""
    with transaction.atomic():
        audience.archived_at = timezone.now() if away else None
        audience.save(update_fields=["archived_at"])
        record(author, "change", f"audience:{audience.pk}", archived=away)
