"""The dry run of a change: a job that settles the published night with it, in a process of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from kequn.engage.data.models import Run
from kequn.engage.data.process import TryLaterError, Work, kequn
from kequn.engage.plan import documents
from kequn.engage.plan.models import Change
from kequn.engine.publish import current
from kequn.errors import KequnError


def work(run: Run, work: Work) -> str:
    """Rehearse the change that ``run`` is about and keep the comparison with it; returns a message."""
    change = Change.objects.filter(pk=run.detail["change"]).first()
    if change is None or change.run != run.pk or change.digest != run.detail["digest"]:
        return "The change has been edited since; nothing to do."
    work.at("settling")
    night = current(settings.WORKSPACE)
    try:
        found = compared(change, work)
    except TryLaterError:
        raise
    except KequnError as error:
        failed(change, run.pk, f"{error.message} {error.hint}".strip())
        raise
    done(change, run.pk, found, night.folder.name if night else "")
    return f"change {change.pk}"


def compared(change: Change, work: Work) -> dict[str, Any]:
    """What ``kequn settle --dry-run`` says; raises KequnError where it settled with something else."""
    with tempfile.TemporaryDirectory(prefix="kequn-change-") as folder:
        file = Path(folder) / "change.yaml"
        file.write_text(yaml.safe_dump({change.kind: change.content}, allow_unicode=True), "utf-8")
        found: dict[str, Any] = kequn(work, "settle", "--dry-run", "--with", str(file), "--json")
    if found["after"][change.kind] != documents.version_of(change.kind, change.content):
        raise KequnError("The dry run settled with another document.", "Rebase the change, then run it again.")
    return found


def done(change: Change, run: int, found: dict[str, Any], night: str) -> bool:
    """Keep the result, unless the change was edited meanwhile."""
    return bool(
        Change.objects.filter(pk=change.pk, run=run).update(
            rehearsal=found,
            rehearsed=change.digest,
            rehearsed_night=night,
            rehearsal_message="",
            rehearsal_state=Change.Rehearsal.DONE,
        )
    )


def failed(change: Change, run: int, message: str) -> None:
    """Say why the dry run gave nothing."""
    Change.objects.filter(pk=change.pk, run=run).update(
        rehearsal_state=Change.Rehearsal.FAILED, rehearsal_message=message[:2000]
    )
