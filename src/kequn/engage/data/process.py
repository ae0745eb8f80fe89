"""Run a command of Kequn in a process of its own, which ends when we do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from typing import Any

from django.conf import settings

from kequn.errors import KequnError

# The child watches its standard input, which closes when the parent ends, however it ends.
CHILD = "from kequn.engage.data.watch import end_with_parent; end_with_parent(); from kequn.cli import main; main()"
POLL_SECONDS = 0.5
END_SECONDS = 5
BUSY = "Another night is running"


class TryLaterError(KequnError):
    """The work cannot be done now and is worth trying again in a while."""


class Work:
    """What a job is told and tells: ``stopping`` is set when it must end, ``at`` says what it is doing."""

    def __init__(self, say: Callable[[str], None] | None = None) -> None:
        self.stopping = threading.Event()
        self._say = say

    def at(self, what: str) -> None:
        """Tell whoever looks what is being done."""
        if self._say:
            self._say(what)


def kequn(work: Work, *arguments: str) -> Any:
    """The JSON that ``kequn <arguments>`` prints; raises KequnError with its message.

    TryLaterError where a night is running, or where ``work`` was stopped.

    The command is ended when ``work`` is stopped.
    """
    command = [sys.executable, "-c", CHILD, "--home", str(settings.WORKSPACE.home), "--lang", "en", *arguments]
    environment = os.environ | {"KEQUN_HOME": str(settings.WORKSPACE.home)}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=out, stderr=errors, env=environment, start_new_session=True
        ) as child:
            try:
                _await(child, work)
            finally:
                end(child)
        out.seek(0)
        errors.seek(0)
        told = errors.read().decode("utf-8", "replace").strip()
        if child.returncode:
            raise _error(told, f"kequn {arguments[0]} ended with code {child.returncode}.")
        return json.loads(out.read())


def end(child: subprocess.Popen[Any]) -> None:
    """End a child that still runs: politely, then not."""
    if child.stdin:
        child.stdin.close()
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _await(child: subprocess.Popen[Any], work: Work) -> None:
    while True:
        try:
            child.wait(POLL_SECONDS)
            return
        except subprocess.TimeoutExpired:
            if work.stopping.is_set():
                raise TryLaterError("Stopped before it had ended.") from None


def _error(told: str, otherwise: str) -> KequnError:
    """What a command said about its failure, the last thing that it printed."""
    kind = TryLaterError if BUSY in told else KequnError
    try:
        said = json.loads(told.splitlines()[-1])
        return kind(said["error"], said["hint"] or "")
    except (IndexError, KeyError, TypeError, ValueError):
        return kind(otherwise)
