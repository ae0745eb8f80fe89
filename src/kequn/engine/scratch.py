"""Folders in which a run works beside the nights; what a killed run left there, a later one removes."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = ".past-"


@contextmanager
def scratch(beside: Path) -> Iterator[Path]:
    """A new folder in ``beside``, removed in the end; those of runs that were killed go first."""
    beside.mkdir(parents=True, exist_ok=True)
    # Nobody sweeps between making a folder and locking it.
    with _locked(beside):
        _sweep(beside)
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=beside))
        held = _lock(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def sweep(beside: Path) -> None:
    """Remove the folders of ``scratch`` whose run has ended without doing so."""
    with _locked(beside):
        _sweep(beside)


def _sweep(beside: Path) -> None:
    for folder in beside.glob(f"{PREFIX}*"):
        try:
            held = _lock(folder, fcntl.LOCK_NB)
        except BlockingIOError:
            continue  # its run goes on
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    held = _lock(folder)
    try:
        yield
    finally:
        os.close(held)


def _lock(folder: Path, more: int = 0) -> int:
    """A descriptor of the folder that holds its lock until it is closed, or its process ends."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | more)
    except BlockingIOError:
        os.close(descriptor)
        raise
    return descriptor
