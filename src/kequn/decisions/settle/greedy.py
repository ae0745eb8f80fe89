"""Simple rules beside a settled plan: campaigns that take their best customers in turn, or all bids in one queue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kequn.decisions.settle import prices as ledger
from kequn.decisions.settle import stock
from kequn.decisions.settle.batch import Bids, read_only
from kequn.decisions.settle.compiled import compiled
from kequn.decisions.settle.menu import SERVICE, fill, roomy
from kequn.decisions.settle.shapes import Flags, Ints, Limits, Pairs
from kequn.decisions.settle.stock import Goods, Left, has, take
from kequn.decisions.settle.sweeps import Sweeps

# So many bids are sorted at a time.
BAND = 8_000_000
SAMPLE = 100_000
WORD = 64


@dataclass(frozen=True)
class Greedy:
    """``contacts`` by pair; ``value`` as a plan counts it, missing floors paid (1/1000 fen); ``short``: of minimums."""

    contacts: Ints
    value: int
    short: int


def in_turn(sweeps: Sweeps, pairs: Pairs, limits: Limits) -> Greedy:
    """Campaign after campaign, in their order, takes its best customers until something runs out."""
    return greedy(sweeps, pairs, limits, [[campaign] for campaign in range(len(limits.campaign))])


def dearest_first(sweeps: Sweeps, pairs: Pairs, limits: Limits) -> Greedy:
    """The same, campaigns with the highest mean priority first."""
    total, bids = np.zeros(len(pairs)), np.zeros(len(pairs))
    for batch in sweeps.ordered():
        total += np.bincount(batch.pair, batch.priority, len(pairs))
        bids += np.bincount(batch.pair, minlength=len(pairs))
    size = len(limits.campaign)
    mean = np.bincount(pairs.campaign, total, size) / np.maximum(np.bincount(pairs.campaign, bids, size), 1)
    return greedy(sweeps, pairs, limits, [[campaign] for campaign in np.argsort(-mean, kind="stable").tolist()])


def best_first(sweeps: Sweeps, pairs: Pairs, limits: Limits) -> Greedy:
    """All bids of all campaigns in one queue, the highest priority first."""
    return greedy(sweeps, pairs, limits, [list(range(len(limits.campaign)))])


def greedy(sweeps: Sweeps, pairs: Pairs, limits: Limits, turns: Sequence[Sequence[int]]) -> Greedy:
    """In each turn some campaigns take their bids of highest priority, within every hard limit, one a customer each.

    Minimums and floors guide nobody. Equal priorities follow the order of ``draw``. About BAND bids are held at a time.
    """
    heads = _heads(sweeps, pairs)
    served = np.zeros((len(heads.rm), -(-len(limits.campaign) // WORD)), np.uint64)
    counter = _Counter(heads, stock.goods_of(pairs, limits), stock.full(limits), served)
    contacts, value = np.zeros(len(pairs), np.int64), 0
    for campaigns in turns:
        mine = np.isin(pairs.campaign, campaigns)
        for low, high in _bands(sweeps, mine):
            who, pair, priority = _between(sweeps, mine, low, high)
            order = np.argsort(-priority, kind="stable")
            taken = order[_taken(counter, who[order], pair[order])]
            contacts += np.bincount(pair[taken], minlength=len(pairs))
            value += int(priority[taken].sum())
    value -= ledger.penalty(pairs, limits, contacts)
    return Greedy(contacts, value, int(np.maximum(-counter.left.spare, 0).sum()))


def _heads(sweeps: Sweeps, pairs: Pairs) -> Bids:
    """All customers without their bids; the rooms are a copy, which is used up."""
    # Copies, so that the bids beside them can go.
    parts = [(bids.rm.copy(), bids.rooms.copy()) for bids in sweeps.ordered()]
    rm = np.concatenate([np.zeros(0, np.int32), *(rms for rms, _ in parts)])
    rooms = np.concatenate([np.zeros((0, pairs.caps.shape[1]), np.int8), *(left for _, left in parts)])
    none = np.zeros(0, np.int64)
    draw, starts, pair = none.astype(np.uint64), np.zeros(1, np.int32), none.astype(np.int16)
    heads = read_only(Bids(none, draw, rm, rooms, starts, pair, none, none.astype(np.float32)))
    return heads._replace(rooms=rooms)


def _bands(sweeps: Sweeps, mine: Flags) -> Iterator[tuple[int, int]]:
    """Bounds of priority, from the top: about BAND of the chosen bids lie within each."""
    total = sum(int(mine[bids.pair].sum()) for bids in sweeps.ordered())
    bounds = [0, np.iinfo(np.int64).max]
    if total > BAND:
        seen = next(bids.priority[mine[bids.pair]][:SAMPLE] for bids in sweeps.ordered() if mine[bids.pair].any())
        shares = np.linspace(0, 1, -(-total // BAND) + 1)[1:-1]
        bounds[1:1] = np.unique(np.quantile(seen, shares).astype(np.int64)).tolist()
    yield from reversed(list(pairwise(bounds)))


def _between(sweeps: Sweeps, mine: Flags, low: int, high: int) -> tuple[Ints, NDArray[np.int16], Ints]:
    """Customer, pair and priority of the chosen bids from ``low`` to below ``high``, in order of ``draw``."""
    who, pair, priority, before = [np.zeros(0, np.int64)], [np.zeros(0, np.int16)], [np.zeros(0, np.int64)], 0
    for bids in sweeps.ordered():
        found = np.flatnonzero(mine[bids.pair] & (bids.priority >= low) & (bids.priority < high))
        who.append(before + np.searchsorted(bids.starts, found, side="right") - 1)
        pair.append(bids.pair[found])
        priority.append(bids.priority[found])
        before += len(bids.rm)
    return np.concatenate(who), np.concatenate(pair), np.concatenate(priority)


class _Counter(NamedTuple):
    """What contacts are handed out from: all customers, what is left, and campaigns served to each, as bits."""

    heads: Bids
    goods: Goods
    left: Left
    served: NDArray[np.uint64]


@compiled
def _taken(counter: _Counter, who: Ints, pair: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Which bids, best first, can be had; changes the counter."""
    heads, goods, left, served = counter
    taken = np.zeros(len(who), np.bool_)
    for n in range(len(who)):
        i, campaign, mask = who[n], goods.menu.campaign[pair[n]], goods.menu.mask[pair[n]]
        word, bit = campaign // WORD, np.uint64(1) << np.uint64(campaign % WORD)
        if served[i, word] & bit or not roomy(mask & ~SERVICE, heads.rooms[i]):
            continue
        if has(heads, goods, left, i, pair[n]):
            take(heads, goods, left, i, pair[n], 1)
            fill(mask & ~SERVICE, heads.rooms[i], 1)
            served[i, word] |= bit
            taken[n] = True
    return taken
