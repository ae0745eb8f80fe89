"""Contacts reserved for promises that prices alone did not keep."""

from __future__ import annotations

import numpy as np

from kequn.decisions.settle.batch import Bids
from kequn.decisions.settle.compiled import compiled
from kequn.decisions.settle.handout import Given, reserve
from kequn.decisions.settle.relaxation import Relaxation
from kequn.decisions.settle.shapes import Ints, Limits, Pairs
from kequn.decisions.settle.signatures import signatures
from kequn.decisions.settle.stock import Goods, Left, goods_of, has
from kequn.decisions.settle.sweep import SERVICE, fill, roomy


class Reservation:
    """Hands out the quotas of a relaxation, batch after batch in the order of ``draw``."""

    def __init__(self, found: Relaxation, pairs: Pairs, limits: Limits) -> None:
        self._how, self._goods = found.how, goods_of(pairs, limits)
        self._groups = {signature: number for number, signature in enumerate(found.quotas)}
        rows = [*found.quotas.values(), np.zeros(len(found.how.pairs), np.int64)]
        self._quotas = np.array(rows, np.int64).reshape(len(rows), len(found.how.pairs))

    def __call__(self, bids: Bids, left: Left, given: Given) -> None:
        """Reserve for the customers of a batch, in ``given``, taking from ``left``."""
        found, inverse = np.unique(signatures(bids, self._how), return_inverse=True)
        nobody = len(self._quotas) - 1
        numbers = np.array([self._groups.get(each.tobytes(), nobody) for each in found], np.int64)
        _reserved(bids, self._goods, left, given, numbers[inverse], self._quotas, self._how.pairs)


@compiled
def _reserved(bids: Bids, goods: Goods, left: Left, given: Given, group: Ints, quotas: Ints, promised: Ints) -> None:
    """Give each customer the pairs of which its group has most left to give, as rooms allow."""
    place = np.full(len(goods.cost), -1, np.int64)
    place[promised] = np.arange(len(promised))
    rooms = np.empty(goods.menu.caps, np.int64)
    for i in range(len(bids.rm)):
        quota = quotas[group[i]]
        if not quota.any():
            continue
        rooms[:] = bids.rooms[i]
        while True:
            most, chosen = 0, -1
            for j in range(bids.starts[i], bids.starts[i + 1]):
                pair = bids.pair[j]
                if place[pair] < 0 or quota[place[pair]] <= most or _busy(bids, goods, given, i, j):
                    continue
                if roomy(goods.menu.mask[pair], rooms) and has(bids, goods, left, i, pair):
                    most, chosen = quota[place[pair]], j
            if chosen < 0:
                break
            quota[place[bids.pair[chosen]]] -= 1
            fill(goods.menu.mask[bids.pair[chosen]] & ~SERVICE, rooms)
            reserve(bids, goods, left, given, i, chosen)


@compiled
def _busy(bids: Bids, goods: Goods, given: Given, i: int, j: int) -> bool:
    """Whether the customer already has a contact of the campaign of bid ``j``."""
    for other in range(bids.starts[i], bids.starts[i + 1]):
        if given.taken[other] and goods.menu.campaign[bids.pair[other]] == goods.menu.campaign[bids.pair[j]]:
            return True
    return False
