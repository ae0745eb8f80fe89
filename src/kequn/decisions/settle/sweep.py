"""The compiled sweep: what every customer of a batch chooses under given prices.

A contact's gain is its priority less the toll of its pair and, where it is owned, the toll of the customer's RM. A
customer takes what gains most: of each service campaign the best pair; of marketing the best pairs in turn, one a
campaign, while rooms last. Nothing depends on the order of customers: equal gains are told apart by hash.
"""

from __future__ import annotations

import numpy as np

from kequn.decisions.settle.batch import Bids
from kequn.decisions.settle.compiled import compiled, inner
from kequn.decisions.settle.menu import SERVICE, Menu, before, fill, roomy, shut_caps
from kequn.decisions.settle.prices import SHUT, Tolls, Use
from kequn.decisions.settle.search import Desk, desk, searched
from kequn.decisions.settle.shapes import Ints


def sweep(bids: Bids, menu: Menu, tolls: Tolls) -> Use:
    """What all customers of a batch choose under ``tolls``."""
    pair, rm = np.zeros(len(menu.campaign), np.int64), np.zeros(len(tolls.rm), np.int64)
    value, surplus = _swept(bids, menu, tolls, pair, rm)
    return Use(pair, rm, int(value), int(surplus))


@compiled
def _swept(bids: Bids, menu: Menu, tolls: Tolls, used: Ints, rm_used: Ints) -> tuple[int, int]:
    value, surplus = 0, 0
    at = desk(len(menu.campaign), menu.caps)
    for i in range(len(bids.rm)):
        fee = tolls.rm[bids.rm[i]] if bids.rm[i] >= 0 else SHUT
        blocked = shut_caps(bids.rooms[i]) | SERVICE
        if bids.rooms[i, 0] == 1:
            chosen, gain = _best(bids, menu, tolls, i, fee, blocked)
            if chosen >= 0:
                value += _took(bids, menu, i, chosen, used, rm_used)
                surplus += gain
        elif bids.rooms[i, 0] > 1:
            count, gain = _several(bids, menu, tolls, i, fee, blocked, at)
            surplus += gain
            for pick in at.picks[:count]:
                value += _took(bids, menu, i, pick, used, rm_used)
        if menu.serves:
            j = bids.starts[i]
            while j < bids.starts[i + 1]:
                chosen, gain, j = _best_service(bids, menu, tolls, i, j, fee)
                if chosen >= 0:
                    value += _took(bids, menu, i, chosen, used, rm_used)
                    surplus += gain
    return value, surplus


@inner
def _several(bids: Bids, menu: Menu, tolls: Tolls, i: int, fee: int, blocked: np.uint64, at: Desk) -> tuple[int, int]:
    """The customer's marketing bids, picked into ``at.picks``: how many, and at least the most that can be gained."""
    first, last = bids.starts[i], bids.starts[i + 1]
    gains = at.gains[: last - first]
    for j in range(first, last):
        gains[j - first] = _gain(bids, menu, tolls, j, fee, blocked)
    reach = _most(bids, menu, first, last, gains, at.tops[: bids.rooms[i, 0]])
    at.left[:] = bids.rooms[i]
    free = gains.copy()
    count, gained = 0, 0
    while count < bids.rooms[i, 0]:
        chosen = _next(bids, menu, i, free, at.left)
        if chosen < 0:
            break
        at.picks[count] = chosen
        count, gained = count + 1, gained + gains[chosen - first]
    if gained < reach:
        count, gained, proven = searched(bids, menu, i, gains, at, count, gained)
        if proven:
            reach = gained
    return count, reach


@inner
def _took(bids: Bids, menu: Menu, i: int, chosen: int, used: Ints, rm_used: Ints) -> int:
    """Count a contact; its priority."""
    used[bids.pair[chosen]] += 1
    if menu.owned[bids.pair[chosen]]:
        rm_used[bids.rm[i]] += 1
    return int(bids.priority[chosen])


@inner
def _gain(bids: Bids, menu: Menu, tolls: Tolls, j: int, fee: int, blocked: np.uint64) -> int:
    """Gain of a bid; 0 where it is below or the caps do not allow it."""
    pair = bids.pair[j]
    if menu.mask[pair] & blocked:
        return 0
    return max(0, int(bids.priority[j] - tolls.pair[pair] - menu.owned[pair] * fee))


@inner
def _best(bids: Bids, menu: Menu, tolls: Tolls, i: int, fee: int, blocked: np.uint64) -> tuple[int, int]:
    """The customer's one best marketing bid and its gain; -1 where nothing gains."""
    best, chosen = 0, -1
    for j in range(bids.starts[i], bids.starts[i + 1]):
        pair = bids.pair[j]
        gain = bids.priority[j] - tolls.pair[pair] - menu.owned[pair] * fee
        if gain < best or gain <= 0 or menu.mask[pair] & blocked:
            continue
        if gain > best or before(bids.draw[i], pair, bids.pair[chosen]):
            best, chosen = gain, j
    return chosen, best


@inner
def _best_service(bids: Bids, menu: Menu, tolls: Tolls, i: int, j: int, fee: int) -> tuple[int, int, int]:
    """Of the campaign of bid ``j``: its best service bid (-1: none gains), the gain, and where the next one starts."""
    best, chosen, campaign = 0, -1, menu.campaign[bids.pair[j]]
    while j < bids.starts[i + 1] and menu.campaign[bids.pair[j]] == campaign:
        pair = bids.pair[j]
        if menu.mask[pair] & SERVICE:
            gain = bids.priority[j] - tolls.pair[pair] - menu.owned[pair] * fee
            if gain > best or (gain == best and chosen >= 0 and before(bids.draw[i], pair, bids.pair[chosen])):
                best, chosen = gain, j
        j += 1
    return chosen, best, j


@inner
def _most(bids: Bids, menu: Menu, first: int, last: int, gains: Ints, tops: Ints) -> int:
    """Sum of the highest gains of as many campaigns as ``tops`` has entries: no choice under the caps gains more."""
    tops[:] = 0
    j = first
    while j < last:
        best, campaign = 0, menu.campaign[bids.pair[j]]
        while j < last and menu.campaign[bids.pair[j]] == campaign:
            best = max(best, gains[j - first])
            j += 1
        at = tops.argmin()
        tops[at] = max(tops[at], best)
    return int(tops.sum())


@inner
def _next(bids: Bids, menu: Menu, i: int, gains: Ints, left: Ints) -> int:
    """The best bid that rooms still allow (-1: none); its campaign and its rooms are used up in place."""
    first, last = bids.starts[i], bids.starts[i + 1]
    best, chosen = 0, -1
    for j in range(first, last):
        gain = gains[j - first]
        if gain < best or gain <= 0 or not roomy(menu.mask[bids.pair[j]], left):
            continue
        if gain > best or before(bids.draw[i], bids.pair[j], bids.pair[chosen]):
            best, chosen = gain, j
    if chosen >= 0:
        fill(menu.mask[bids.pair[chosen]], left, 1)
        for j in range(first, last):
            if menu.campaign[bids.pair[j]] == menu.campaign[bids.pair[chosen]]:
                gains[j - first] = 0
    return chosen
