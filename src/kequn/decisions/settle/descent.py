"""Finding the prices: each moves by the sign of what its limit lacks (Rprop; Riedmiller and Braun 1993)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kequn.decisions.settle import prices as ledger
from kequn.decisions.settle.prices import MONEY_STEPS, PRICE_MOST, Prices, Use
from kequn.decisions.settle.shapes import UNLIMITED, Floats, Ints, Limits, Pairs
from kequn.decisions.settle.sweeps import Sweeps

GROW, SHRINK = 1.2, 0.5


@dataclass(frozen=True)
class Descent:
    """Prices found, the lowest bound seen (thousandths of a fen), and how many sweeps it took.

    ``slack`` is what the limits' unused or overdrawn parts are worth at the prices, as a share of the value.
    """

    prices: Prices
    bound: int
    slack: float
    sweeps: int


def descend(
    sweeps: Sweeps,
    pairs: Pairs,
    limits: Limits,
    start: Floats,
    steps: Floats,
    most: int,
    tolerance: float,
    *,
    scale: float = 1.0,
    pooled: bool = False,
) -> Descent:
    """Move prices from ``start`` until slack is below ``tolerance`` or ``most`` sweeps are done.

    ``start`` and ``steps`` are in the order of KINDS. ``scale`` is the share of all customers that ``sweeps`` holds:
    capacities count in this proportion. ``pooled``: all RMs share one price, because a sample holds too few customers
    of each; branches likewise.
    """
    walk = _Walk(pairs, limits, steps, scale, pooled)
    price, step, last = start.copy(), steps.copy(), np.zeros(len(start))
    best, calmest = price, np.inf
    bounds: list[int] = []
    while len(bounds) < most:
        prices = ledger.priced(np.rint(price).astype(np.int64), limits)
        use = sweeps.sweep(ledger.tolls(pairs, limits, prices))
        bounds.append(ledger.bound(limits, prices, use))
        sign, slack = walk.pressed(use, price)
        if slack < calmest:
            best, calmest = price, slack
        if slack <= tolerance or not sign.any():
            break
        step = np.where(sign * last > 0, step * GROW, np.where(sign * last < 0, step * SHRINK, step))
        step = np.maximum(step, 0.5)
        last = sign
        price = np.clip(price + sign * step, 0, walk.ceiling)
    found = ledger.priced(np.rint(best).astype(np.int64), limits)
    return Descent(found, min(bounds), float(calmest), len(bounds))


class _Walk:
    """Which way every price has to go."""

    def __init__(self, pairs: Pairs, limits: Limits, steps: Floats, scale: float, pooled: bool) -> None:
        self.pairs, self.limits, self.steps, self.pooled = pairs, limits, steps, pooled
        capacity = ledger.capacities(limits)
        self.active = capacity != UNLIMITED
        self.capacity = np.where(self.active, capacity, 0) * scale
        self.sides, self.weights = ledger.sides(limits), ledger.weights(limits)
        self.ceiling = np.full(len(capacity), float(PRICE_MOST))
        self.slices = dict(zip(ledger.KINDS, _slices(ledger.sizes(limits)), strict=True))
        self.ceiling[self.slices["floor"]] = limits.floor_price

    def pressed(self, use: Use, price: Floats) -> tuple[Floats, float]:
        """Sign of each price's step, and the slack."""
        load = ledger.loads(self.pairs, self.limits, use)
        excess = np.where(self.active, self.sides * (load - self.capacity), 0.0)
        if self.pooled:
            for kind in ("branch", "rm"):
                part = self.slices[kind]
                excess[part] = np.where(self.active[part], excess[part][self.active[part]].sum(), 0.0)
        # Full to within a few contacts is full; empty places are no reason to move where the price is zero already.
        calm = (excess <= 0) & (excess >= -np.maximum(self.capacity * 1e-5, 0))
        sign = np.where(
            calm | ((price <= 0) & (excess < 0)) | ((price >= self.ceiling) & (excess > 0)), 0, np.sign(excess)
        )
        # What is overdrawn is worth something even while its price is still zero.
        worth = np.abs(excess) * np.where(sign > 0, np.maximum(price, self.steps), price) * self.weights
        worth[(price >= self.ceiling) & (excess > 0)] = 0.0
        return sign, float(worth.sum()) / max(use.value, 1)


def _slices(lengths: list[int]) -> list[slice]:
    ends = np.cumsum(lengths).tolist()
    return [slice(end - length, end) for end, length in zip(ends, lengths, strict=True)]


def first_steps(pairs: Pairs, limits: Limits, use: Use, share: float) -> Floats:
    """Steps to start with: ``share`` of what a contact is worth when nothing has a price; order of KINDS."""
    unit = share * use.value / max(int(use.pair.sum()), 1)
    money = unit * MONEY_STEPS / max(float(pairs.cost.mean()) if len(pairs) else 1.0, 1.0)
    return np.repeat([money if kind == "budget" else unit for kind in ledger.KINDS], ledger.sizes(limits))


def floats(prices: Prices) -> Floats:
    """Prices as a vector to move from."""
    vector: Ints = prices.vector()
    return vector.astype(np.float64)
