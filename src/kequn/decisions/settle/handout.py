"""The compiled hand-out: contacts given to customers in the order of ``draw``, as long as something is left.

The first time round, each customer gets the best of what is left under the tolls. Later rounds take a customer's
contacts back and choose again; the new choice stands if it gains more and leaves no promise shorter than before.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kequn.decisions.settle.batch import Bids
from kequn.decisions.settle.compiled import compiled, inner
from kequn.decisions.settle.explore import Chance, chances, explored, which, winner
from kequn.decisions.settle.menu import SERVICE, before, fill, roomy
from kequn.decisions.settle.prices import SHUT, Tolls
from kequn.decisions.settle.shapes import Floats, Ints
from kequn.decisions.settle.stock import Goods, Left, has, take

TAKEN, RESERVED = 1, 2  # reserved contacts are kept, whatever they gain
DECIDED = 1  # a choice among close calls is made once, or its propensity would be wrong


class Given(NamedTuple):
    """What customers of a batch have: ``taken`` by bid, ``decided`` by customer, ``chance`` by bid of those decided."""

    taken: NDArray[np.uint8]
    decided: NDArray[np.uint8]
    chance: NDArray[np.float32]


class _Desk(NamedTuple):
    """Room for the work on one customer: gains of the bids, rooms left, picks, close calls, chances."""

    gains: Ints
    rooms: Ints
    picks: Ints
    close: NDArray[np.bool_]
    first: Floats


@compiled
def hand_out(bids: Bids, goods: Goods, tolls: Tolls, left: Left, given: Given, chance: Chance, again: bool) -> int:
    """Hand out to all customers of a batch, changing ``left`` and ``given``; how many customers' contacts changed."""
    size = len(goods.cost)
    desk = _Desk(
        np.empty(size, np.int64),
        np.empty(goods.menu.caps, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.bool_),
        np.empty(size, np.float64),
    )
    changed = 0
    for i in range(len(bids.rm)):
        if again and given.decided[i] == DECIDED:
            continue
        _offered(bids, goods, tolls, left, given, i, desk)
        old = 0
        if again:
            old = _held(bids, goods, tolls, left, given, i)
            if _at_most(bids, goods, i, desk) <= old:
                continue
            _move(bids, goods, left, given, i, -1)
        chosen = -1
        if not again and chance.share > 0 and explored(chance, bids.draw[i]):
            chosen = _explored(bids, goods, tolls, left, given, chance, i, desk)
        count, gained = _chosen(bids, goods, left, i, chosen, desk)
        if again and (gained <= old or _shortens(bids, goods, left, given, i, desk.picks[:count])):
            for pick in desk.picks[:count]:
                take(bids, goods, left, i, bids.pair[pick], -1)
            _move(bids, goods, left, given, i, 1)
            continue
        changed += count > 0
        for j in range(bids.starts[i], bids.starts[i + 1]):
            if given.taken[j] == TAKEN:
                given.taken[j] = 0
        for pick in desk.picks[:count]:
            given.taken[pick] = TAKEN
    return changed


@inner
def reserve(bids: Bids, goods: Goods, left: Left, given: Given, i: int, j: int) -> None:
    """Keep bid ``j`` for customer ``i`` whatever it gains."""
    given.taken[j] = RESERVED
    take(bids, goods, left, i, bids.pair[j], 1)


@inner
def _held(bids: Bids, goods: Goods, tolls: Tolls, left: Left, given: Given, i: int) -> int:
    """What the customer's contacts gain under the tolls."""
    fee, gained = _fee(bids, tolls, i), 0
    for j in range(bids.starts[i], bids.starts[i + 1]):
        if given.taken[j] == TAKEN:
            gained += _gain(bids, goods, tolls, left, j, fee)
    return gained


@inner
def _at_most(bids: Bids, goods: Goods, i: int, desk: _Desk) -> int:
    """No choice of the customer gains more than this."""
    first, best, service = bids.starts[i], 0, 0
    for j in range(first, bids.starts[i + 1]):
        if goods.menu.mask[bids.pair[j]] & SERVICE:
            service += desk.gains[j - first]
        else:
            best = max(best, desk.gains[j - first])
    return int(best * max(0, desk.rooms[0]) + service)


@inner
def _move(bids: Bids, goods: Goods, left: Left, given: Given, i: int, contacts: int) -> None:
    """Give back (-1) or take again (1) what the customer has."""
    for j in range(bids.starts[i], bids.starts[i + 1]):
        if given.taken[j] == TAKEN:
            take(bids, goods, left, i, bids.pair[j], contacts)


@inner
def _fee(bids: Bids, tolls: Tolls, i: int) -> int:
    return tolls.rm[bids.rm[i]] if bids.rm[i] >= 0 else SHUT


@inner
def _gain(bids: Bids, goods: Goods, tolls: Tolls, left: Left, j: int, fee: int) -> int:
    pair = bids.pair[j]
    campaign = goods.menu.campaign[pair]
    extra = tolls.extra[campaign] if left.spare[campaign] < 0 else 0
    return int(bids.priority[j] - tolls.pair[pair] - goods.menu.owned[pair] * fee + extra)


