"""Contacts reserved for promises that prices alone did not keep."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kequn.decisions.settle.batch import Bids
from kequn.decisions.settle.compiled import compiled, inner
from kequn.decisions.settle.handout import Given, reserve
from kequn.decisions.settle.menu import SERVICE, fill, roomy
from kequn.decisions.settle.plan import Plan, owner
from kequn.decisions.settle.relaxation import Relaxation
from kequn.decisions.settle.shapes import Flags, Ints
from kequn.decisions.settle.signatures import Reading, signatures
from kequn.decisions.settle.stock import Goods, Left, goods_of, has
from kequn.decisions.settle.sweeps import Sweeps


def kept(sweeps: Sweeps, plan: Plan, how: Reading) -> dict[bytes, Ints]:
    """Contacts of a plan by signature and promised pair."""
    found: dict[bytes, Ints] = {}
    place = np.full(len(plan.pairs), -1)
    place[how.pairs] = np.arange(len(how.pairs))
    for bids, mine in zip(sweeps.ordered(), plan.given, strict=True):
        entries = np.flatnonzero(mine.taken)
        entries = entries[place[bids.pair[entries]] >= 0]
        names, inverse = np.unique(signatures(bids, how), return_inverse=True)
        table = np.zeros((len(names), len(how.pairs)), np.int64)
        np.add.at(table, (inverse[owner(bids, entries)], place[bids.pair[entries]]), 1)
        for name, row in zip(names, table, strict=True):
            key = name.tobytes()
            found[key] = found.get(key, 0) + row
    return found


class Reservation:
    """Hands out the quotas of a relaxation: first to those who have such a contact already, then as they come."""

    def __init__(self, found: Relaxation, plan: Plan) -> None:
        self._how, self._goods, self._given = found.how, goods_of(plan.pairs, plan.limits), plan.given
        self._groups = {signature: number for number, signature in enumerate(found.quotas)}
        rows = [*found.quotas.values(), np.zeros(len(found.how.pairs), np.int64)]
        self._quotas = np.array(rows, np.int64).reshape(len(rows), len(found.how.pairs))

    def holders(self, number: int, bids: Bids, left: Left, given: Given) -> None:
        """Reserve what the customers of batch ``number`` have, as far as quotas go."""
        self._reserve(bids, left, given, self._given[number].taken > 0)

    def anybody(self, number: int, bids: Bids, left: Left, given: Given) -> None:
        """Reserve what is left of the quotas."""
        self._reserve(bids, left, given, np.ones(len(bids.pair), np.bool_))

    def _reserve(self, bids: Bids, left: Left, given: Given, among: Flags) -> None:
        found, inverse = np.unique(signatures(bids, self._how), return_inverse=True)
        nobody = len(self._quotas) - 1
        numbers = np.array([self._groups.get(each.tobytes(), nobody) for each in found], np.int64)
        queue = _Queue(among, numbers[inverse], self._quotas, self._how.pairs)
        _reserved(bids, self._goods, left, given, queue)


class _Queue(NamedTuple):
    """Which bids may be reserved, each customer's group, quotas by group and promised pair, the promised pairs."""

    among: Flags
    group: Ints
    quotas: Ints
    promised: Ints


@compiled
def _reserved(bids: Bids, goods: Goods, left: Left, given: Given, queue: _Queue) -> None:
    """Give each customer the pairs of which its group has most left to give, as rooms allow."""
    place = np.full(len(goods.cost), -1, np.int64)
    place[queue.promised] = np.arange(len(queue.promised))
    rooms = np.empty(goods.menu.caps, np.int64)
    for i in range(len(bids.rm)):
        quota = queue.quotas[queue.group[i]]
        if not quota.any():
            continue
        rooms[:] = bids.rooms[i]
        for j in range(bids.starts[i], bids.starts[i + 1]):
            if given.taken[j]:
                fill(goods.menu.mask[bids.pair[j]] & ~SERVICE, rooms, 1)
        while True:
            most, chosen = 0, -1
            for j in range(bids.starts[i], bids.starts[i + 1]):
                pair = bids.pair[j]
                if not queue.among[j] or place[pair] < 0 or quota[place[pair]] <= most:
                    continue
                if _busy(bids, goods, given, i, j) or not roomy(goods.menu.mask[pair], rooms):
                    continue
                if has(bids, goods, left, i, pair):
                    most, chosen = quota[place[pair]], j
            if chosen < 0:
                break
            quota[place[bids.pair[chosen]]] -= 1
            fill(goods.menu.mask[bids.pair[chosen]] & ~SERVICE, rooms, 1)
            reserve(bids, goods, left, given, i, chosen)


@inner
def _busy(bids: Bids, goods: Goods, given: Given, i: int, j: int) -> bool:
    """Whether the customer already has a contact of the campaign of bid ``j``."""
    for other in range(bids.starts[i], bids.starts[i + 1]):
        if given.taken[other] and goods.menu.campaign[bids.pair[other]] == goods.menu.campaign[bids.pair[j]]:
            return True
    return False
