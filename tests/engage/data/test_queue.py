"""Each due run happens once, whoever looks for work, and a dead worker's run is not lost."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from kequn.engage.data import queue
from kequn.engage.data.models import Run

State = Run.State
JOBS = ("one", "two")
WORKERS, RUNS = 6, 20


@pytest.mark.django_db
def test_a_run_is_planned_once():
    due = timezone.now()
    for _ in range(3):
        queue.plan("one", due, night="a")
    assert Run.objects.filter(job="one").count() == 1
    queue.plan("two", due)
    assert Run.objects.count() == 2


@pytest.mark.django_db
def test_two_who_ask_at_once_both_get_their_run():
    first, second = queue.ask("one", "S1", change=1), queue.ask("one", "S2", change=2)
    assert first.pk != second.pk
    assert first.due_at < second.due_at


@pytest.mark.django_db
def test_what_is_not_due_or_not_ours_stays():
    queue.plan("one", timezone.now() + timedelta(hours=1))
    queue.ask("strange")
    assert queue.claim("w", JOBS) is None


@pytest.mark.django_db(transaction=True)
def test_many_workers_share_the_runs_without_doing_one_twice():
    for number in range(RUNS):
        queue.ask("one", number=number)
    claimed: list[int] = []
    start = threading.Barrier(WORKERS)

    def worker(name: str) -> None:
        try:
            start.wait()
            while run := queue.claim(name, JOBS):
                claimed.append(run.pk)
                assert queue.finish(run, name)
        finally:
            connection.close()

    threads = [threading.Thread(target=worker, args=(f"w{number}",)) for number in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)), "a run was given to two workers"
    # A worker that lost a race may have gone home; what is left is still there.
    assert len(claimed) + Run.objects.filter(state=State.WAITING).count() == RUNS
    assert Run.objects.filter(state=State.DONE, attempts=1).count() == len(claimed)
    assert len(claimed) >= WORKERS


@pytest.mark.django_db
def test_the_run_of_a_dead_worker_is_tried_again_and_then_given_up():
    asked = queue.ask("one")
    later = timezone.now() + queue.DEAD_AFTER + timedelta(seconds=1)
    for attempt in range(1, queue.ATTEMPTS_MOST + 1):
        run = queue.claim(f"w{attempt}", JOBS)
        assert run is not None
        assert run.attempts == attempt
        assert queue.bury() == (0, 0), "its worker lives"
        again = attempt < queue.ATTEMPTS_MOST
        assert queue.bury(later) == ((1, 0) if again else (0, 1))
        Run.objects.filter(pk=run.pk).update(not_before=timezone.now())
    asked.refresh_from_db()
    assert asked.state == State.FAILED
    assert "died" in asked.message


@pytest.mark.django_db
def test_who_lost_a_run_can_neither_finish_nor_keep_it():
    queue.ask("one")
    lost = queue.claim("old", JOBS)
    queue.bury(timezone.now() + queue.DEAD_AFTER + timedelta(seconds=1))
    Run.objects.update(not_before=timezone.now())
    ours = queue.claim("new", JOBS)
    assert not queue.beat(lost)
    assert not queue.finish(lost)
    assert not queue.fail(lost, "no")
    assert queue.finish(ours, "yes")
    assert Run.objects.get().message == "yes"


@pytest.mark.django_db
def test_putting_off_is_no_attempt():
    queue.ask("one")
    run = queue.claim("w", JOBS)
    assert queue.put_off(run, "busy", timedelta(minutes=1))
    assert queue.claim("w", JOBS) is None
    waiting = Run.objects.get()
    assert (waiting.state, waiting.attempts, waiting.message) == (State.WAITING, 0, "busy")
