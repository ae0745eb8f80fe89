"""What departments do without a common plan: each campaign in turn takes its best customers until something runs out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kequn.decisions.settle import prices as ledger
from kequn.decisions.settle import stock
from kequn.decisions.settle.batch import Bids, read_only
from kequn.decisions.settle.compiled import compiled
from kequn.decisions.settle.shapes import Ints, Limits, Pairs
from kequn.decisions.settle.stock import Goods, Left, has, take
from kequn.decisions.settle.sweep import SERVICE, fill, roomy
from kequn.decisions.settle.sweeps import Sweeps


@dataclass(frozen=True)
class Greedy:
    """``contacts`` by pair; ``value`` as a plan counts it, missing floors paid (1/1000 fen); ``short``: of minimums."""

    contacts: Ints
    value: int
    short: int


def greedy(sweeps: Sweeps, pairs: Pairs, limits: Limits) -> Greedy:
    """Campaigns in their order take the bids of highest priority within every hard limit, one a customer and campaign.

    Equal priorities follow the order of ``draw``. Memory: the bids of one campaign at a time.
    """
    left, goods = stock.full(limits), stock.goods_of(pairs, limits)
    heads, contacts, value = _heads(sweeps, pairs), np.zeros(len(pairs), np.int64), 0
    for campaign in range(len(limits.campaign)):
        who, pair, priority = _of(sweeps, pairs, campaign)
        order = np.argsort(-priority, kind="stable")
        taken = _take_in_turn(heads, goods, left, who[order], pair[order])
        contacts += np.bincount(pair[order][taken], minlength=len(pairs))
        value += int(priority[order][taken].sum())
    value -= ledger.penalty(pairs, limits, contacts)
    return Greedy(contacts, value, int(np.maximum(-left.spare, 0).sum()))


def _heads(sweeps: Sweeps, pairs: Pairs) -> Bids:
    """All customers without their bids; the rooms are a copy, which is used up."""
    parts = list(sweeps.ordered())
    caps = pairs.caps.shape[1]
    rm = np.concatenate([np.zeros(0, np.int32), *(bids.rm for bids in parts)])
    rooms = np.concatenate([np.zeros((0, caps), np.int8), *(bids.rooms for bids in parts)])
    nothing = np.zeros(0, np.int64)
    empty = read_only(
        Bids(
            nothing, nothing.astype(np.uint64), rm, rooms, np.zeros(1, np.int32), nothing.astype(np.int16), nothing,
            nothing.astype(np.float32),
        )
    )  # fmt: skip
    return empty._replace(rooms=rooms)


def _of(sweeps: Sweeps, pairs: Pairs, campaign: int) -> tuple[Ints, NDArray[np.int16], Ints]:
    """Customer's position, pair and priority of every bid of a campaign, in the order of ``draw``."""
    who, pair, priority, before = [np.zeros(0, np.int64)], [np.zeros(0, np.int16)], [np.zeros(0, np.int64)], 0
    for bids in sweeps.ordered():
        mine = np.flatnonzero(pairs.campaign[bids.pair] == campaign)
        who.append(before + np.searchsorted(bids.starts, mine, side="right") - 1)
        pair.append(bids.pair[mine])
        priority.append(bids.priority[mine])
        before += len(bids.rm)
    return np.concatenate(who), np.concatenate(pair), np.concatenate(priority)


@compiled
def _take_in_turn(heads: Bids, goods: Goods, left: Left, who: Ints, pair: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Which of the bids of one campaign, best first, can be had; changes ``left`` and the rooms of ``heads``."""
    taken = np.zeros(len(who), np.bool_)
    served = np.zeros(len(heads.rm), np.bool_)
    for n in range(len(who)):
        i, mask = who[n], goods.menu.mask[pair[n]]
        if served[i] or not roomy(mask, heads.rooms[i]) or not has(heads, goods, left, i, pair[n]):
            continue
        take(heads, goods, left, i, pair[n], 1)
        fill(mask & ~SERVICE, heads.rooms[i])
        taken[n] = served[i] = True
    return taken
