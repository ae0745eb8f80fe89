"""Functions compiled to machine code, typed as what they are in Python."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])
_njit: Any = numba.njit  # its types leave out the options about wrappers


def compiled(function: Function) -> Function:
    """``function`` compiled at its first call, and kept on disk for the next process; releases the GIL.

    No fast-math: sums must not depend on the machine's vector width.
    """
    return cast("Function", _njit(cache=True, nogil=True, no_cfunc_wrapper=True)(function))


def inner(function: Function) -> Function:
    """As `compiled`, for what only compiled functions call: without an entry from Python it compiles much quicker."""
    return cast("Function", _njit(cache=True, nogil=True, no_cfunc_wrapper=True, no_cpython_wrapper=True)(function))


def _keep_apart(package: Path) -> None:
    """Keep machine code of every state of the package in a folder of its own.

    numba looks only at the file of a function to tell whether kept code is stale, not at the files of the functions
    it calls.
    """
    content = b"".join(file.read_bytes() for file in sorted(package.glob("*.py")))
    folder = package / "__pycache__" / f"compiled-{hashlib.sha256(content).hexdigest()[:12]}"
    if os.access(package, os.W_OK):
        setattr(numba.config, "CACHE_DIR", str(folder))  # noqa: B010 - numba makes its settings at run time


_keep_apart(Path(__file__).parent)
