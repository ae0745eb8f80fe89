"""A feasible plan at given prices: handed out in the order of ``draw``, then what is left at lower prices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from kequn.decisions.settle import prices as ledger
from kequn.decisions.settle import stock
from kequn.decisions.settle.batch import Bids
from kequn.decisions.settle.explore import Chance, explored
from kequn.decisions.settle.handout import DECIDED, Given, hand_out
from kequn.decisions.settle.prices import Prices
from kequn.decisions.settle.shapes import Ints, Limits, Pairs
from kequn.decisions.settle.stock import Left
from kequn.decisions.settle.sweeps import Sweeps

# What is left is offered at falling prices, so that it goes to those who almost got it.
DISCOUNTS = (0.995, 0.98, 0.93, 0.75, 0.4, 0.0)
# What a contact that a minimum lacks may cost, in contacts of mean worth: the cheapest switches come first.
EXTRAS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0, 10_000.0)
Reserve = Callable[[Bids, Left, Given], None]
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
        return np.maximum(self.limits.minimum - by_campaign, 0)


def planned(
    sweeps: Sweeps, pairs: Pairs, limits: Limits, prices: Prices, chance: Chance, reserve: Reserve | None = None,
    discounts: tuple[float, ...] = DISCOUNTS,
) -> Plan:
    """Hand out at ``prices``, then what is left at falling prices as long as it pays. No limit is ever exceeded."""
    goods, left = stock.goods_of(pairs, limits), stock.full(limits)
    tolls = ledger.tolls(pairs, limits, prices)
    given = []
    for bids in sweeps.ordered():
        given.append(_nothing(bids, chance))
        if reserve:
            reserve(bids, left, given[-1])
    for bids, mine in zip(sweeps.ordered(), given, strict=True):
        hand_out(bids, goods, tolls, left, mine, chance, False)
    for share in discounts:
        lower = ledger.tolls(pairs, limits, discounted(pairs, limits, prices, left, share))
        for bids, mine in zip(sweeps.ordered(), given, strict=True):
            hand_out(bids, goods, lower, left, mine, chance, True)
    plan = _counted(sweeps, pairs, limits, prices, given)
    mean = max(plan.value // max(int(plan.contacts.sum()), 1), 1000)
    for extra in EXTRAS:
        if not (left.spare < 0).any():
            return plan
        lower = ledger.tolls(pairs, limits, discounted(pairs, limits, prices, left, 0.0))
        lower = lower._replace(extra=np.full(len(limits.minimum), int(mean * extra)))
        for bids, mine in zip(sweeps.ordered(), given, strict=True):
            hand_out(bids, goods, lower, left, mine, chance, True)
        plan = _counted(sweeps, pairs, limits, prices, given)
    return plan


def _nothing(bids: Bids, chance: Chance) -> Given:
    likely = np.zeros(len(bids.pair) if chance.share else 0, np.float32)
    return Given(np.zeros(len(bids.pair), np.uint8), np.zeros(len(bids.rm), np.uint8), likely)


def discounted(pairs: Pairs, limits: Limits, prices: Prices, left: Left, share: float) -> Prices:
    """Prices with those of limits that are not used up multiplied by ``share``."""

    def lower(price: Ints, enough: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Ints:
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


def _counted(sweeps: Sweeps, pairs: Pairs, limits: Limits, prices: Prices, given: list[Given]) -> Plan:
    """The plan with its contacts and its value, counted anew from what was given."""
    contacts, rm_contacts, value = np.zeros(len(pairs), np.int64), np.zeros(len(limits.rm), np.int64), 0
    for bids, mine in zip(sweeps.ordered(), given, strict=True):
        entries = np.flatnonzero(mine.taken)
        chosen = bids.pair[entries]
        owned = entries[pairs.owned[chosen]]
        contacts += np.bincount(chosen, minlength=len(pairs))
        rm_contacts += np.bincount(bids.rm[owner(bids, owned)], minlength=len(limits.rm))
        value += int(bids.priority[entries].sum())
    value -= ledger.penalty(pairs, limits, contacts)
    return Plan(pairs, limits, prices, given, contacts, rm_contacts, value)


def owner(bids: Bids, entries: Ints) -> Ints:
    """The customer's position of each bid."""
    found: Ints = np.searchsorted(bids.starts, entries, side="right") - 1
    return found


def rows(plan: Plan, sweeps: Sweeps, chance: Chance) -> Iterator[pa.RecordBatch]:
    """The contacts of the plan (SCHEMA), batch by batch.

    ``paid``: the tolls at the final prices; ``reduced``: priority less that, by which a customer's contacts are ranked
    from 1; ``propensity``: how likely the customer was to get the contact; ``explored``: it was drawn among close calls.
    """
    tolls = ledger.tolls(plan.pairs, plan.limits, plan.prices)
    for bids, mine in zip(sweeps.ordered(), plan.given, strict=True):
        entries = np.flatnonzero(mine.taken)
        who, chosen, priority = owner(bids, entries), bids.pair[entries], bids.priority[entries]
        fee = tolls.rm[bids.rm[who]] if len(tolls.rm) else np.zeros(len(who), np.int64)
        paid = tolls.pair[chosen] + np.where(plan.pairs.owned[chosen], fee, 0)
        order = np.lexsort((chosen, paid - priority, who))
        decided = mine.decided[who] == DECIDED
        likely = np.where(decided, mine.chance[entries] if chance.share else 1.0, 1.0).astype(np.float64)
        drawn = np.array([explored(chance, draw) for draw in bids.draw[who[decided]]], np.bool_)
        seen = np.zeros(len(who), np.bool_)
        seen[decided] = drawn & ~plan.pairs.service[chosen[decided]]
        columns = [bids.customer[who], chosen, priority, paid, priority - paid, likely, seen]
        columns = [column[order] for column in columns]
        yield pa.RecordBatch.from_arrays([pa.array(column) for column in [*columns, _ranks(who[order])]], schema=SCHEMA)


def _ranks(who: Ints) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """1, 2, ... within each run of the same customer."""
    starts = np.flatnonzero(np.diff(who, prepend=-1))
    return (np.arange(len(who)) - np.repeat(starts, np.diff(starts, append=len(who))) + 1).astype(np.int16)
