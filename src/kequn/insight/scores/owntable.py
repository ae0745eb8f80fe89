"""Judge a response model on an analyst's own table: a CSV or Parquet file with a label, and a time or a split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from kequn.bank.decode import detect_delimiter, detect_encoding
from kequn.bank.refusal import Refusal
from kequn.errors import KequnError
from kequn.insight.scores.model import Model
from kequn.insight.scores.response import by_order, fit
from kequn.insight.scores.response.fit import LABEL
from kequn.insight.scores.split import SPLIT, TIME
from kequn.workspace import Settings

YES = ("yes", "true", "1", "y", "t", "是")
NO = ("no", "false", "0", "n", "f", "否")


@dataclass(frozen=True)
class Plan:
    """What the columns of a file mean: exactly one of ``time``, ``split`` and ``ordered`` parts it.

    ``ordered``: the rows stand in time order, and the last such share of them validates.
    """

    label: str
    time: str | None = None
    split: str | None = None
    ordered: float | None = None
    ignore: Sequence[str] = ()


def judged(file: Path, plan: Plan, settings: Settings) -> Model:
    """Fit on the earlier rows of ``file`` and judge on the later; the model is not saved.

    Raises KequnError that names file and column.
    """
    if sum(each is not None for each in (plan.time, plan.split, plan.ordered)) != 1:
        raise KequnError(
            "It must be known which rows are later than others.",
            "Give one of: --time COLUMN, --split COLUMN, --ordered SHARE (rows in time order; the last ones validate).",
        )
    table = arranged(read(file), plan, file.name)
    return fit(table, settings, label=LABEL, ignore=[name for name in plan.ignore if name in table.schema.names])


def read(file: Path) -> pa.Table:
    """A Parquet or CSV file (UTF-8 or GB18030; comma, semicolon, bar or tab) as a table with types."""
    if not file.is_file():
        raise KequnError(f"There is no file {file}.", "Name a CSV or Parquet file.")
    try:
        if file.suffix == ".parquet":
            return pq.read_table(file)
        encoding = detect_encoding(file)
        with file.open(encoding=encoding) as handle:
            delimiter = detect_delimiter(handle.readline())
        options = pa_csv.ReadOptions(encoding="utf8" if encoding.startswith("utf-8") else encoding)
        return pa_csv.read_csv(file, options, pa_csv.ParseOptions(delimiter=delimiter))
    except (pa.ArrowException, Refusal) as error:
        raise KequnError(f"{file.name} cannot be read: {error}.", "Save it as CSV or Parquet anew.") from None


def arranged(table: pa.Table, plan: Plan, origin: str) -> pa.Table:
    """The table with the columns that ``response.fit`` asks for: taken, and as_of or split."""
    named = [plan.label, *filter(None, (plan.time, plan.split)), *plan.ignore]
    missing = [name for name in named if name not in table.schema.names]
    if missing:
        raise KequnError(f"{origin} has no column {missing[0]}.", f"It has {', '.join(table.schema.names)}.")
    table = table.drop_columns([name for name in plan.ignore if name not in (plan.label, plan.time, plan.split)])
    label = _label(table[plan.label], f"{origin}, column {plan.label}")
    table = _replaced(table, plan.label, LABEL, label)
    if plan.ordered is not None:
        return by_order(table, plan.ordered)
    if plan.time:
        if SPLIT in table.schema.names and plan.time != SPLIT:
            raise KequnError(f"There is a column {SPLIT} beside {plan.time}.", f"Give --split {SPLIT}, or --ignore it.")
        return _replaced(table, plan.time, TIME, _dates(table[plan.time], f"{origin}, column {plan.time}"))
    return _replaced(table, str(plan.split), SPLIT, table[str(plan.split)])


def _replaced(table: pa.Table, old: str, new: str, column: pa.ChunkedArray | pa.Array) -> pa.Table:
    kept = table.drop_columns([old])
    if new in kept.schema.names:
        raise KequnError(f"There is a column {new} beside {old}.", f"Rename it: {new} is what {old} becomes.")
    return kept.append_column(new, column)


def _label(column: pa.ChunkedArray, origin: str) -> pa.Array:
    """0 and 1 from numbers, flags or the words for yes and no."""
    texts = pc.utf8_lower(pc.utf8_trim_whitespace(pc.cast(pc.cast(column, pa.string()), pa.string())))
    yes, no = (pc.is_in(texts, value_set=pa.array(words)) for words in (YES, NO))
    known = pc.or_(yes, no)
    if not pc.all(known).as_py():
        row = int(np.flatnonzero(~known.to_numpy())[0])
        raise KequnError(
            f"{origin}, row {row + 1}: {column[row].as_py()!r} is no label.",
            "Write 1 and 0, true and false, or yes and no.",
        )
    return pc.cast(yes, pa.int64()).combine_chunks()


def _dates(column: pa.ChunkedArray, origin: str) -> pa.ChunkedArray:
    try:
        return pc.cast(column, pa.timestamp("us") if pa.types.is_string(column.type) else pa.date32()).cast(pa.date32())
    except pa.ArrowException as error:
        raise KequnError(f"{origin} does not hold dates: {error}.", "Write them as YYYY-MM-DD.") from None
