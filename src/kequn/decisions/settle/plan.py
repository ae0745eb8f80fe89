"""A feasible plan at given prices: handed out in the order of ``draw``, then what is left at lower prices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kequn.decisions.settle import prices as ledger
from kequn.decisions.settle import stock
from kequn.decisions.settle.batch import Bids
from kequn.decisions.settle.explore import Chance
from kequn.decisions.settle.handout import DECIDED, Given, hand_out
from kequn.decisions.settle.prices import PRICE_MOST, Prices, Tolls
from kequn.decisions.settle.shapes import UNLIMITED, Flags, Ints, Limits, Pairs
from kequn.decisions.settle.stock import Left
from kequn.decisions.settle.sweeps import Sweeps

# What is left is offered at falling prices, so that it goes to those who almost got it.
DISCOUNTS = (1.0, 0.995, 0.98, 0.93, 0.75, 0.4, 0.0)
# What a contact that a minimum lacks may cost, in contacts of mean worth: the cheapest switches come first.
EXTRAS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0, 10_000.0)
RAISES = 14  # each twice the one before, from a two-thousandth
Reserve = Callable[[int, Bids, Left, Given], None]
SCHEMA = pa.schema(
    [
        ("customer_id", pa.int64()),
        ("pair", pa.int16()),
        ("priority", pa.int64()),
        ("paid", pa.int64()),
        ("reduced", pa.int64()),
        ("propensity", pa.float64()),
        ("explored", pa.bool_()),
        ("rank", pa.int16()),
    ]
)


@dataclass(frozen=True)
class Plan:
    """Who gets which contact. ``value``: priorities of all contacts less what missing floors cost (1/1000 fen)."""

    pairs: Pairs
    limits: Limits
    prices: Prices
    given: list[Given]
    contacts: Ints
    rm_contacts: Ints
    value: int

    def short(self) -> Ints:
        """Contacts that each campaign lacks of its minimum."""
        by_campaign = np.bincount(self.pairs.campaign, self.contacts, len(self.limits.minimum)).astype(np.int64)
        lacking: Ints = np.maximum(self.limits.minimum - by_campaign, 0)
        return lacking


def planned(
    sweeps: Sweeps,
    pairs: Pairs,
    limits: Limits,
    prices: Prices,
    chance: Chance,
    *,
    reserve: Sequence[Reserve] = (),
    discounts: Sequence[float] = DISCOUNTS,
) -> Plan:
    """Hand out at ``prices``, then what is left at falling prices as long as it pays. No limit is ever exceeded.

    Each of ``reserve`` sees all batches, one after another, before anything is handed out.
    """
    desk = _Counter(sweeps, pairs, limits, chance)
    for step in reserve:
        for number, bids in enumerate(sweeps.ordered()):
            step(number, bids, desk.left, desk.given[number])
    desk.round(ledger.tolls(pairs, limits, _dearer(sweeps, pairs, limits, prices)), again=False)
    for share in discounts:
        desk.round(ledger.tolls(pairs, limits, discounted(pairs, limits, prices, desk.left, share)), again=True)
    _promises(desk, prices)
    return Plan(pairs, limits, prices, desk.given, *desk.counted())


def _dearer(sweeps: Sweeps, pairs: Pairs, limits: Limits, prices: Prices) -> Prices:
    """Prices at which nothing is overdrawn, a little above ``prices``.

    Otherwise the last in the order of ``draw`` would go away empty-handed, whatever they are worth.
    """
    capacity = ledger.capacities(limits)
    bounded = (capacity != UNLIMITED) & (ledger.sides(limits) > 0)
    vector = prices.vector()
    for number in range(RAISES):
        use = sweeps.sweep(ledger.tolls(pairs, limits, ledger.priced(vector, limits)))
        over = bounded & (ledger.loads(pairs, limits, use) > capacity)
        if not over.any():
            break
        vector = np.where(over, np.minimum(vector + (vector * 2**number) // 2048 + 1, PRICE_MOST), vector)
    return ledger.priced(vector, limits)


def _promises(desk: _Counter, prices: Prices) -> None:
    """Give contacts that minimums lack to the customers who lose least by it."""
    contacts, _, value = desk.counted()
    mean = max(value // max(int(contacts.sum()), 1), 1000)
    for extra in EXTRAS:
        if not (desk.left.spare < 0).any():
            return
        lower = discounted(desk.pairs, desk.limits, prices, desk.left, 0.0)
        tolls = ledger.tolls(desk.pairs, desk.limits, lower)
        desk.round(tolls._replace(extra=np.full(len(tolls.extra), int(mean * extra))), again=True)


class _Counter:
    """Where contacts are handed out: what is left, and what customers have so far."""

    def __init__(self, sweeps: Sweeps, pairs: Pairs, limits: Limits, chance: Chance) -> None:
        self.sweeps, self.pairs, self.limits, self.chance = sweeps, pairs, limits, chance
        self.goods, self.left = stock.goods_of(pairs, limits), stock.full(limits)
        self.given = [_nothing(bids, chance) for bids in sweeps.ordered()]

    def round(self, tolls: Tolls, again: bool) -> None:
        """Go through all customers once."""
        for bids, mine in zip(self.sweeps.ordered(), self.given, strict=True):
            hand_out(bids, self.goods, tolls, self.left, mine, self.chance, again)

    def counted(self) -> tuple[Ints, Ints, int]:
        """Contacts by pair, of owned pairs by RM, and the value; counted anew from what customers have."""
        contacts, by_rm, value = np.zeros(len(self.pairs), np.int64), np.zeros(len(self.limits.rm), np.int64), 0
        for bids, mine in zip(self.sweeps.ordered(), self.given, strict=True):
            entries = np.flatnonzero(mine.taken)
            chosen = bids.pair[entries]
            owned = entries[self.pairs.owned[chosen]]
            contacts += np.bincount(chosen, minlength=len(self.pairs))
            by_rm += np.bincount(bids.rm[owner(bids, owned)], minlength=len(self.limits.rm))
            value += int(bids.priority[entries].sum())
        return contacts, by_rm, value - ledger.penalty(self.pairs, self.limits, contacts)


def _nothing(bids: Bids, chance: Chance) -> Given:
    likely = np.zeros(len(bids.pair) if chance.share else 0, np.float32)
    return Given(np.zeros(len(bids.pair), np.uint8), np.zeros(len(bids.rm), np.uint8), likely)


def discounted(pairs: Pairs, limits: Limits, prices: Prices, left: Left, share: float) -> Prices:
    """Prices with those of limits that are not used up multiplied by ``share``."""

    def lower(price: Ints, enough: Flags) -> Ints:
        return np.where(enough, np.floor(price * share), price).astype(np.int64)

    cheapest = np.full(len(limits.budget), ledger.SHUT)
    np.minimum.at(cheapest, pairs.campaign, np.maximum(pairs.cost, 1))
    return replace(
        prices,
        channel=lower(prices.channel, left.channel > 0),
        offer=lower(prices.offer, left.offer > 0),
        campaign=lower(prices.campaign, left.campaign > 0),
        budget=lower(prices.budget, left.budget >= cheapest),
        rm=lower(prices.rm, left.rm > 0),
        branch=lower(prices.branch, left.branch > 0),
    )


def owner(bids: Bids, entries: Ints) -> Ints:
    """The customer's position of each bid."""
    found: Ints = np.searchsorted(bids.starts, entries, side="right") - 1
    return found


