"""Functions compiled to machine code, typed as what they are in Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """``function`` compiled at its first call, and kept on disk for the next process; releases the GIL.

    No fast-math: sums must not depend on the machine's vector width.
    """
    return cast("Function", numba.njit(cache=True, nogil=True)(function))
