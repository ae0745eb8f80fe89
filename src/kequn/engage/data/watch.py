"""For a child process: end when the parent has ended."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable

ASK_SECONDS = 1.0


def end_with_parent(then: Callable[[], None] | None = None) -> None:
    """Call ``then`` (default: end this process by SIGTERM) when standard input closes."""
    threading.Thread(target=_watch, args=(then or _end,), daemon=True).start()


def end_after(parent: int) -> None:
    """End this process when it is no longer a child of ``parent``, for children whose input is not ours to watch."""
    threading.Thread(target=_ask, args=(parent,), daemon=True).start()


def _ask(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(ASK_SECONDS)
    _end()


def _watch(then: Callable[[], None]) -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    then()


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