def rows(plan: Plan, sweeps: Sweeps, chance: Chance) -> Iterator[pa.RecordBatch]:
    """The contacts of the plan (SCHEMA), batch by batch.

    ``paid``: the tolls at the final prices; ``reduced``: priority less that, by which a customer's contacts are ranked
    from 1; ``explored``: drawn among close calls; ``propensity``: how likely the draw was, 1 without one.
    """
    tolls = ledger.tolls(plan.pairs, plan.limits, plan.prices)
    for bids, mine in zip(sweeps.ordered(), plan.given, strict=True):
        entries = np.flatnonzero(mine.taken)
        who, chosen, priority = owner(bids, entries), bids.pair[entries], bids.priority[entries]
        fee = tolls.rm[bids.rm[who]] if len(tolls.rm) else np.zeros(len(who), np.int64)
        paid = tolls.pair[chosen] + np.where(plan.pairs.owned[chosen], fee, 0)
        order = np.lexsort((chosen, paid - priority, who))
        columns: list[NDArray[Any]] = [bids.customer[who], chosen, priority, paid, priority - paid]
        columns += _likely(mine, chance, entries, who, plan.pairs.service[chosen])
        sorted_columns = [column[order] for column in columns] + [_ranks(who[order])]
        yield pa.RecordBatch.from_arrays([pa.array(column) for column in sorted_columns], schema=SCHEMA)


def _likely(mine: Given, chance: Chance, entries: Ints, who: Ints, service: Flags) -> list[NDArray[Any]]:
    """Propensity of each contact, and whether it was drawn; what was not drawn was certain."""
    if not chance.share:
        return [np.ones(len(entries)), np.zeros(len(entries), np.bool_)]
    decided = mine.decided[who] == DECIDED
    likely = np.where(decided, mine.chance[entries], 1.0).astype(np.float64)
    return [likely, decided & ~service]


def _ranks(who: Ints) -> NDArray[np.int16]:
    """1, 2, ... within each run of the same customer."""
    starts = np.flatnonzero(np.diff(who, prepend=-1))
    return (np.arange(len(who)) - np.repeat(starts, np.diff(starts, append=len(who))) + 1).astype(np.int16)
