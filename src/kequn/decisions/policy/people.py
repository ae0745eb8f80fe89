"""The facts of a batch of customers as numpy columns, each read once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kequn.decisions.draws import Draws

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
EPOCH = date(1970, 1, 1)


class People:
    """One batch of facts and the customers' draws; what is asked for twice is worked out once."""

    def __init__(self, facts: pa.RecordBatch, draws: Draws) -> None:
        self.facts = facts
        self.draws = draws
        self._known: dict[tuple[object, ...], Bools] = {}

    def __len__(self) -> int:
        return int(self.facts.num_rows)

    def everyone(self) -> Bools:
        return self._once(("everyone",), lambda: np.ones(len(self), np.bool_))

    def flag(self, name: str, *, unknown: bool) -> Bools:
        """A flag, ``unknown`` where it is null."""
        return self._once(("flag", name, unknown), lambda: _array(self.facts.column(name).fill_null(unknown)))

    def filled(self, name: str) -> Bools:
        """Where a column has a value."""
        return self._once(("filled", name), lambda: _array(self.facts.column(name).is_valid()))

    def among(self, name: str, values: Sequence[str]) -> Bools:
        """Where a text is one of ``values``; null is none."""
        wanted = pa.array(values, pa.string())
        return self._once(("among", name, *values), lambda: _array(pc.is_in(self.facts.column(name), wanted)))

    def below(self, name: str, bound: int, *, unknown: bool) -> Bools:
        """Where a number is below ``bound``, ``unknown`` where it is null."""

        def work() -> Bools:
            column = self.facts.column(name)
            found: Bools = _numbers(column) < bound
            if not column.null_count:
                return found
            missing = ~self.filled(name)
            return found | missing if unknown else found & ~missing

        return self._once(("below", name, bound, unknown), work)

    def since(self, name: str, first: date) -> Bools:
        """Where a date is ``first`` or later; null is not."""
        bound = (first - EPOCH).days
        return self._once(
            ("since", name, first),
            lambda: (_numbers(self.facts.column(name).cast(pa.int32())) >= bound) & self.filled(name),
        )

    def _once(self, key: tuple[object, ...], work: Callable[[], Bools]) -> Bools:
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = work()
        return found


def _array(column: pa.Array) -> Bools:
    return np.asarray(column.to_numpy(zero_copy_only=False), np.bool_)


def _numbers(column: pa.Array) -> Ints:
    """The values; where a row is null, whatever lies there."""
    full = column.fill_null(0) if column.null_count else column
    return np.asarray(full.to_numpy(zero_copy_only=False))
