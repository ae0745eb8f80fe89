"""Bring tables from elsewhere into the shape that ``fit`` takes: rows in order without dates, lists of purchases."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kequn.errors import KequnError
from kequn.insight.scores.split import SPLIT, TRAIN, VALIDATE


def by_order(table: pa.Table, share: float) -> pa.Table:
    """With a column ``split``: the last ``share`` of the rows validate. For rows in time order without a date."""
    first = table.num_rows - int(np.ceil(share * table.num_rows))
    later = np.arange(table.num_rows) >= first
    return _with_split(table, later)


def by_hash(table: pa.Table, key: str, share: float) -> pa.Table:
    """With a column ``split``: about ``share`` of the keys validate, drawn by hash. For tables that know no time."""
    texts = pc.cast(table[key], pa.string()).to_pylist()
    places = (int.from_bytes(hashlib.md5(str(text).encode(), usedforsecurity=False).digest()[:4]) for text in texts)
    return _with_split(table, np.array([place < share * 2**32 for place in places]))


def recency_frequency(purchases: pa.Table, days: Sequence[date], horizon: int) -> pa.Table:
    """One row a customer and day: what was bought until then, and whether anything is within ``horizon`` days after.

    ``purchases`` has customer_id, day (dates) and amount. Gives customer_id, as_of, recency_days, tenure_days,
    frequency, monetary, last_amount, frequency_90d, mean_gap_days and ``taken``.
    """
    missing = {"customer_id", "day", "amount"} - set(purchases.schema.names)
    if missing:
        raise KequnError(f"The purchases have no column {min(missing)}.", "Name them customer_id, day and amount.")
    return pa.concat_tables([_at(purchases, day, horizon) for day in days])


def _at(purchases: pa.Table, day: date, horizon: int) -> pa.Table:
    before = purchases.filter(pc.less_equal(purchases["day"], pa.scalar(day))).sort_by(
        [("customer_id", "ascending"), ("day", "ascending")]
    )
    recent = pc.cast(pc.greater(before["day"], pa.scalar(day - timedelta(days=90))), pa.int64())
    grouped = before.append_column("recent", recent).group_by("customer_id", use_threads=False).aggregate(
        [("day", "min"), ("day", "max"), ("day", "count"), ("amount", "sum"), ("amount", "last"), ("recent", "sum")]
    )  # fmt: skip
    after = purchases.filter(
        pc.and_(
            pc.greater(purchases["day"], pa.scalar(day)),
            pc.less_equal(purchases["day"], pa.scalar(day + timedelta(days=horizon))),
        )
    )
    since = (np.datetime64(day) - grouped["day_max"].to_numpy()).astype("timedelta64[D]").astype(np.int64)
    tenure = (np.datetime64(day) - grouped["day_min"].to_numpy()).astype("timedelta64[D]").astype(np.int64)
    count = grouped["day_count"].to_numpy()
    gap = np.divide(tenure - since, count - 1, out=np.full(len(count), np.nan), where=count > 1)
    return pa.table({
        "customer_id": grouped["customer_id"], "as_of": pa.array([day] * len(count), pa.date32()),
        "recency_days": since, "tenure_days": tenure, "frequency": count, "monetary": grouped["amount_sum"],
        "last_amount": grouped["amount_last"], "frequency_90d": grouped["recent_sum"], "mean_gap_days": gap,
        "taken": pc.is_in(grouped["customer_id"], value_set=pc.unique(after["customer_id"])),
    })  # fmt: skip


def _with_split(table: pa.Table, later: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> pa.Table:
    if SPLIT in table.schema.names:
        raise KequnError("The table has a column split already.", "Use it, or drop it.")
    return table.append_column(SPLIT, pa.array(np.where(later, VALIDATE, TRAIN), pa.string()))
