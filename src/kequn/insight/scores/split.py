"""Which rows train and which validate: always later ones, and checks that a table can be used at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kequn.errors import KequnError
from kequn.insight.scores.encoding import EXPECTED, Floats, Kind, kind_of

Rows = NDArray[np.int64]
TIME, SPLIT, KEY = "as_of", "split", ("customer_id", "as_of")
TRAIN, VALIDATE = "train", "validate"


def divided(
    table: pa.Table, validate: int | float, gap_days: int, *, column: str = TIME, origin: str = "The table"
) -> tuple[Rows, Rows]:
    """(train, validate) row numbers: by the column ``split`` where the table has one, else in time by ``column``."""
    if SPLIT in table.schema.names:
        return split_as_given(table, origin=origin)
    return split_in_time(table, column, validate, gap_days, origin=origin)


def split_in_time(
    table: pa.Table, column: str, validate: int | float, gap_days: int, *, origin: str = "The table"
) -> tuple[Rows, Rows]:
    """(train, validate) row numbers, rising: the last dates of ``column`` validate, earlier ones train.

    ``validate`` is a number of dates, or, below 1, the share of rows that the last dates hold at least. Training dates
    end ``gap_days`` before the first date of validation, so that no outcome window reaches into it; rows between are
    in neither. Raises KequnError where the column is absent, no date, or has gaps, and where no row is left to train.
    """
    days = _days(table, column, origin)
    dates, counts = np.unique(days, return_counts=True)
    first = dates[-_dates_held_out(counts, validate)]
    train, later = np.flatnonzero(days <= first - max(gap_days, 1)), np.flatnonzero(days >= first)
    if not train.size:
        raise KequnError(
            f"{origin}: {column} goes from {_date(dates[0])} to {_date(dates[-1])}, and no row lies {gap_days} days"
            f" before {_date(first)}, where validation begins.",
            "Give it earlier dates, fewer dates of validation, a shorter gap, or a column split (train, validate).",
        )
    return train, later


def split_as_given(table: pa.Table, column: str = SPLIT, *, origin: str = "The table") -> tuple[Rows, Rows]:
    """(train, validate) row numbers by a column of the words ``train`` and ``validate``; KequnError for other words."""
    texts = _present(table, column, origin).cast(pa.string())
    words = set(pc.unique(texts).to_pylist())
    if words != {TRAIN, VALIDATE}:
        found = ", ".join(sorted(str(word) for word in words)[:5])
        raise KequnError(f"{origin}: column {column} holds {found}.", f"It must hold both {TRAIN} and {VALIDATE}.")
    chosen = pc.equal(texts, TRAIN).to_numpy()
    return np.flatnonzero(chosen), np.flatnonzero(~chosen)


def checked(
    table: pa.Table, columns: Mapping[str, Kind | Literal["date"]], *, label: str | None = None,
    key: tuple[str, ...] = KEY, origin: str = "The table",
) -> pa.Table:  # fmt: skip
    """The table itself, if it has ``columns`` of those kinds, finite labels, and each ``key`` once.

    ``key`` is looked at where the table has its columns. Raises KequnError that names column, row (counted from 1)
    and what to do; ``origin`` is the file's name in it.
    """
    for name, kind in columns.items():
        _check_kind(table, name, kind, origin)
    if label is not None:
        labels(table, label, origin=origin)
    if set(key) <= set(table.schema.names):
        _check_unique(table, key, origin)
    return table


def labels(table: pa.Table, name: str, *, origin: str = "The table") -> Floats:
    """A label column as numbers; KequnError naming the row where it is empty, NaN or infinite."""
    column = _present(table, name, origin)
    if kind_of(column.type) not in ("number", "flag"):
        raise KequnError(f"{origin}: label {name} is {column.type}.", "A label is a number, or true and false.")
    found = np.asarray(pc.cast(column, pa.float64(), safe=False).to_numpy(), np.float64)
    wrong = np.flatnonzero(~np.isfinite(found))
    if wrong.size:
        row, value = int(wrong[0]), column[int(wrong[0])].as_py()
        raise KequnError(
            f"{origin}: label {name} of row {row + 1} is {'empty' if value is None else value}"
            f" ({wrong.size} rows in all).",
            "Leave out rows whose outcome is not known yet.",
        )
    return found


def _check_kind(table: pa.Table, name: str, kind: Kind | Literal["date"], origin: str) -> None:
    dtype = _present(table, name, origin).type
    fits = _is_date(dtype) if kind == "date" else pa.types.is_null(dtype) or kind_of(dtype) == kind
    if not fits:
        wanted = "a column of dates" if kind == "date" else EXPECTED[kind]
        raise KequnError(f"{origin}: column {name} is {dtype}, but must be {wanted}.", "Convert it before.")


def _check_unique(table: pa.Table, key: tuple[str, ...], origin: str) -> None:
    counted = table.select(key).group_by(list(key)).aggregate([([], "count_all")])
    double = counted.filter(pc.greater(counted["count_all"], 1))
    if double.num_rows:
        extra = int(pc.sum(double["count_all"]).as_py()) - double.num_rows
        first = double.sort_by([(name, "ascending") for name in key]).slice(0, 1).to_pylist()[0]
        one = ", ".join(f"{name} {first[name]}" for name in key)
        raise KequnError(
            f"{origin}: {extra} rows repeat a customer, e.g. {one} ({first['count_all']} times).",
            f"Keep one row for each {' and '.join(key)}.",
        )


def _days(table: pa.Table, column: str, origin: str) -> Rows:
    found = _present(table, column, origin)
    if not _is_date(found.type):
        raise KequnError(f"{origin}: column {column} is {found.type}.", "A split in time needs a column of dates.")
    if found.null_count:
        row = int(np.flatnonzero(found.is_null().to_numpy())[0]) + 1
        raise KequnError(f"{origin}: column {column} is empty in row {row} ({found.null_count} in all).", "Fill it.")
    if not len(found):
        raise KequnError(f"{origin} has no rows.", "Take a longer period.")
    return np.asarray(pc.cast(found, pa.date32()).cast(pa.int32()).to_numpy(), np.int64)


def _dates_held_out(counts: NDArray[np.int64], validate: int | float) -> int:
    """How many of the last dates validate, given the rows of each date."""
    if validate <= 0:
        raise KequnError(f"Nothing validates: {validate} dates are held out.", "Hold out one date or more.")
    if validate >= 1:
        return min(int(validate), len(counts))
    held = np.cumsum(counts[::-1])
    return int(np.searchsorted(held, validate * counts.sum() - 1e-9)) + 1


def _present(table: pa.Table, name: str, origin: str) -> pa.ChunkedArray:
    if name not in table.schema.names:
        raise KequnError(f"{origin} has no column {name}.", f"It has: {', '.join(table.schema.names[:12])}.")
    return table.column(name)


def _is_date(dtype: pa.DataType) -> bool:
    return bool(pa.types.is_date(dtype) or pa.types.is_timestamp(dtype))


def _date(day: int) -> str:
    return str(np.datetime64(int(day), "D"))
