"""The exact best contacts of one customer where caps stand in each other's way, by branch and bound."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kequn.decisions.settle.batch import Bids
from kequn.decisions.settle.compiled import inner
from kequn.decisions.settle.menu import Menu, fill, roomy
from kequn.decisions.settle.shapes import Ints

NODES_MOST = 5_000
MOST = 128  # rooms are bytes


class Desk(NamedTuple):
    """Room for the work on one customer: gains of its bids, rooms left, picks, and what the search needs."""

    gains: Ints
    left: Ints
    picks: Ints
    tops: Ints
    order: Ints
    position: Ints
    held: Ints


@inner
def desk(pairs: int, caps: int) -> Desk:
    """A desk for customers with up to ``pairs`` bids."""
    return Desk(
        np.empty(pairs, np.int64),
        np.empty(caps, np.int64),
        np.empty(pairs, np.int64),
        np.empty(MOST, np.int64),
        np.empty(pairs, np.int64),
        np.empty(MOST + 1, np.int64),
        np.empty(MOST + 1, np.int64),
    )


@inner
def searched(bids: Bids, menu: Menu, i: int, gains: Ints, at: Desk, count: int, gained: int) -> tuple[int, int, bool]:
    """Better picks than the ``count`` in ``at.picks``, which gain ``gained``, if there are any.

    Returns how many, what they gain, and whether that is proven best: the search gives up after NODES_MOST steps.
    ``gains``: of the customer's bids, 0 for those that the caps shut out.
    """
    size = _sorted(gains, at.order)
    at.left[:] = bids.rooms[i]
    most, level, total = min(int(bids.rooms[i, 0]), size), 0, 0
    at.position[0], at.held[0] = -1, -1
    for _ in range(NODES_MOST):
        if at.held[level] >= 0:
            total -= gains[at.held[level]]
            fill(menu.mask[bids.pair[bids.starts[i] + at.held[level]]], at.left, -1)
            at.held[level] = -1
        at.position[level] += 1
        if total + _reach(gains, at.order[:size], at.position[level], most - level) <= gained:
            level -= 1
            if level < 0:
                return count, gained, True
            continue
        j = at.order[at.position[level]]
        if not _fits(bids, menu, i, j, at, level):
            continue
        at.held[level] = j
        total += gains[j]
        fill(menu.mask[bids.pair[bids.starts[i] + j]], at.left, 1)
        if total > gained:
            count, gained = level + 1, total
            at.picks[:count] = at.held[:count] + bids.starts[i]
        if level + 1 < most:
            level += 1
            at.position[level], at.held[level] = at.position[level - 1], -1
    return count, gained, False


@inner
def _sorted(gains: Ints, order: Ints) -> int:
    """Write positions of positive gains into ``order``, the highest first; how many there are."""
    size = 0
    for j in range(len(gains)):
        if gains[j] > 0:
            k = size
            while k > 0 and gains[order[k - 1]] < gains[j]:
                order[k] = order[k - 1]
                k -= 1
            order[k] = j
            size += 1
    return size


@inner
def _reach(gains: Ints, order: Ints, position: int, places: int) -> int:
    """The most that ``places`` bids from ``position`` on can add."""
    total = 0
    for k in range(position, min(position + places, len(order))):
        total += gains[order[k]]
    return total


@inner
def _fits(bids: Bids, menu: Menu, i: int, j: int, at: Desk, level: int) -> bool:
    """Whether bid ``j`` of the customer goes with those held above ``level``."""
    pair = bids.pair[bids.starts[i] + j]
    for above in range(level):
        if menu.campaign[bids.pair[bids.starts[i] + at.held[above]]] == menu.campaign[pair]:
            return False
    return roomy(menu.mask[pair], at.left)
