"""The jobs that run beside the console, in one table: when each is due, and what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from django.utils.module_loading import import_string

from kequn.engage.data.models import Run
from kequn.engage.data.process import Work, kequn
from kequn.engage.language import say
from kequn.engage.site.night import newest
from kequn.engine.publish import MANIFEST, current

# What a newly published night brings into the rows wing, in this order; each is called with the opened Night.
INTAKE = ("kequn.engage.orgs.directory.load", "kequn.engage.customers.load.load")
SESSIONS_AT = time(3, 10)
LATE_MOST = timedelta(hours=6)

Due = Callable[[datetime], tuple[datetime, dict[str, Any]] | None]


@dataclass(frozen=True)
class Job:
    """``due`` gives the newest time at which a run is due and what it is about; None: only when somebody asks.

    ``work`` does it and returns a message; ``by_hand`` lets the data engineer start it.
    """

    name: str
    zh: str
    en: str
    work: Callable[[Run, Work], str]
    due: Due
    by_hand: bool = False

    @property
    def label(self) -> str:
        """The job in the page's language."""
        return say(self.zh, self.en)


def never(now: datetime) -> None:
    """Of jobs that run only when asked."""


def _at(hour: time, now: datetime) -> tuple[datetime, dict[str, Any]] | None:
    """The last time before ``now`` that the clock showed ``hour``; None where that is too long ago to catch up."""
    local = timezone.localtime(now)
    due = timezone.make_aware(datetime.combine(local.date(), hour))
    if due > now:
        due = timezone.make_aware(datetime.combine(local.date() - timedelta(days=1), hour))
    return (due, {}) if now - due <= LATE_MOST else None


def _published(now: datetime) -> tuple[datetime, dict[str, Any]] | None:
    """When the newest night came out."""
    night = current(settings.WORKSPACE)
    if night is None:
        return None
    written = (night.folder / MANIFEST).stat().st_mtime_ns // 1000
    at = datetime.fromtimestamp(written // 10**6, tz=timezone.get_current_timezone())
    return at.replace(microsecond=written % 10**6), {"night": night.folder.name}


def _nightly(now: datetime) -> tuple[datetime, dict[str, Any]] | None:
    asked = settings.WORKSPACE.settings.text("console.night_at")
    return _at(time.fromisoformat(asked), now) if asked else None


def _intake(run: Run, work: Work) -> str:
    night = newest(settings.WORKSPACE)
    if night is None:
        return "There is no night."
    done = []
    for name in INTAKE:
        work.at(name.split(".")[2])
        done.append(_told(import_string(name)(night)))
    return f"{night.as_of}: " + "; ".join(done)


def _told(loaded: Any) -> str:
    """The counts of a dataclass that a loader gives, in a line."""
    return ", ".join(f"{name} {value:,}" for name, value in vars(loaded).items() if isinstance(value, int))


def _night(run: Run, work: Work) -> str:
    report = kequn(work, "night", "--json")
    customers, seconds = report["tables"].get("customer", 0), report["seconds"]
    return f"{report['as_of']}: {customers:,} customers in {seconds:.0f} s"


def _sessions(run: Run, work: Work) -> str:
    call_command("clearsessions")
    return ""


def _rehearsal(run: Run, work: Work) -> str:
    found: str = import_string("kequn.engage.plan.rehearsal.work")(run, work)
    return found


JOBS: dict[str, Job] = {
    job.name: job
    for job in (
        Job("intake", "接收夜批结果", "Take in the night", _intake, _published, by_hand=True),
        Job("night", "运行夜批", "Run the night", _night, _nightly, by_hand=True),
        Job("rehearsal", "试算变更", "Rehearse a change", _rehearsal, never),
        Job("sessions", "清理过期会话", "Clear old sessions", _sessions, lambda now: _at(SESSIONS_AT, now)),
    )
}
