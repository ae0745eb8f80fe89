"""From facts to bids: batch by batch, who may get what and what it is worth; everybody else keeps the reason."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kequn.decisions import chance
from kequn.decisions.fates import Asked, Bools, Floats, Ints, exclusions, fates
from kequn.decisions.policy.caps import rooms
from kequn.decisions.policy.sets import judge
from kequn.decisions.tonight import MILLI, Tonight

ORDER = "order"
HALF = np.uint64(1 << 63)
# A channel's chance over the mean of all counts within these bounds: thin histories are no reason to exaggerate.
CHANNEL_LEAST, CHANNEL_MOST = 0.2, 5.0

SCHEMA = pa.schema([
    ("customer_id", pa.int64()), ("draw", pa.int64()), ("rm", pa.int32()), ("bids", pa.int32()),
    ("rooms", pa.list_(pa.int8())), ("pair", pa.list_(pa.int16())), ("priority", pa.list_(pa.int64())),
    ("doubt", pa.list_(pa.float32())), ("probability", pa.list_(pa.float64())), ("value", pa.list_(pa.int64())),
    ("fate", pa.list_(pa.int8())), ("out_campaign", pa.list_(pa.int16())), ("out_pair", pa.list_(pa.int16())),
    ("out_reasons", pa.list_(pa.int64())),
])  # fmt: skip
"""Columns of ``bid``, one row a customer who is in an audience.

``draw``: the order of handing out (signed); ``rm``: number of the RM, -1 none; ``bids``: length of the lists of bids;
``rooms``: contacts that each cap allows; ``pair``, ``priority`` and ``doubt`` (1/1000 fen), ``probability``, ``value``
(fen): one entry a bid. ``fate``: one entry a campaign, OUTSIDE its audience, the rule that left no pair, NOT_WORTH or
BIDDING (``fates``).
``out_campaign``, ``out_pair`` (ALL: every pair of the campaign), ``out_reasons``: the exclusions, rules as bits.
"""


@dataclass(frozen=True)
class Bidder:
    """Makes the bids of a batch; ``secret`` is the key of all draws."""

    tonight: Tonight
    secret: bytes
    weight: float

    def __call__(self, facts: pa.RecordBatch) -> pa.RecordBatch:
        """``SCHEMA`` of a batch of facts."""
        tonight, bids = self.tonight, self.tonight.bids
        customers = facts.column("customer_id").to_numpy()
        draws = chance.holdouts(self.secret, tonight.policy.universal_control_share, bids, customers)
        judged = judge(tonight.policy, tonight.day, bids, facts, draws)
        inside = np.empty((len(customers), len(bids.campaigns)), np.bool_)
        for bid in bids.campaigns:
            inside[:, bid.number] = _flag(facts, f"in_{bid.number}")
        masks = np.empty((len(customers), len(bids.pairs)), np.int64)
        for pair in bids.pairs:
            offer = judged.campaign[:, pair.campaign] | judged.offer[:, pair.offer]
            masks[:, pair.number] = offer | judged.pair[:, pair.number]
        asked = Asked(inside, judged.campaign, masks, tonight.pairs.campaign)
        return self._rows(facts, asked, self._offered(facts, asked.pairs & (masks == 0)))

    def _offered(self, facts: pa.RecordBatch, open_: Bools) -> _Offered:
        """Priorities of all pairs; open ones above zero are bids."""
        size = open_.shape
        probability, value, priority = np.zeros(size), np.zeros(size, np.int64), np.zeros(size, np.int64)
        doubt = np.zeros(size, np.float32)
        for pair in self.tonight.bids.pairs:
            n = pair.number
            likely, worth, relative = self._pair(facts, n)
            cost = MILLI * self.tonight.cost_fen(n)
            gain = likely * worth * (self.tonight.offer_of(n)[1].lever * MILLI)
            probability[:, n], value[:, n] = likely, worth
            priority[:, n] = np.floor(gain + 0.5).astype(np.int64) - cost
            doubt[:, n] = gain * relative
        return _Offered(open_ & (priority > 0), probability, value, priority, doubt)

    def _pair(self, facts: pa.RecordBatch, number: int) -> tuple[Floats, Ints, float]:
        """Chance that the customer takes the offer by the pair's channel, value in fen if so, doubt over the chance."""
        campaign, offer = self.tonight.offer_of(number)
        channel, klass = self.tonight.bids.pairs[number].channel, self.tonight.klass(offer)
        expected = self.tonight.past.expected(klass, channel)
        own = self.tonight.past.of_pair(campaign.name, offer.name, channel, expected, self.weight)
        likely = _numbers(facts, f"response_{klass}", expected)
        with np.errstate(divide="ignore", invalid="ignore"):
            leaning = _numbers(facts, f"chance_{channel}", np.nan) / _numbers(facts, "chance_mean", np.nan)
        likely = likely * np.clip(np.where(np.isfinite(leaning), leaning, 1.0), CHANNEL_LEAST, CHANNEL_MOST)
        value = offer.value_fen
        worth = np.full(len(likely), value) if value is not None else _numbers(facts, f"value_{klass}", 0)
        return (
            np.clip(likely * own.factor, 0, 1),
            np.maximum(worth, 0).astype(np.int64),
            own.doubt / max(own.factor, 1e-9),
        )

    def _rows(self, facts: pa.RecordBatch, asked: Asked, offered: _Offered) -> pa.RecordBatch:
        customers = facts.column("customer_id").to_numpy()
        who, pair = np.nonzero(offered.bid)
        counted = np.bincount(who, minlength=len(customers))
        out, fate = exclusions(asked), fates(self.tonight.policy, asked, offered.priority > 0)
        excluded = np.bincount(out.who, minlength=len(customers))
        room = rooms(self.tonight.policy, facts)
        columns = [
            pa.array(customers),
            pa.array(self._order(customers)),
            _rm(facts, self.tonight.rms),
            pa.array(counted.astype(np.int32)),
            _rectangle(room),
            _lists(counted, pair.astype(np.int16)),
            *(_lists(counted, each[who, pair]) for each in (offered.priority, offered.doubt)),
            *(_lists(counted, each[who, pair]) for each in (offered.probability, offered.value)),
            _rectangle(fate),
            *(_lists(excluded, each) for each in (out.campaign, out.pair, out.reasons)),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)

    def _order(self, customers: Ints) -> Ints:
        """Draws as signed numbers in the same order, since Parquet of both engines knows no unsigned ones."""
        drawn = chance.draw(self.secret, f"{ORDER}/{self.tonight.planned_day}", customers)
        return (drawn ^ HALF).view(np.int64)


