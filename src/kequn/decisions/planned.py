"""The plan as readers see it: each contact with the factors of its priority, its prices, its day and daypart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kequn.decisions.tonight import MILLI, Tonight
from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query
from kequn.insight.scores.channel.preference import DAYPARTS
from kequn.workspace import Settings

PLAN = pa.schema([
    ("customer_id", pa.int64()), ("campaign", pa.string()), ("offer", pa.string()), ("channel", pa.string()),
    ("department", pa.string()), ("purpose", pa.string()), ("product_id", pa.string()), ("planned_day", pa.date32()),
    ("daypart", pa.string()), ("rank", pa.int16()), ("probability", pa.float64()), ("value_fen", pa.int64()),
    ("lever", pa.float64()), ("cost_fen", pa.int64()), ("priority_fen", pa.int64()), ("price_fen", pa.int64()),
    ("gain_fen", pa.int64()), ("propensity", pa.float64()), ("explored", pa.bool_()), ("staff_id", pa.string()),
    ("campaign_version", pa.string()), ("policy", pa.string()), ("models", pa.string()),
])  # fmt: skip
"""priority = probability x value x lever - cost; gain = priority - price, what the contact is worth beyond what the
scarce things that it uses would bring elsewhere. ``daypart`` is ``any`` where the parts of the day do not differ."""
ANY = "any"
CHOSEN = "decision_chosen"


def plan_query(parameters: Parameters, by_channel: bool) -> Query:
    """One row a contact with the customer's bids, and the chance of each part of the day where channels are scored."""
    parts = ", ".join(f"s.{part}" if by_channel else f"CAST(NULL AS DOUBLE) AS {part}" for part in DAYPARTS)
    text = f"""SELECT d.customer_id, d.pair AS chosen, d.priority, d.paid, d.reduced, d.propensity, d.explored, d.rank,
  b.rm, b.pair, b.probability, b.value, {parts}
FROM {CHOSEN} AS d
JOIN bid AS b ON d.customer_id = b.customer_id
JOIN bid_pair AS l ON d.pair = l.pair"""
    if by_channel:
        text += "\nLEFT JOIN score_channel AS s ON d.customer_id = s.customer_id AND l.channel = s.channel"
    return compile_query(text, parameters, "plan")


@dataclass(frozen=True)
class Picker:
    """From ``plan_query`` to ``PLAN``; ``models`` names the versions of all scores."""

    here: Tonight
    settings: Settings
    models: str

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        here, chosen = self.here, batch.column("chosen").to_numpy().astype(np.int64)
        entry = _entries(batch, chosen)
        pairs = here.bids.pairs
        campaign = np.array([pair.campaign for pair in pairs], np.int64)[chosen]
        offer = np.array([pair.offer for pair in pairs], np.int64)[chosen]
        columns = {
            **{name: batch.column(name) for name in ("customer_id", "rank", "propensity", "explored")},
            "campaign": _named([each.name for each in here.campaigns], campaign),
            "offer": _named([each.name for each in here.bids.offers], offer),
            "channel": _named([pair.channel for pair in pairs], chosen),
            "department": _named([each.department for each in here.campaigns], campaign),
            "purpose": _named([each.purpose for each in here.campaigns], campaign),
            "product_id": _named([each.product for _, each in here.offers], offer),
            "planned_day": pa.array([here.planned_day] * len(chosen), pa.date32()),
            "daypart": self._dayparts(batch, chosen),
            "probability": batch.column("probability").flatten().take(entry),
            "value_fen": batch.column("value").flatten().take(entry),
            "lever": pa.array(np.array([each.lever for _, each in here.offers])[offer]),
            "cost_fen": pa.array(here.pairs.cost[chosen]),
            **{
                f"{name}_fen": _fen(batch, column)
                for name, column in (("priority", "priority"), ("price", "paid"), ("gain", "reduced"))
            },
            "staff_id": self._staff(batch, chosen),
            "campaign_version": _named([each.version for each in here.campaigns], campaign),
            "policy": pa.array([here.policy.version] * len(chosen), pa.string()),
            "models": pa.array([self.models] * len(chosen), pa.string()),
        }
        return pa.RecordBatch.from_arrays([columns[name] for name in PLAN.names], schema=PLAN)

    def _staff(self, batch: pa.RecordBatch, chosen: NDArray[np.int64]) -> pa.Array:
        """The RM of contacts that an RM makes."""
        rm = batch.column("rm").to_numpy().astype(np.int64)
        owned = self.here.pairs.owned[chosen] if len(chosen) else np.zeros(0, np.bool_)
        return _named(list(self.here.rms), rm, ~owned)

    def _dayparts(self, batch: pa.RecordBatch, chosen: NDArray[np.int64]) -> pa.Array:
        """The likeliest part of the day that lies within the channel's hours."""
        chance = np.stack([_numbers(batch, part) for part in DAYPARTS], axis=1)
        chance = np.where(self._open[chosen], chance, -1.0)
        even = chance.max(axis=1, initial=-1) <= chance.min(axis=1, initial=2, where=chance >= 0)
        place = np.where(even, len(DAYPARTS), chance.argmax(axis=1))
        return _named([*DAYPARTS, ANY], place)

    @cached_property
    def _open(self) -> NDArray[np.bool_]:
        """Pairs x parts of the day: part of it lies within the channel's hours."""
        names = ("midday", "afternoon", "evening")
        cuts = [0, *(self.settings.integer(f"scores.channel_{name}_hour") for name in names), 24]
        hours = [self.here.channel(pair.number) for pair in self.here.bids.pairs]
        spans = list(pairwise(cuts))
        return np.array([[a < h.until_hour and b > h.from_hour for a, b in spans] for h in hours], np.bool_).reshape(
            len(hours), len(DAYPARTS)
        )


def _entries(batch: pa.RecordBatch, chosen: NDArray[np.int64]) -> pa.Array:
    """Place of the chosen pair in the flat lists of bids."""
    column = batch.column("pair")
    lengths = np.diff(column.offsets.to_numpy())
    flat = column.flatten().to_numpy()
    return pa.array(np.flatnonzero(flat == np.repeat(chosen, lengths)))


def _fen(batch: pa.RecordBatch, name: str) -> pa.Array:
    """Thousandths of a fen as whole fen, rounded half up."""
    return pa.array((batch.column(name).to_numpy() + MILLI // 2) // MILLI)


def _numbers(batch: pa.RecordBatch, name: str) -> NDArray[np.float64]:
    return np.asarray(batch.column(name).fill_null(0.0).to_numpy(zero_copy_only=False), np.float64)


def _named(names: Sequence[str | None], places: NDArray[np.int64], empty: NDArray[np.bool_] | None = None) -> pa.Array:
    return pa.array(names, pa.string()).take(pa.array(places, mask=empty))
