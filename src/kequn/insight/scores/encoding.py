"""Columns of a table as the matrix of numbers that trees are grown on, with every missing value marked as NaN."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kequn.errors import KequnError

Kind = Literal["number", "flag", "category"]
Batch: TypeAlias = pa.Table | pa.RecordBatch
Floats = NDArray[np.float64]

# So many rows at a time stay in the processor's cache while they are turned from columns into rows.
BLOCK_ROWS = 16_384

EXPECTED = {
    "number": "a column of numbers",
    "flag": "a column of true and false",
    "category": "a column of texts",
}


@dataclass(frozen=True)
class Feature:
    """One input of a model; ``categories`` are the texts known when it was fitted, sorted."""

    name: str
    kind: Kind
    categories: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The feature in JSON."""
        return {"name": self.name, "kind": self.kind, "categories": list(self.categories)}

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> Feature:
        """The feature that ``as_dict`` wrote."""
        return cls(fields["name"], fields["kind"], tuple(fields["categories"]))


def kind_of(dtype: pa.DataType) -> Kind | None:
    """What a column of this Arrow type can be as a feature; None for dates, lists and the like."""
    if pa.types.is_boolean(dtype):
        return "flag"
    if pa.types.is_integer(dtype) or pa.types.is_floating(dtype) or pa.types.is_decimal(dtype):
        return "number"
    if pa.types.is_dictionary(dtype):
        return kind_of(dtype.value_type)
    if pa.types.is_string(dtype) or pa.types.is_large_string(dtype) or pa.types.is_string_view(dtype):
        return "category"
    return None


def learned(table: Batch, feature: Feature | str) -> Feature:
    """The feature with its kind (by the column's type) and its categories (by the column's values).

    Raises KequnError where the column is missing, or no number, flag or text.
    """
    if isinstance(feature, str):
        feature = Feature(feature, _inferred(table, feature))
    if feature.kind != "category" or feature.categories:
        return feature
    texts = pc.unique(_column(table, feature)).drop_null().to_pylist()
    return Feature(feature.name, "category", tuple(sorted(str(text) for text in texts)))


def encoded(table: Batch, features: Sequence[Feature]) -> Floats:
    """Matrix rows x features, row after row: numbers, flags as 0 and 1, categories as their place in the list.

    NULL, NaN, an infinite number and a text unknown to the feature are NaN. Raises KequnError naming the column
    that is missing or of another type.
    """
    matrix = np.empty((table.num_rows, len(features)), np.float64)
    columns = [_numbers(table, feature) for feature in features]
    for start in range(0, table.num_rows, BLOCK_ROWS):
        block = matrix[start : start + BLOCK_ROWS]
        for position, column in enumerate(columns):
            block[:, position] = column.slice(start, BLOCK_ROWS).to_numpy(zero_copy_only=False)
        block[np.isinf(block)] = np.nan
    return matrix


def values(table: Batch, feature: Feature) -> Floats:
    """One column of the matrix."""
    return encoded(table, [feature])[:, 0]


def _numbers(table: Batch, feature: Feature) -> pa.Array:
    column = _column(table, feature)
    if feature.kind == "category" and not pa.types.is_null(column.type):
        column = pc.index_in(column, value_set=pa.array(feature.categories, pa.string()), skip_nulls=True)
    numbers = pc.cast(column, pa.float64(), safe=False)
    return numbers.combine_chunks() if isinstance(numbers, pa.ChunkedArray) else numbers


def _inferred(table: Batch, name: str) -> Kind:
    if name not in table.schema.names:
        raise _absent(name, "as a feature", table)
    dtype = table.schema.field(name).type
    kind = "number" if pa.types.is_null(dtype) else kind_of(dtype)
    if kind is None:
        raise KequnError(
            f"Column {name} is {dtype}: a feature is a number, true or false, or a text.",
            "Turn a date into days before as_of.",
        )
    return kind


def _column(table: Batch, feature: Feature) -> pa.ChunkedArray | pa.Array:
    if feature.name not in table.schema.names:
        raise _absent(feature.name, EXPECTED[feature.kind], table)
    column = table.column(feature.name)
    if pa.types.is_null(column.type):
        return column
    if kind_of(column.type) == feature.kind:
        # Not every kind of text column can be searched.
        return column.cast(pa.string()) if feature.kind == "category" else column
    raise KequnError(
        f"Column {feature.name} is {column.type}, but the model expects {EXPECTED[feature.kind]}.",
        "The model was fitted on another tag schema: fit it anew, or give it the columns it was fitted on.",
    )


def _absent(name: str, wanted: str, table: Batch) -> KequnError:
    shown = ", ".join(table.schema.names[:8]) + (" ..." if len(table.schema.names) > 8 else "")
    return KequnError(
        f"There is no column {name} ({wanted} is expected); there are {shown or 'no columns at all'}.",
        "The model was fitted on another tag schema: fit it anew, or give it the columns it was fitted on.",
    )
