"""Folders of runs: removed in the end, swept where their run was killed, left alone while it goes on."""

from __future__ import annotations

import signal
import subprocess
import sys

from kequn.engine.scratch import scratch, sweep

WORKER = """
import pathlib, sys, time
from kequn.engine.scratch import scratch
with scratch(pathlib.Path(sys.argv[1])) as folder:
    (folder / "part").write_text("x")
    print(folder.name, flush=True)
    time.sleep(600)
"""


def left(place):
    return sorted(path.name for path in place.iterdir())


def test_a_folder_is_gone_after_its_run_and_another_runs_beside_it(tmp_path):
    with scratch(tmp_path) as one, scratch(tmp_path) as other:
        (one / "part").write_text("x")
        sweep(tmp_path)
        assert left(tmp_path) == sorted([one.name, other.name])
        assert (one / "part").is_file()
    assert left(tmp_path) == []


def test_what_a_killed_run_left_goes_with_the_next(tmp_path):
    (tmp_path / "2026-01-31-abc").mkdir()
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        name = worker.stdout.readline().strip()
        sweep(tmp_path)
        assert left(tmp_path) == sorted([name, "2026-01-31-abc"])
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        worker.stdout.close()
    assert (tmp_path / name / "part").is_file()
    with scratch(tmp_path) as mine:
        assert left(tmp_path) == sorted([mine.name, "2026-01-31-abc"])
