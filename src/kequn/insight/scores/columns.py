"""Columns of a table as arrays, with a stand-in where a column or a value is missing."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kequn.insight.scores.encoding import Batch, Floats


def numbers(table: Batch, name: str, absent: float = 0.0) -> Floats:
    """A column of numbers or flags; ``absent`` where it is missing, empty, NaN or infinite."""
    if name not in table.schema.names or pa.types.is_null(table.schema.field(name).type):
        return np.full(table.num_rows, absent)
    column = pc.cast(table.column(name), pa.float64(), safe=False).fill_null(absent)
    found = np.array(column.to_numpy(zero_copy_only=False) if isinstance(column, pa.Array) else column.to_numpy())
    found[~np.isfinite(found)] = absent
    return found


def texts(table: Batch, name: str) -> pa.Array:
    """A column as texts; empty text where it is missing or empty."""
    if name not in table.schema.names:
        return pa.array([""] * table.num_rows, pa.string())
    column = pc.cast(table.column(name), pa.string()).fill_null("")
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
