"""The queue of runs: put one in, claim it once, keep it alive, finish it, and take it back from a dead worker."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from kequn.engage.data.models import Run

DEAD_AFTER = timedelta(seconds=120)
ATTEMPTS_MOST = 3


def plan(job: str, due_at: datetime, **detail: Any) -> None:
    """Make sure that the run of ``job`` due at ``due_at`` exists; whoever comes second changes nothing."""
    Run.objects.bulk_create([Run(job=job, due_at=due_at, not_before=due_at, detail=detail)], ignore_conflicts=True)


def ask(job: str, asked_by: str = "", **detail: Any) -> Run:
    """Put in a run of ``job`` that is due now and return it."""
    due_at = timezone.now()
    while Run.objects.filter(job=job, due_at=due_at).exists():
        due_at += timedelta(microseconds=1)
    return Run.objects.create(job=job, due_at=due_at, not_before=due_at, asked_by=asked_by, detail=detail)


def claim(worker: str, jobs: Iterable[str]) -> Run | None:
    """The longest-waiting run of ``jobs`` that is due, now ``worker``'s; None where there is none.

    PostgreSQL skips rows that another worker has just locked; the compare-and-set makes it safe on every database.
    """
    now = timezone.now()
    with transaction.atomic():
        waiting = Run.objects.filter(state=Run.State.WAITING, not_before__lte=now, job__in=list(jobs))
        run = waiting.order_by("not_before", "id").select_for_update(skip_locked=True).first()
        if run is None:
            return None
        claimed = Run.objects.filter(pk=run.pk, state=Run.State.WAITING).update(
            state=Run.State.RUNNING, worker=worker, attempts=F("attempts") + 1, started_at=now, heartbeat_at=now,
            finished_at=None, message="",
        )  # fmt: skip
    if not claimed:
        return None
    run.refresh_from_db()
    return run


def beat(run: Run, message: str | None = None) -> bool:
    """Say that the run is alive, with what it is at; False where it has been taken away from this worker."""
    news = {"heartbeat_at": timezone.now()} | ({} if message is None else {"message": message[:500]})
    return bool(_ours(run).update(**news))


def finish(run: Run, message: str = "", **detail: Any) -> bool:
    """The run is done; False where it has been taken away meanwhile."""
    return _end(run, Run.State.DONE, message, detail)


def fail(run: Run, message: str, **detail: Any) -> bool:
    """The run has failed, and why."""
    return _end(run, Run.State.FAILED, message, detail)


def put_off(run: Run, message: str, wait: timedelta) -> bool:
    """Try the run again after ``wait``; this attempt does not count."""
    return bool(
        _ours(run).update(
            state=Run.State.WAITING,
            worker="",
            attempts=F("attempts") - 1,
            message=message[:500],
            not_before=timezone.now() + wait,
        )
    )


def bury(now: datetime | None = None) -> tuple[int, int]:
    """Take runs back from workers that have died: again in the queue, or failed after too many attempts.

    Returns how many were put back and how many failed.
    """
    now = now or timezone.now()
    dead = Run.objects.filter(state=Run.State.RUNNING, heartbeat_at__lt=now - DEAD_AFTER)
    failed = dead.filter(attempts__gte=ATTEMPTS_MOST).update(
        state=Run.State.FAILED, finished_at=now, message=f"Its worker died {ATTEMPTS_MOST} times."
    )
    back = dead.update(state=Run.State.WAITING, worker="", not_before=now, message="Its worker died; tried again.")
    return back, failed


def _ours(run: Run) -> Any:
    return Run.objects.filter(pk=run.pk, state=Run.State.RUNNING, worker=run.worker, attempts=run.attempts)


def _end(run: Run, state: str, message: str, detail: dict[str, Any]) -> bool:
    now = timezone.now()
    merged = run.detail | detail
    return bool(
        _ours(run).update(state=state, finished_at=now, heartbeat_at=now, message=message[:4000], detail=merged)
    )
