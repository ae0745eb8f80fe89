"""Columns as arrays: whatever is no usable value has the stand-in."""

import numpy as np
import pyarrow as pa

from kequn.insight.scores.columns import numbers, texts

TABLE = pa.table({
    "n": [1.5, None, float("nan"), float("inf")], "flag": [True, False, None, True], "none": pa.nulls(4),
    "t": ["a", None, "b", ""],
})  # fmt: skip


def test_numbers():
    assert numbers(TABLE, "n", -1).tolist() == [1.5, -1, -1, -1]
    assert np.isnan(numbers(TABLE, "n", np.nan)).tolist() == [False, True, True, True]
    assert numbers(TABLE, "flag").tolist() == [1, 0, 0, 1]
    assert numbers(TABLE, "none").tolist() == numbers(TABLE, "absent").tolist() == [0] * 4
    assert numbers(TABLE.to_batches()[0], "n").tolist() == [1.5, 0, 0, 0]


def test_texts():
    assert texts(TABLE, "t").to_pylist() == ["a", "", "b", ""]
    assert texts(TABLE, "absent").to_pylist() == [""] * 4
