"""The process beside the web server: find what is due, do it, and end with the web server.

Any number of processes may run it on any number of machines: the queue gives each run to one of them.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from datetime import timedelta

import structlog
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from kequn.engage.data import queue
from kequn.engage.data.jobs import JOBS
from kequn.engage.data.models import Run
from kequn.engage.data.process import TryLaterError, Work
from kequn.errors import KequnError

LOG = structlog.get_logger("kequn.scheduler")
TICK_SECONDS = 1.0
BEAT_SECONDS = 5.0
PLAN_SECONDS = 10.0
PUT_OFF = timedelta(seconds=15)


class Scheduler:
    """One worker. ``run`` works until ``stop``, which may be called from a signal or another thread."""

    def __init__(self, name: str = "") -> None:
        self.name = name or f"{socket.gethostname()[:40]}:{os.getpid()}"
        self._stopping = threading.Event()
        self._work: Work | None = None

    def stop(self) -> None:
        """Finish soon; what is being done is put back into the queue."""
        self._stopping.set()
        if self._work:
            self._work.stopping.set()

    def run(self) -> None:
        """Plan, claim and work, whatever fails."""
        planned = 0.0
        while not self._stopping.is_set():
            try:
                if time.monotonic() - planned >= PLAN_SECONDS:
                    plan_due()
                    planned = time.monotonic()
                busy = self.one()
            except DatabaseError as error:
                LOG.error("scheduler without a database", kind=type(error).__name__)
                busy = False
            close_old_connections()
            if not busy:
                self._stopping.wait(TICK_SECONDS)

    def one(self) -> bool:
        """Do one run that is due; False where there is none."""
        run = queue.claim(self.name, JOBS)
        if run is None:
            return False
        self._work = work = Work(lambda text: _quietly(run, text))
        if self._stopping.is_set():
            work.stopping.set()
        beating = threading.Event()
        heart = threading.Thread(target=_beat, args=(run, work, beating), daemon=True)
        heart.start()
        try:
            self._do(run, work)
        finally:
            beating.set()
            heart.join()
            self._work = None
        return True

    def _do(self, run: Run, work: Work) -> None:
        LOG.info("run begins", job=run.job, run=run.pk)
        try:
            queue.finish(run, JOBS[run.job].work(run, work))
        except TryLaterError as error:
            queue.put_off(run, error.message, timedelta(0) if work.stopping.is_set() else PUT_OFF)
        except KequnError as error:
            queue.fail(run, f"{error.message} {error.hint}".strip())
        except Exception as error:  # a job may fail in any way, the scheduler may not
            LOG.exception("run broke", job=run.job, run=run.pk)
            queue.fail(run, f"{type(error).__name__}; see logs/console.jsonl.")
        LOG.info("run ended", job=run.job, run=run.pk)


def plan_due() -> None:
    """Put every run that its job's clock makes due into the queue, and take back what dead workers held."""
    now = timezone.now()
    queue.bury(now)
    for job in JOBS.values():
        if found := job.due(now):
            queue.plan(job.name, found[0], **found[1])


def _beat(run: Run, work: Work, ended: threading.Event) -> None:
    """Renew the heartbeat; stop work that has been given to another worker."""
    while not ended.wait(BEAT_SECONDS):
        try:
            if not queue.beat(run):
                work.stopping.set()
        except DatabaseError:
            LOG.error("no heartbeat", run=run.pk)
    close_old_connections()


def _quietly(run: Run, text: str) -> None:
    """What a run is at is told, and nothing depends on it."""
    try:
        queue.beat(run, text)
    except DatabaseError:
        LOG.error("no news", run=run.pk)


def main() -> None:
    """Work until the parent ends or a signal comes."""
    from kequn.engage.data.watch import end_with_parent

    scheduler = Scheduler()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: scheduler.stop())
    end_with_parent(scheduler.stop)
    scheduler.run()