@inner
def _offered(bids: Bids, goods: Goods, tolls: Tolls, left: Left, given: Given, i: int, desk: _Desk) -> None:
    """Gains of the customer's bids (0: not wanted, or its campaign is reserved already), and the rooms."""
    first, last, fee = bids.starts[i], bids.starts[i + 1], _fee(bids, tolls, i)
    desk.rooms[:] = bids.rooms[i]
    for j in range(first, last):
        desk.gains[j - first] = max(0, _gain(bids, goods, tolls, left, j, fee))
    for j in range(first, last):
        if given.taken[j] == RESERVED:
            _used(bids, goods, i, j, desk)


@inner
def _used(bids: Bids, goods: Goods, i: int, chosen: int, desk: _Desk) -> None:
    """Use up the rooms and the campaign of a bid."""
    fill(goods.menu.mask[bids.pair[chosen]] & ~SERVICE, desk.rooms, 1)
    campaign, first = goods.menu.campaign[bids.pair[chosen]], bids.starts[i]
    for j in range(first, bids.starts[i + 1]):
        if goods.menu.campaign[bids.pair[j]] == campaign:
            desk.gains[j - first] = 0


@inner
def _best(bids: Bids, goods: Goods, left: Left, i: int, desk: _Desk, marketing: bool) -> int:
    """The best bid that rooms and limits still allow; -1 where none gains."""
    first, best, chosen = bids.starts[i], 0, -1
    for j in range(first, bids.starts[i + 1]):
        gain, pair = desk.gains[j - first], bids.pair[j]
        if gain < best or gain <= 0 or (marketing and goods.menu.mask[pair] & SERVICE):
            continue
        if gain == best and not before(bids.draw[i], pair, bids.pair[chosen]):
            continue
        if roomy(goods.menu.mask[pair], desk.rooms) and has(bids, goods, left, i, pair):
            best, chosen = gain, j
    return chosen


@inner
def _chosen(bids: Bids, goods: Goods, left: Left, i: int, chosen: int, desk: _Desk) -> tuple[int, int]:
    """Take the best bids in turn, ``chosen`` first unless it is -1; how many were picked, and what they gain."""
    count, gained = 0, 0
    if chosen < 0:
        chosen = _best(bids, goods, left, i, desk, False)
    while chosen >= 0:
        desk.picks[count] = chosen
        count += 1
        gained += desk.gains[chosen - bids.starts[i]]
        take(bids, goods, left, i, bids.pair[chosen], 1)
        _used(bids, goods, i, chosen, desk)
        chosen = _best(bids, goods, left, i, desk, False)
    return count, gained


@inner
def _shortens(bids: Bids, goods: Goods, left: Left, given: Given, i: int, picks: Ints) -> bool:
    """Whether a campaign that falls short of its minimum would lose the customer."""
    for j in range(bids.starts[i], bids.starts[i + 1]):
        campaign = goods.menu.campaign[bids.pair[j]]
        if given.taken[j] == TAKEN and left.spare[campaign] < 0:
            kept = False
            for pick in picks:
                kept |= goods.menu.campaign[bids.pair[pick]] == campaign
            if not kept:
                return True
    return False


@inner
def _explored(
    bids: Bids, goods: Goods, tolls: Tolls, left: Left, given: Given, chance: Chance, i: int, desk: _Desk
) -> int:
    """The first marketing bid of an explored customer, drawn among close calls; -1 where there are none."""
    best = _best(bids, goods, left, i, desk, True)
    if best < 0 or not _close(bids, goods, left, i, best, chance.margin, desk):
        return -1
    first, last = bids.starts[i], bids.starts[i + 1]
    pair, doubt = bids.pair[first:last], bids.doubt[first:last]
    chances(chance, pair, doubt, desk.gains, desk.close, best - first, desk.first)
    given.decided[i] = DECIDED
    row = which(chance, bids.draw[i])
    chosen: int = first + winner(chance, row, pair, doubt, desk.gains, desk.close, best - first)
    for j in range(first, last):
        if desk.first[j - first] > 0:
            _counted(bids, goods, left, given, i, j, desk)
            _offered(bids, goods, tolls, left, given, i, desk)
    return chosen


@inner
def _close(bids: Bids, goods: Goods, left: Left, i: int, best: int, margin: float, desk: _Desk) -> bool:
    """Mark the marketing bids close to the best that could be had; whether there is more than the best."""
    first, last = bids.starts[i], bids.starts[i + 1]
    least, others = (1.0 - margin) * desk.gains[best - first], False
    for j in range(first, last):
        gain, pair = desk.gains[j - first], bids.pair[j]
        near = gain > 0 and gain >= least and not goods.menu.mask[pair] & SERVICE
        near = near and roomy(goods.menu.mask[pair], desk.rooms) and has(bids, goods, left, i, pair)
        desk.close[j - first] = near
        others |= near and j != best
    return others


@inner
def _counted(bids: Bids, goods: Goods, left: Left, given: Given, i: int, chosen: int, desk: _Desk) -> None:
    """Add the chance of first contact ``chosen`` to all contacts that would come with it."""
    likely = desk.first[chosen - bids.starts[i]]
    count, _ = _chosen(bids, goods, left, i, chosen, desk)
    for pick in desk.picks[:count]:
        given.chance[pick] += likely
        take(bids, goods, left, i, bids.pair[pick], -1)
