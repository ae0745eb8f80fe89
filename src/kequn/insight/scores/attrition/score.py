"""Score customers: probability, level, AUM at risk, timing and drivers for each of a customer's segments."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kequn.errors import KequnError
from kequn.insight.scores.attrition import drivers
from kequn.insight.scores.attrition.ensemble import (
    HAZARD,
    LEVELS,
    POOLED,
    WARNED,
    Ensemble,
    Thresholds,
    ensemble,
    memberships,
)
from kequn.insight.scores.attrition.hazard import timing
from kequn.insight.scores.encoding import Batch, Floats
from kequn.insight.scores.model import Model

THIRDS = ("by_first_third", "by_second_third")
SCHEMA = pa.schema([
    ("customer_id", pa.int64()), ("segment", pa.string()), ("principal", pa.bool_()), ("probability", pa.float64()),
    *((name, pa.float64()) for name in THIRDS), ("level", pa.string()),
    ("aum_at_risk", pa.int64()), *((name, pa.string()) for name in drivers.COLUMNS),
])  # fmt: skip


class Found(NamedTuple):
    """One entry for each row of the table and segment of its: places in table and ``segments``, and probability."""

    row: NDArray[np.int64]
    segments: tuple[str, ...]
    segment: NDArray[np.int64]
    principal: NDArray[np.bool_]
    probability: Floats


def score(model: Model, table: pa.Table, thresholds: Thresholds | None = None, threads: int = 1) -> pa.Table:
    """One row for each customer and segment (SCHEMA), by customer in the order of ``table``.

    ``table`` has customer_id and the features that the model was fitted on; without columns of segments everybody is
    in OTHER, without ``aum`` nothing is known to be at risk. ``probability`` is that of leaving within the outcome's
    days; ``by_first_third``, ``by_second_third`` and the drivers are of those warned (level warn or urgent), NULL for
    others. ``thresholds`` of the levels are the model's unless given. Raises KequnError for a missing column or one of
    another type.
    """
    if "customer_id" not in table.schema.names:
        raise KequnError("There is no column customer_id.", "Give each row the customer's identifier.")
    pieces = ensemble(model)
    found = probabilities(pieces, table, threads)
    levels = (thresholds or pieces.thresholds).levels(found.probability)
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        "customer_id": table["customer_id"].take(pa.array(found.row)),
        "segment": pa.array(np.array(found.segments, object)[found.segment], pa.string()),
        "principal": pa.array(found.principal),
        "probability": pa.array(found.probability),
        "level": pa.array(np.array(LEVELS, object)[levels], pa.string()),
        "aum_at_risk": _at_risk(table, found),
    } | _reasons(pieces, table, found, levels >= WARNED, threads)
    return pa.table({name: columns[name] for name in SCHEMA.names})


def scored_batch(model: Model, thresholds: Thresholds, threads: int, batch: pa.RecordBatch) -> pa.RecordBatch:
    """``score`` of one batch, for an engine's map."""
    table = score(model, pa.Table.from_batches([batch]), thresholds, threads)
    batches = table.cast(SCHEMA).combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], SCHEMA)


def probabilities(pieces: Ensemble, table: Batch, threads: int = 1) -> Found:
    """Calibrated probability of each row in each of its segments, by row and then in the order of the segments."""
    raw = pieces.boosters[POOLED].predict(table, threads)
    members = memberships(table, pieces.order)
    rows, places, found = [], [], []
    for place, (segment, inside) in enumerate(members.items()):
        row = np.flatnonzero(inside)
        name = pieces.booster(segment)
        own = raw[row] if name == POOLED else pieces.boosters[name].predict(table.take(pa.array(row)), threads)
        rows.append(row)
        places.append(np.full(len(row), place))
        found.append(pieces.probability(segment, own))
    row = np.concatenate(rows)
    order = np.argsort(row, kind="stable")
    row = row[order]
    principal = np.append(True, row[1:] != row[:-1]) if len(row) else np.zeros(0, np.bool_)
    return Found(row, tuple(members), np.concatenate(places)[order], principal, np.concatenate(found)[order])


def _at_risk(table: pa.Table, found: Found) -> pa.Array:
    """Probability x AUM in whole fen; somebody who owes more than they have has nothing at risk."""
    if "aum" not in table.schema.names:
        return pa.nulls(len(found.row), pa.int64())
    aum = pc.cast(table["aum"], pa.float64()).to_numpy()[found.row]
    fen = np.floor(np.maximum(aum, 0) * found.probability + 0.5)
    missing = ~np.isfinite(fen)
    return pa.array(np.where(missing, 0, fen).astype(np.int64), mask=missing)


def _reasons(
    pieces: Ensemble, table: pa.Table, found: Found, warned: NDArray[np.bool_], threads: int
) -> dict[str, pa.Array | pa.ChunkedArray]:
    """Timing and drivers of the warned entries; computed once for each row and booster."""
    timed = np.unique(found.row[warned]) if HAZARD in pieces.boosters else np.zeros(0, np.int64)
    columns: dict[str, pa.Array | pa.ChunkedArray] = {}
    if len(timed):
        share = timing(pieces.boosters[HAZARD], table.take(pa.array(timed)), threads)
        place = np.clip(np.searchsorted(timed, found.row), 0, len(timed) - 1)
        for third, name in enumerate(THIRDS):
            columns[name] = pa.array(share[place, third] * found.probability, mask=~warned)
    columns |= {name: pa.nulls(len(found.row), pa.float64()) for name in THIRDS if name not in columns}
    return columns | _told(pieces, table, found, warned, threads)


def _told(
    pieces: Ensemble, table: pa.Table, found: Found, warned: NDArray[np.bool_], threads: int
) -> dict[str, pa.Array | pa.ChunkedArray]:
    boosters = np.array([pieces.booster(segment) for segment in found.segments])[found.segment]
    at = np.full(len(found.row), -1)
    tables = []
    size = 0
    for name in np.unique(boosters[warned]):
        mine = warned & (boosters == name)
        rows = np.unique(found.row[mine])
        told = drivers.told(pieces.boosters[name], table.take(pa.array(rows)), pieces.currency, threads)
        tables.append(pa.table(drivers.arrays(told)))
        at[mine] = size + np.searchsorted(rows, found.row[mine])
        size += len(rows)
    if not tables:
        return {name: pa.nulls(len(found.row), pa.string()) for name in drivers.COLUMNS}
    taken = pa.concat_tables(tables).take(pa.array(at, mask=at < 0))
    return {name: taken[name] for name in drivers.COLUMNS}