@dataclass(frozen=True)
class _Offered:
    """Customers x pairs: ``bid`` is in the audience, excluded by nothing and worth it."""

    bid: Bools
    probability: Floats
    value: Ints
    priority: Ints
    doubt: NDArray[np.float32]


def _lists(counts: Ints, values: NDArray[np.generic]) -> pa.Array:
    offsets = np.zeros(len(counts) + 1, np.int32)
    np.cumsum(counts, out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(values))


def _rectangle(values: NDArray[np.generic]) -> pa.Array:
    """A list a row, all as long as ``values`` is wide."""
    return _lists(np.full(values.shape[0], values.shape[1]), values.ravel())


def _flag(facts: pa.RecordBatch, name: str) -> Bools:
    return np.asarray(facts.column(name).fill_null(False).to_numpy(zero_copy_only=False), np.bool_)


def _numbers(facts: pa.RecordBatch, name: str, otherwise: float) -> Floats:
    """A column as floats, ``otherwise`` where it is absent or empty."""
    if name not in facts.schema.names:
        return np.full(facts.num_rows, float(otherwise))
    column = facts.column(name).cast(pa.float64()).fill_null(otherwise)
    return np.asarray(column.to_numpy(zero_copy_only=False), np.float64)


def _rm(facts: pa.RecordBatch, names: tuple[str, ...]) -> pa.Array:
    place = pc.index_in(facts.column("staff_id"), value_set=pa.array(names, pa.string()))
    return pc.fill_null(place.cast(pa.int32()), -1)
