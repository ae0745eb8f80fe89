"""A price for every limit, what a contact pays under them, and how full each limit is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from kequn.decisions.settle.shapes import MILLION, UNLIMITED, Flags, Floats, Ints, Limits, Pairs

KINDS = ("channel", "offer", "campaign", "budget", "minimum", "floor", "branch", "rm")
# A price of money is so much for a fen: in thousandths of the unit of other prices, or it would be too coarse.
MONEY_STEPS = 1000
SHUT = 1 << 60  # the price of what cannot be had; two of them still fit a word
PRICE_MOST = 1 << 44


@dataclass(frozen=True)
class Prices:
    """Prices by kind of limit, in thousandths of a fen a contact; ``budget`` in millionths of a fen a fen.

    ``minimum`` is a subsidy: what a promised contact is worth beyond its priority. ``floor`` likewise, for a
    department's contacts, paid by all marketing contacts in proportion to the shares.
    """

    channel: Ints
    offer: Ints
    campaign: Ints
    budget: Ints
    minimum: Ints
    floor: Ints
    branch: Ints
    rm: Ints

    def vector(self) -> Ints:
        """All prices side by side, in the order of KINDS."""
        return np.concatenate([getattr(self, kind) for kind in KINDS])


class Tolls(NamedTuple):
    """What a contact pays: ``pair`` by pair, and ``rm`` by RM for owned pairs; thousandths of a fen, SHUT if closed.

    ``extra`` by campaign: what a contact gets besides, while contacts are handed out and the campaign's minimum lacks
    some.
    """

    pair: Ints
    rm: Ints
    extra: Ints


class Use(NamedTuple):
    """What customers choose under some prices: contacts by ``pair`` and, of owned pairs, by ``rm``.

    ``value`` is the sum of priorities; ``surplus`` at least the most that all customers can gain over the tolls.
    """

    pair: Ints
    rm: Ints
    value: int
    surplus: int


def sizes(limits: Limits) -> list[int]:
    """How many limits of each kind there are, in the order of KINDS."""
    return [len(getattr(limits, kind)) for kind in KINDS]


def priced(vector: Ints, limits: Limits) -> Prices:
    """Prices from a vector in the order of KINDS."""
    return Prices(*np.split(vector, np.cumsum(sizes(limits))[:-1]))


def free(limits: Limits) -> Prices:
    """All prices zero."""
    return priced(np.zeros(sum(sizes(limits)), np.int64), limits)


def tolls(pairs: Pairs, limits: Limits, prices: Prices) -> Tolls:
    """What every pair and RM costs under ``prices``. Rounded down, so that surpluses never come out too small."""
    toll = prices.channel[pairs.channel] + prices.offer[pairs.offer] + prices.campaign[pairs.campaign]
    toll += prices.budget[pairs.campaign] * pairs.cost // MONEY_STEPS - prices.minimum[pairs.campaign]
    contribution = sum(
        share * price for share, price in zip(limits.shares.tolist(), prices.floor.tolist(), strict=True)
    )
    toll += np.where(pairs.service, 0, contribution // MILLION - prices.floor[pairs.department])
    fee = prices.rm + prices.branch[limits.branch_of]
    shut = (limits.rm == 0) | (limits.branch[limits.branch_of] == 0)
    nothing = np.zeros(len(limits.campaign), np.int64)
    return Tolls(np.where(closed(pairs, limits), SHUT, toll), np.where(shut, SHUT, fee), nothing)


def closed(pairs: Pairs, limits: Limits) -> Flags:
    """Pairs of which not one contact is possible."""
    money = limits.budget[pairs.campaign]
    shut: Flags = (
        (limits.channel[pairs.channel] == 0)
        | (limits.offer[pairs.offer] == 0)
        | (limits.campaign[pairs.campaign] == 0)
        | ((money != UNLIMITED) & (money < pairs.cost))
    )
    return shut


def loads(pairs: Pairs, limits: Limits, use: Use) -> Ints:
    """Use of every limit, in the order of KINDS: contacts, fen of a budget; of a floor, millionths of a contact.

    A floor's use is the department's contacts less its share of all, so that its capacity is zero like a minimum's.
    """
    marketing = np.where(pairs.service, 0, use.pair)
    by_department = np.bincount(pairs.department, marketing, len(limits.floor)).astype(np.int64)
    by_campaign = np.bincount(pairs.campaign, use.pair, len(limits.campaign)).astype(np.int64)
    parts = [
        np.bincount(pairs.channel, use.pair, len(limits.channel)).astype(np.int64),
        np.bincount(pairs.offer, use.pair, len(limits.offer)).astype(np.int64),
        by_campaign,
        spent(pairs, limits, use.pair),
        by_campaign,
        by_department * MILLION - limits.shares * int(marketing.sum()),
        np.bincount(limits.branch_of, use.rm, len(limits.branch)).astype(np.int64),
        use.rm,
    ]
    return np.concatenate(parts)


def spent(pairs: Pairs, limits: Limits, contacts: Ints) -> Ints:
    """Fen that ``contacts`` by pair take from each campaign's budget, in whole numbers throughout."""
    money = np.zeros(len(limits.budget), np.int64)
    np.add.at(money, pairs.campaign, pairs.cost * contacts)
    return money


def capacities(limits: Limits) -> Ints:
    """Capacity of every limit, in the order of KINDS; UNLIMITED where there is none (or a minimum of zero)."""
    minimum = np.where(limits.minimum == 0, UNLIMITED, limits.minimum)
    floor = np.where(limits.shares == 0, UNLIMITED, 0)
    return np.concatenate(
        [limits.channel, limits.offer, limits.campaign, limits.budget, minimum, floor, limits.branch, limits.rm]
    )


def sides(limits: Limits) -> Ints:
    """1 where use must stay below the capacity, -1 where it must stay above; in the order of KINDS."""
    return np.repeat([-1 if kind in ("minimum", "floor") else 1 for kind in KINDS], sizes(limits))


def bound(limits: Limits, prices: Prices, use: Use) -> int:
    """Lagrangian bound on the worth of any plan: the surplus, and what all capacities would fetch. Exact integers."""
    total = use.surplus
    for kind, capacity, price, side in zip(
        np.repeat(KINDS, sizes(limits)).tolist(),
        capacities(limits).tolist(),
        prices.vector().tolist(),
        sides(limits).tolist(),
        strict=True,
    ):
        if capacity != UNLIMITED:
            worth = capacity * price
            total += side * worth if kind != "budget" else -(-worth // MONEY_STEPS)
    return int(total)


def penalty(pairs: Pairs, limits: Limits, contacts: Ints) -> int:
    """What contacts missing under the floors cost, rounded up; thousandths of a fen."""
    marketing = np.where(pairs.service, 0, contacts)
    total = int(marketing.sum())
    by_department = np.bincount(pairs.department, marketing, len(limits.floor)).astype(np.int64).tolist()
    missing = sum(
        max(0, share * total - count * MILLION)
        for share, count in zip(limits.shares.tolist(), by_department, strict=True)
    )
    return int(-(-missing * limits.floor_price // MILLION))


def weights(limits: Limits) -> Floats:
    """Thousandths of a fen that a unit of price times a unit of use is worth; in the order of KINDS."""
    unit = {"budget": 1 / MONEY_STEPS, "floor": 1 / MILLION}
    return np.repeat([unit.get(kind, 1.0) for kind in KINDS], sizes(limits))
