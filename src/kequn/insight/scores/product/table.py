"""The tables that an analyst gives: one row a customer and date, or a long table of single events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

from kequn.errors import KequnError
from kequn.insight.scores.product.shelf import Bools, Shelf
from kequn.insight.scores.product.signs import HINT, KINDS

SHELF = b"kequn.shelf"
TAKEN_KINDS = ("h", "d")
LONG = ("customer_id", "product_id", "kind", "happened_on")


def with_shelf(table: pa.Table, shelf: Shelf) -> pa.Table:
    """``table`` that carries its shelf in the metadata of its schema, also through Parquet."""
    return table.replace_schema_metadata({**(table.schema.metadata or {}), SHELF: shelf.text().encode()})


def shelf_with(table: pa.Table) -> Shelf | None:
    """The shelf that ``with_shelf`` put there."""
    text = (table.schema.metadata or {}).get(SHELF)
    return None if text is None else Shelf.of_text(text.decode())


def taken(column: pa.ChunkedArray, shelf: Shelf) -> sp.csr_matrix:
    """Customers x products: 1 where the text ``product,...`` names it; products not on the shelf are left out."""
    texts = pc.fill_null(column.combine_chunks().cast(pa.string()), "")
    filled = pc.greater(pc.binary_length(texts), 0)
    some = np.flatnonzero(filled.to_numpy(zero_copy_only=False))
    split = pc.split_pattern(texts.filter(filled), ",")
    row = np.repeat(some, pc.list_value_length(split).to_numpy(zero_copy_only=False))
    item = pc.fill_null(pc.index_in(split.flatten(), shelf.codes), -1).to_numpy()
    known = item >= 0
    found = sp.csr_matrix((np.ones(int(known.sum()), np.float32), (row[known], item[known])), (len(texts), len(shelf)))
    found.data[:] = 1
    return found


def by_class(took: sp.csr_matrix, shelf: Shelf) -> Bools:
    """Customers x classes: whether any product of the class was taken."""
    member = np.zeros((len(shelf), len(shelf.classes)), np.float32)
    member[np.arange(len(shelf)), shelf.class_of] = 1
    found: Bools = np.asarray(took @ member) > 0
    return found


def is_long(table: pa.Table) -> bool:
    """Whether a table is one of single events."""
    return set(LONG) <= set(table.schema.names)


def from_long(table: pa.Table, dates: Iterable[date], outcome_days: int, *, with_outcome: bool = True) -> pa.Table:
    """One row a customer and date from a long table of events.

    Columns: customer_id, product_id, kind (a letter of KINDS without ``r``), happened_on, and optionally ended_on of
    a holding. A date sees what happened up to it; ``taken`` is what was begun (h) or bought (d) in the
    ``outcome_days`` after it. Every other column must be a trait of the customer, equal in all rows; the first counts.
    """
    events = sorted(table.to_pylist(), key=lambda row: (row["customer_id"], row["happened_on"]))
    _check_kinds(events)
    rows = [row for day in sorted(dates) for row in _on(events, day, outcome_days)]
    if not rows:
        raise KequnError("No event lies before any of the dates.", "Give earlier events or later dates.")
    fields = [field for field in table.schema if field.name not in (*LONG, "ended_on")]
    texts = [("interactions", pa.string()), ("taken", pa.string())]
    schema = pa.schema(
        [("customer_id", table.schema.field("customer_id").type), ("as_of", pa.date32()), *texts, *fields]
    )
    made = pa.Table.from_pylist(rows, schema)
    return made if with_outcome else made.drop_columns(["taken"])


def dates_of(table: pa.Table, outcome_days: int, most: int) -> list[date]:
    """The last ``most`` dates, ``outcome_days`` apart, whose outcome lies within the events of a long table."""
    ends = pc.min_max(table["happened_on"]).as_py()
    first, last = (_day(ends[name]) for name in ("min", "max"))
    steps = range(1, min(most, (last - first).days // outcome_days) + 1)
    return [last - timedelta(days=outcome_days * step) for step in reversed(steps)]


def _on(events: list[dict[str, Any]], day: date, outcome_days: int) -> list[dict[str, Any]]:
    signs: dict[Any, list[str]] = defaultdict(list)
    later: dict[Any, set[str]] = defaultdict(set)
    known: dict[Any, dict[str, Any]] = {}
    until = day + timedelta(days=outcome_days)
    for row in events:
        customer, happened = row["customer_id"], _day(row["happened_on"])
        if happened <= day:
            known.setdefault(customer, row)
            signs[customer].append(_sign(row, happened, day))
        elif happened <= until and row["kind"] in TAKEN_KINDS:
            later[customer].add(row["product_id"])
    return [
        {**row, "as_of": day, "interactions": _text(signs[customer]), "taken": _text(later[customer])}
        for customer, row in known.items()
    ]


def _text(parts: Iterable[str]) -> str:
    return ",".join(sorted(parts))


def _sign(row: dict[str, Any], happened: date, day: date) -> str:
    ended = row.get("ended_on")
    if row["kind"] == "h" and ended is not None and _day(ended) <= day:
        return f"e:{(day - _day(ended)).days}:{row['product_id']}"
    return f"{row['kind']}:{(day - happened).days}:{row['product_id']}"


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _check_kinds(events: list[dict[str, Any]]) -> None:
    wrong = [row for row in events if row["kind"] not in tuple(KINDS) or row["product_id"] is None]
    if wrong:
        raise KequnError(f"Event {wrong[0]} has no known kind or no product.", HINT)
