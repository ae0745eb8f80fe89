"""Run one measured task in a process of its own, so that its peak memory is its own."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kequn.errors import KequnError

Task = Callable[..., dict[str, Any]]


def measured(task: str, home: Path, **options: object) -> dict[str, Any]:
    """What ``task`` returns, with ``seconds``, ``cpu_seconds`` and ``peak_mb`` of its process."""
    command = [sys.executable, "-m", "kequn.bench.worker", task, str(home), json.dumps(options)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise KequnError(f"Benchmark task {task} failed.", done.stderr.strip()[-2000:])
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def main(task: str, home: str, options: str) -> None:
    """Entry of the worker process: prints one line of JSON."""
    from kequn.bench.tasks import TASKS  # noqa: PLC0415 - only the worker pays for what the tasks import

    started = time.perf_counter()
    result = TASKS[task](Path(home), **json.loads(options))
    seconds = time.perf_counter() - started
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    usage = {
        "seconds": round(seconds, 3),
        "cpu_seconds": round(own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime, 3),
        "peak_mb": round(max(own.ru_maxrss, children.ru_maxrss) / 1024),
    }
    print(json.dumps(usage | result))


if __name__ == "__main__":
    main(*sys.argv[1:4])
