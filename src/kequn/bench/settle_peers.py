"""What settling is compared with: a dense sweep, campaigns served in turn, each customer's best, HiGHS."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from kequn.bench.settle_bank import CHANNELS, OFFERS
from kequn.decisions.settle import prices as ledger
from kequn.decisions.settle import stock
from kequn.decisions.settle.batch import Bids
from kequn.decisions.settle.compiled import compiled, inner
from kequn.decisions.settle.menu import menu_of
from kequn.decisions.settle.prices import KINDS, Prices, Use
from kequn.decisions.settle.shapes import UNLIMITED, Flags, Ints, Limits, Pairs
from kequn.decisions.settle.stock import Goods, Left, has, take
from kequn.decisions.settle.sweep import sweep
from kequn.decisions.settle.sweeps import Sweeps

Matrix = NDArray[np.float32]
Found = TypeVar("Found")


def sweep_seconds(sweeps: Sweeps, pairs: Pairs, limits: Limits, prices: Prices) -> dict[str, float]:
    """CPU seconds of one sweep over all bids at the same prices: ours, and a dense one over a matrix of floats.

    Both from memory, batch by batch, the better of two tries each. ``dense_surplus_ratio`` tells that both found the
    same. The dense sweep knows no RMs: it pays the mean price of one.
    """
    tolls, menu = ledger.tolls(pairs, limits, prices), menu_of(pairs)
    flat = (tolls.pair + pairs.owned * int(tolls.rm.mean() if len(tolls.rm) else 0)).reshape(OFFERS, CHANNELS)
    price = np.where(flat >= ledger.SHUT, np.inf, flat / 1000).astype(np.float32)
    ours = dense = found = wanted = 0.0
    for bids in sweeps.ordered():
        values = np.zeros((len(bids.rm), OFFERS * CHANNELS), np.float32)
        values[np.repeat(np.arange(len(bids.rm)), np.diff(bids.starts)), bids.pair] = bids.priority / 1000
        cube = values.reshape(-1, OFFERS, CHANNELS)
        seconds, use = _better(partial(sweep, bids, menu, tolls))
        ours, wanted = ours + seconds, wanted + use.surplus / 1000
        seconds, surplus = _better(partial(_dense, cube, price, np.zeros((OFFERS, CHANNELS), np.int64)))
        dense, found = dense + seconds, found + surplus
    return {"sweep_cpu": ours, "dense_cpu": dense, "dense_surplus_ratio": found / max(wanted, 1)}


def _better(run: Callable[[], Found]) -> tuple[float, Found]:
    """CPU seconds of the quicker of two runs, and what it returned."""
    tries = []
    for _ in range(2):
        started = time.process_time()
        result = run()
        tries.append(time.process_time() - started)
    return min(tries), result


@compiled
def _dense(values: Matrix, price: Matrix, used: NDArray[np.int64]) -> float:
    """One contact a customer over a matrix (customers x offers x channels) of values; 0 is not eligible."""
    surplus = 0.0
    offers, channels = price.shape
    for i in range(len(values)):
        best, offer, channel = 0.0, -1, -1
        for o in range(offers):
            for c in range(channels):
                value = values[i, o, c]
                if not value > 0:
                    continue
                gain = value - price[o, c]
                if gain > best:
                    best, offer, channel = gain, o, c
        if offer >= 0:
            used[offer, channel] += 1
            surplus += best
    return surplus


def in_turn(sweeps: Sweeps, pairs: Pairs, limits: Limits) -> int:
    """Value when each campaign in turn takes its best customers until something runs out: what departments do today.

    A customer taken by one campaign is out of reach for the next.
    """
    goods, left = stock.goods_of(pairs, limits), stock.full(limits)
    busy = np.zeros(sweeps.customers(), np.bool_)
    value = 0
    for campaign in range(len(limits.campaign)):
        priority, pair, rm, who = _bids_for(sweeps, pairs, campaign)
        order = np.argsort(-priority, kind="stable")
        value += int(_first_come(_Queue(priority[order], pair[order], rm[order], who[order]), goods, left, busy))
    return value


class _Queue(NamedTuple):
    """Bids of one campaign, each with its customer's RM and position."""

    priority: Ints
    pair: NDArray[np.int16]
    rm: NDArray[np.int32]
    who: NDArray[np.int32]


