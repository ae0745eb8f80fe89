"""From facts to bids: batch by batch, who may get what and what it is worth; everybody else keeps the reason."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kequn.decisions import chance
from kequn.decisions.policy.caps import rooms
from kequn.decisions.policy.rules import rules
from kequn.decisions.policy.sets import judge
from kequn.decisions.tonight import MILLI, Tonight

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
# Fates of a customer in a campaign that are no rule of the policy.
OUTSIDE, NOT_WORTH, BIDDING = -1, 126, 127
ALL = -1
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
``rooms``: contacts that each cap allows; ``pair``, ``priority`` (1/1000 fen), ``doubt``, ``probability``, ``value`` (fen):
one entry a bid. ``fate``: one entry a campaign, OUTSIDE its audience, the rule that left no pair, NOT_WORTH or BIDDING.
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
        inside = np.stack([_flag(facts, f"in_{bid.number}") for bid in bids.campaigns], axis=1)
        masks = np.empty((len(customers), len(bids.pairs)), np.int64)
        for pair in bids.pairs:
            offer = judged.campaign[:, pair.campaign] | judged.offer[:, pair.offer]
            masks[:, pair.number] = offer | judged.pair[:, pair.number]
        asked = inside[:, tonight.pairs.campaign]
        offered = self._offered(facts, asked & (masks == 0))
        return self._rows(facts, customers, masks, asked, offered, judged.campaign, inside)

    def _offered(self, facts: pa.RecordBatch, open_: Bools) -> _Offered:
        """Priorities of all open pairs; those not above zero are left out."""
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
        return _Offered(open_ & (priority > 0), open_, probability, value, priority, doubt)

    def _pair(self, facts: pa.RecordBatch, number: int) -> tuple[Floats, Ints, float]:
        """Chance that the contact makes the customer take the offer, value in fen if so, relative doubt of the chance."""
        campaign, offer = self.tonight.offer_of(number)
        channel, klass = self.tonight.bids.pairs[number].channel, self.tonight.klass(offer)
        expected = self.tonight.past.expected(klass, channel)
        own = self.tonight.past.of_pair(campaign.name, offer.name, channel, expected, self.weight)
        likely = _numbers(facts, f"response_{klass}", expected)
        leaning = _numbers(facts, f"chance_{channel}", np.nan) / _numbers(facts, "chance_mean", np.nan)
        likely = likely * np.clip(np.where(np.isfinite(leaning), leaning, 1.0), CHANNEL_LEAST, CHANNEL_MOST)
        value = offer.value_fen
        worth = np.full(len(likely), value) if value is not None else _numbers(facts, f"value_{klass}", 0)
        return (
            np.clip(likely * own.factor, 0, 1),
            np.maximum(worth, 0).astype(np.int64),
            own.doubt / max(own.factor, 1e-9),
        )

    def _rows(
        self, facts: pa.RecordBatch, customers: Ints, masks: Ints, asked: Bools, offered: _Offered,
        campaign_masks: Ints, inside: Bools,
    ) -> pa.RecordBatch:  # fmt: skip
        who, pair = np.nonzero(offered.bid)
        out = _exclusions(self.tonight, masks, asked, campaign_masks, inside)
        fate = _fates(self.tonight, masks, offered, inside)
        counted = np.bincount(who, minlength=len(customers))
        columns = [
            pa.array(customers),
            pa.array(
                (chance.draw(self.secret, f"{ORDER}/{self.tonight.planned_day}", customers) ^ HALF).view(np.int64)
            ),
            _rm(facts, self.tonight.rms),
            pa.array(counted.astype(np.int32)),
            _lists(
                np.full(len(customers), 1 + len(self.tonight.policy.narrow_caps)),
                rooms(self.tonight.policy, facts).ravel(),
            ),
            _lists(counted, pair.astype(np.int16)),
            _lists(counted, offered.priority[who, pair]),
            _lists(counted, offered.doubt[who, pair]),
            _lists(counted, offered.probability[who, pair]),
            _lists(counted, offered.value[who, pair]),
            _lists(np.full(len(customers), fate.shape[1]), fate.ravel()),
            *(
                _lists(np.bincount(out.who, minlength=len(customers)), each)
                for each in (out.campaign, out.pair, out.reasons)
            ),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


@dataclass(frozen=True)
class _Offered:
    """Customers x pairs: ``bid`` is open to the customer and worth it."""

    bid: Bools
    open: Bools
    probability: Floats
    value: Ints
    priority: Ints
    doubt: NDArray[np.float32]


@dataclass(frozen=True)
class _Excluded:
    who: Ints
    campaign: NDArray[np.int16]
    pair: NDArray[np.int16]
    reasons: Ints


def _exclusions(tonight: Tonight, masks: Ints, asked: Bools, campaign_masks: Ints, inside: Bools) -> _Excluded:
    """One entry where a whole campaign is excluded, else one for each excluded pair; by customer, then campaign."""
    whole = inside & (campaign_masks != 0)
    who_whole, campaign = np.nonzero(whole)
    single = asked & (masks != 0) & ~whole[:, tonight.pairs.campaign]
    who_single, pair = np.nonzero(single)
    who = np.concatenate([who_whole, who_single])
    campaigns = np.concatenate([campaign, tonight.pairs.campaign[pair]])
    pairs = np.concatenate([np.full(len(who_whole), ALL), pair])
    reasons = np.concatenate([campaign_masks[who_whole, campaign], masks[who_single, pair]])
    order = np.lexsort((pairs, campaigns, who))
    return _Excluded(who[order], campaigns[order].astype(np.int16), pairs[order].astype(np.int16), reasons[order])


def _fates(tonight: Tonight, masks: Ints, offered: _Offered, inside: Bools) -> NDArray[np.int8]:
    """Customers x campaigns. A rule's number: after it, in the order of the rules, no pair of the campaign was left."""
    first = _first_bits(masks, len(rules(tonight.policy)))
    found = np.full(inside.shape, OUTSIDE, np.int8)
    for number in range(inside.shape[1]):
        mine = np.flatnonzero(tonight.pairs.campaign == number)
        last = first[:, mine].max(axis=1)
        last = np.where(offered.open[:, mine].any(axis=1), NOT_WORTH, last)
        last = np.where(offered.bid[:, mine].any(axis=1), BIDDING, last)
        found[:, number] = np.where(inside[:, number], last, OUTSIDE)
    return found


def _first_bits(masks: Ints, count: int) -> NDArray[np.int8]:
    """The lowest bit set in each mask; ``count`` where there is none."""
    found = np.full(masks.shape, count, np.int8)
    for bit in reversed(range(count)):
        found[(masks >> bit) & 1 == 1] = bit
    return found


def _lists(counts: Ints, values: NDArray[np.generic]) -> pa.Array:
    offsets = np.zeros(len(counts) + 1, np.int32)
    np.cumsum(counts, out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(values))


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


__all__ = ["BIDDING", "NOT_WORTH", "OUTSIDE", "SCHEMA", "Bidder"]
