"""For a child process: end when the parent has ended, which closes our standard input."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable


def end_with_parent(then: Callable[[], None] | None = None) -> None:
    """Call ``then`` (default: end this process by SIGTERM) when standard input closes."""
    threading.Thread(target=_watch, args=(then or _end,), daemon=True).start()


def _watch(then: Callable[[], None]) -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    then()


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