def _bids_for(sweeps: Sweeps, pairs: Pairs, campaign: int) -> _Queue:
    parts, done = [], 0
    for bids in sweeps.ordered():
        at = np.flatnonzero(pairs.campaign[bids.pair] == campaign)
        who = np.searchsorted(bids.starts, at, side="right") - 1
        parts.append((bids.priority[at], bids.pair[at], bids.rm[who], (who + done).astype(np.int32)))
        done += len(bids.rm)
    priority, pair, rm, place = (np.concatenate(column) for column in zip(*parts, strict=True))
    return _Queue(priority, pair, rm, place)


@compiled
def _first_come(queue: _Queue, goods: Goods, left: Left, busy: Flags) -> int:
    value = 0
    for j in range(len(queue.pair)):
        one = _single(queue.rm[j : j + 1])
        if not busy[queue.who[j]] and has(one, goods, left, 0, queue.pair[j]):
            busy[queue.who[j]] = True
            take(one, goods, left, 0, queue.pair[j], 1)
            value += queue.priority[j]
    return value


@inner
def _single(rm: NDArray[np.int32]) -> Bids:
    """Bids of one customer of whom only the RM matters."""
    return Bids(
        np.zeros(1, np.int64), np.zeros(1, np.uint64), rm, np.zeros((1, 1), np.int8), np.zeros(2, np.int32),
        np.zeros(1, np.int16), np.zeros(1, np.int64), np.zeros(1, np.float32),
    )  # fmt: skip


def overbooked(pairs: Pairs, limits: Limits, use: Use) -> float:
    """Share of contacts beyond the capacity of some channel, when every customer gets the best."""
    channel = dict(
        zip(KINDS, np.split(ledger.loads(pairs, limits, use), np.cumsum(ledger.sizes(limits))[:-1]), strict=True)
    )
    beyond = sum(
        int(np.maximum(channel[kind] - getattr(limits, kind), 0)[getattr(limits, kind) != UNLIMITED].sum())
        for kind in ("channel", "rm")
    )
    return beyond / max(int(use.pair.sum()), 1)


def highs(batches: Iterable[Bids], pairs: Pairs, limits: Limits, seconds: float) -> dict[str, Any]:
    """HiGHS on the same bids (one contact a customer): its best plan in fen, its bound, and its seconds."""
    parts = list(batches)
    pair, priority = (np.concatenate([getattr(bids, name) for bids in parts]) for name in ("pair", "priority"))
    sizes = np.concatenate([np.diff(bids.starts) for bids in parts])
    rm = np.repeat(np.concatenate([bids.rm for bids in parts]), sizes)
    rows = [(np.repeat(np.arange(len(sizes)), sizes), np.ones(len(sizes)), np.ones(len(pair)))]
    for index, capacity, factor in (
        (pairs.channel[pair], limits.channel, np.ones(len(pair))),
        (pairs.offer[pair], limits.offer, np.ones(len(pair))),
        (pairs.campaign[pair], limits.budget, pairs.cost[pair].astype(float)),
        (np.where(pairs.owned[pair], rm, -1), limits.rm, np.ones(len(pair))),
    ):
        rows.append((index, np.where(capacity == UNLIMITED, np.inf, capacity), factor))
    started = time.perf_counter()
    found = milp(
        -priority / 1000, integrality=np.ones(len(pair)), bounds=Bounds(0, 1), constraints=_stacked(rows, len(pair)),
        options={"time_limit": seconds, "mip_rel_gap": 1e-6},
    )  # fmt: skip
    return {
        "value": None if found.x is None else round(-found.fun),
        "bound": None if found.mip_dual_bound is None else round(-found.mip_dual_bound),
        "seconds": round(time.perf_counter() - started, 1),
    }


def _stacked(rows: list[tuple[Any, Any, Any]], columns: int) -> LinearConstraint:
    """Sums over the variables of each index stay below its capacity."""
    at, where, factor, most, done = [], [], [], [], 0
    for index, capacity, factors in rows:
        used = np.flatnonzero(index >= 0)
        at.append(index[used] + done)
        where.append(used)
        factor.append(factors[used])
        most.append(capacity)
        done += len(capacity)
    shape = (done, columns)
    matrix = csr_array((np.concatenate(factor), (np.concatenate(at), np.concatenate(where))), shape=shape)
    return LinearConstraint(matrix, ub=np.concatenate(most))
