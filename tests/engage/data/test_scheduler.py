"""The scheduler does what is due, survives what fails, and ends with whoever started it."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from kequn.engage.data import jobs, queue
from kequn.engage.data.models import Run
from kequn.engage.data.process import CHILD, TryLaterError, Work, end, kequn
from kequn.engage.data.scheduler import Scheduler, plan_due
from kequn.engage.orgs.models import Org
from kequn.errors import KequnError
from kequn.workspace import Settings

State = Run.State


@pytest.fixture
def job(monkeypatch):
    """``job(work)`` replaces what the job of sessions does."""

    def replaced(work):
        monkeypatch.setitem(jobs.JOBS, "sessions", dataclasses.replace(jobs.JOBS["sessions"], work=work))
        return queue.ask("sessions")

    return replaced


def fails(error):
    def work(run, work):
        raise error

    return work


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("work", "state", "message"),
    [
        (lambda run, work: "well", State.DONE, "well"),
        (fails(KequnError("Bad.", "Mend it.")), State.FAILED, "Bad. Mend it."),
        (fails(ZeroDivisionError()), State.FAILED, "ZeroDivisionError; see logs/console.jsonl."),
        (fails(TryLaterError("Another night is running")), State.WAITING, "Another night is running"),
    ],
)
def test_a_run_ends_as_its_work_does(job, work, state, message):
    run = job(work)
    assert Scheduler("w").one()
    run.refresh_from_db()
    assert (run.state, run.message) == (state, message)


@pytest.mark.django_db
def test_a_night_is_taken_in_once_by_two_schedulers(night):
    Org.objects.update(name_en="Old name")
    for _ in range(2):
        plan_due()
    waiting = Run.objects.filter(job="intake")
    assert [run.detail for run in waiting] == [{"night": night.key}]
    Run.objects.exclude(job="intake").delete()
    assert [Scheduler("a").one(), Scheduler("b").one()] == [True, False]
    assert waiting.get().state == State.DONE
    assert not Org.objects.filter(name_en="Old name").exists()


def test_a_clock_is_caught_up_with_for_some_hours():
    at = timezone.make_aware(datetime(2026, 3, 5, 3, 10))
    assert jobs._at(jobs.SESSIONS_AT, at) == (at, {})
    assert jobs._at(jobs.SESSIONS_AT, at + timedelta(hours=5)) == (at, {})
    assert jobs._at(jobs.SESSIONS_AT, at + timedelta(hours=7)) is None
    assert jobs._at(jobs.SESSIONS_AT, at - timedelta(minutes=1)) is None


def test_the_night_runs_when_it_is_asked_for(settings):
    now = timezone.make_aware(datetime(2026, 3, 5, 2, 31))
    assert jobs._nightly(now) is None
    chosen = Settings({**settings.WORKSPACE.settings.values, "console.night_at": "02:30"})
    settings.WORKSPACE = dataclasses.replace(settings.WORKSPACE, settings=chosen)
    assert jobs._nightly(now) == (timezone.make_aware(datetime(2026, 3, 5, 2, 30)), {})


def test_a_command_gives_its_json_or_its_error(bank):
    assert kequn(Work(), "nights", "--json")[-1]["current"]
    with pytest.raises(KequnError) as found:
        kequn(Work(), "settle", "--with", "nothing.yaml", "--json")
    assert (found.value.message, bool(found.value.hint)) == ("--with only compares.", True)


def test_a_stopped_command_ends_at_once(bank):
    work = Work()
    threading.Timer(1.0, work.stopping.set).start()
    began = time.monotonic()
    with pytest.raises(TryLaterError):
        kequn(work, "settle", "--dry-run", "--json")
    assert time.monotonic() - began < 8


@pytest.mark.parametrize("how", ["closes", "is killed"])
def test_a_child_ends_with_its_parent(how):
    """The child of a child: whatever happens to the parent in between, it does not outlive it."""
    child = CHILD.split("; from kequn.cli")[0] + "; import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    parent = (
        "import subprocess, sys; kept = subprocess.Popen([sys.executable, '-c', sys.argv[1]], stdin=subprocess.PIPE,"
        " start_new_session=True); input(); kept.stdin.close(); kept.wait()"
    )
    command = [sys.executable, "-c", parent, child]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as between:
        number = int(between.stdout.readline())
        if how == "closes":
            between.communicate("\n")
        else:
            between.kill()
        assert gone(number)


def test_a_worker_ends_after_its_parent():
    child = (
        "import os, sys, time; from kequn.engage.data.watch import end_after; end_after(os.getppid());"
        " print(os.getpid(), flush=True); time.sleep(60)"
    )
    parent = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
    with subprocess.Popen([sys.executable, "-c", parent, child], stdout=subprocess.PIPE, text=True) as between:
        number = int(between.stdout.readline())
        between.kill()
        assert gone(number)


def gone(number: int) -> bool:
    for _ in range(100):
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{number}/stat").read_text().split()[2] == "Z":
            return True
        time.sleep(0.1)
    return False


def test_a_deaf_child_is_killed():
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", deaf], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdout.readline()
    end(child)
    assert child.returncode == -9
    child.stdout.close()
