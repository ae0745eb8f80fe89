"""Rank each customer's channels by the chance of an answer, the reachable ones only."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kequn.insight.scores.channel.preference import DAYPARTS, Preference
from kequn.insight.scores.channel.rates import NAMES
from kequn.insight.scores.channel.reach import barriers
from kequn.insight.scores.encoding import Batch, Floats
from kequn.insight.scores.model import Model

Ints = NDArray[np.int64]
SCHEMA = pa.schema(
    [
        ("customer_id", pa.int64()), ("channel", pa.string()), ("daypart", pa.string()), ("probability", pa.float64()),
        ("rank", pa.int64()), ("reachable", pa.bool_()), ("reason", pa.string()), ("basis", pa.string()),
        *((daypart, pa.float64()) for daypart in DAYPARTS),
    ]
)  # fmt: skip
BEST, NEXT_BEST, RANKED, NOBODY = "best", "next_best", "ranked", "no_channel_allowed"
ANY = "any"
MAY = "may_"


def score(model: Model, table: Batch, threads: int = 1) -> pa.Table:
    """A row for each customer and channel (SCHEMA): reachable ones ranked from 1, others with the reason in ``reason``.

    ``probability`` is that of the best part of the day, which is ``any`` where the parts do not differ. A customer
    whom no channel may reach has a row more: no channel, rank 1, reason ``no_channel_allowed``; so rank 1 is one row a
    customer. Rank 1 with reason ``next_best`` says that a likelier channel cannot be used.
    """
    preference = _over_all(_preference(model), table)
    chances, basis = preference.chances(table, threads)
    hours = preference.by_hour(chances)
    best = hours.max(axis=2)
    barrier = barriers(table, preference.channels)
    reachable = barrier == ""
    rank = _ranks(best, reachable)
    reason = np.where(rank == 1, np.where(best < best.max(axis=1, keepdims=True), NEXT_BEST, BEST), RANKED)
    customer = np.asarray(table.column("customer_id").to_numpy(), np.int64)
    columns = _columns(preference, hours, rank, float(model.about["parameters"]["channel_hour_least"])) | {
        "customer_id": pa.array(np.repeat(customer, rank.shape[1])),
        "reason": pa.array(np.where(reachable, reason, barrier).ravel(), pa.string()),
        "basis": _named(basis.ravel(), NAMES),
    }
    whole = pa.table([columns[name] for name in SCHEMA.names], schema=SCHEMA)
    return pa.concat_tables([whole, _unreached(customer[~reachable.any(axis=1)])])


def score_batch(model: Model, batch: pa.RecordBatch) -> pa.RecordBatch:
    """``score`` for engine.map."""
    table = score(model, batch).combine_chunks()
    return table.to_batches()[0] if table.num_rows else pa.RecordBatch.from_pylist([], schema=SCHEMA)


def likeliest(preference: Preference, table: Batch) -> Floats:
    """Each customer's highest chance over all channels and parts of the day, within reach or not."""
    preference = _over_all(preference, table)
    return np.asarray(preference.by_hour(preference.chances(table)[0]).max(axis=(1, 2)), np.float64)


def _over_all(preference: Preference, table: Batch) -> Preference:
    """The preference over all channels for which the table says who may be reached."""
    return preference.over([name.removeprefix(MAY) for name in table.schema.names if name.startswith(MAY)])


def _ranks(chance: Floats, reachable: NDArray[np.bool_]) -> Ints:
    """1 for the likeliest reachable channel of each row, and so on; 0 for those out of reach. The first wins a tie."""
    order = np.argsort(np.where(reachable, -chance, np.inf), axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(1, chance.shape[1] + 1)[None].repeat(len(chance), 0), axis=1)
    return np.where(reachable, rank, 0)


def _columns(preference: Preference, hours: Floats, rank: Ints, least: float) -> dict[str, pa.Array]:
    size = rank.shape
    best, flat = hours.max(axis=2), rank.ravel()
    varied = best >= hours.min(axis=2) * (1 + least)
    part = np.where(varied, np.argmax(hours, axis=2), len(DAYPARTS))
    return {
        "channel": _named(np.tile(np.arange(size[1]), size[0]), preference.channels),
        "daypart": _named(part.ravel(), (*DAYPARTS, ANY)),
        "probability": pa.array(best.ravel()),
        "rank": pa.array(flat, mask=flat == 0),
        "reachable": pa.array(flat > 0),
        **{name: pa.array(hours[:, :, place].ravel()) for place, name in enumerate(DAYPARTS)},
    }


def _named(place: Ints, names: tuple[str, ...]) -> pa.Array:
    return pa.array(names, pa.string()).take(pa.array(place))


def _unreached(customer: Ints) -> pa.Table:
    """The row more of customers whom no channel may reach."""
    size = len(customer)
    given = {
        "customer_id": pa.array(customer, pa.int64()),
        "rank": pa.array(np.ones(size, np.int64)),
        "reachable": pa.array(np.zeros(size, np.bool_)),
        "reason": pa.array([NOBODY] * size, pa.string()),
    }
    return pa.table([given.get(field.name, pa.nulls(size, field.type)) for field in SCHEMA], schema=SCHEMA)


@lru_cache(maxsize=4)
def _preference(model: Model) -> Preference:
    return Preference.of(model.parts)
