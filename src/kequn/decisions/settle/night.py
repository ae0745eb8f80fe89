"""Settling a night: prices, a plan, and a bound that proves how much better any plan could be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from kequn.decisions.settle import prices as ledger
from kequn.decisions.settle.descent import Descent, descend, first_steps, floats
from kequn.decisions.settle.explore import Chance, Exploration, chance_of
from kequn.decisions.settle.plan import Plan, planned, rows
from kequn.decisions.settle.prices import KINDS, MONEY_STEPS, Use
from kequn.decisions.settle.promises import Reservation, kept
from kequn.decisions.settle.relaxation import Relaxation, relaxation
from kequn.decisions.settle.shapes import MILLION, Ints, Limits, Pairs, checked
from kequn.decisions.settle.sweeps import Sweeps


@dataclass(frozen=True)
class Effort:
    """How long to look for prices: customers and sweeps of the sample, sweeps over all, slack that is small enough."""

    sample: int = 50_000
    sample_sweeps: int = 80
    sweeps: int = 80
    tolerance: float = 1e-5


@dataclass(frozen=True)
class Settlement:
    """A night's plan. ``bound``: no plan is worth more (thousandths of a fen). ``lowered``: by how many contacts each
    campaign's minimum had to come down, because all minimums together cannot be kept; the bound is for the lowered
    ones. ``proven``: that less would not have done. ``sweeps``: over all customers, plan not included.
    """

    plan: Plan
    bound: int
    lowered: Ints
    proven: bool
    sweeps: int
    chance: Chance

    @property
    def gap(self) -> float:
        """What the plan may lack at most, as a share of its value."""
        return (self.bound - self.plan.value) / max(abs(self.plan.value), 1)

    def rows(self, sweeps: Sweeps) -> Iterator[pa.RecordBatch]:
        """The contacts planned (`plan.SCHEMA`), batch by batch in the order of ``draw``."""
        return rows(self.plan, sweeps, self.chance)

    def limits(self) -> pa.Table:
        """Each limit: kind, index, capacity (-1: none), use, price.

        Contacts (of a floor: contacts above the share); fen of a budget. Prices in thousandths of a fen a unit.
        """
        plan = self.plan
        load = ledger.loads(plan.pairs, plan.limits, Use(plan.contacts, plan.rm_contacts, 0, 0)).astype(np.float64)
        price = plan.prices.vector().astype(np.float64)
        lengths = ledger.sizes(plan.limits)
        kind = np.repeat(KINDS, lengths)
        columns = {
            "kind": kind,
            "index": np.concatenate([np.arange(length) for length in lengths]),
            "capacity": ledger.capacities(plan.limits),
            "use": np.where(kind == "floor", load / MILLION, load),
            "price": np.where(kind == "budget", price / MONEY_STEPS, price),
        }
        return pa.table(columns)


def settle(
    sweeps: Sweeps,
    pairs: Pairs,
    limits: Limits,
    exploration: Exploration | None = None,
    effort: Effort | None = None,
) -> Settlement:
    """Maximise the total priority of all contacts within ``limits``.

    Every limit but the floors is kept to the contact and the fen; minimums too, unless together they are impossible:
    then the fewest contacts are struck off them. Raises KequnError for pairs and limits that do not fit together.
    """
    checked(pairs, limits)
    effort, chance = effort or Effort(), chance_of(exploration or Exploration(), len(pairs))
    found = found_prices(sweeps, pairs, limits, effort)
    plan = planned(sweeps, pairs, limits, found.prices, chance)
    lowered, proven = np.zeros(len(limits.minimum), np.int64), True
    if plan.short().any():
        change = relaxation(sweeps, pairs, limits)
        lowered, proven = change.lowered, change.exact
        if lowered.any():
            limits = replace(limits, minimum=limits.minimum - lowered)
            found = found_prices(sweeps, pairs, limits, effort)
            plan = planned(sweeps, pairs, limits, found.prices, chance)
        if plan.short().any():
            plan = _reserved(sweeps, plan, change, chance)
        if plan.short().any():
            lowered, proven = lowered + plan.short(), False
    return Settlement(plan, found.bound, lowered, proven, found.sweeps, chance)


def found_prices(sweeps: Sweeps, pairs: Pairs, limits: Limits, effort: Effort) -> Descent:
    """Prices from a sample, then from everybody: a sample's own chance would cost some tenths of a percent."""
    everybody = sweeps.customers()
    sample = sweeps.sample(effort.sample) if everybody > 2 * effort.sample else sweeps
    steps = first_steps(pairs, limits, sample.sweep(ledger.tolls(pairs, limits, ledger.free(limits))), 0.1)
    start, share = np.zeros(len(steps)), 1.0
    if sample is not sweeps:
        scale = sample.customers() / everybody
        rough = descend(
            sample, pairs, limits, start, steps, effort.sample_sweeps, effort.tolerance, scale=scale, pooled=True
        )
        start, share = floats(rough.prices), 0.1
    return descend(sweeps, pairs, limits, start, share * steps, effort.sweeps, effort.tolerance)


def _reserved(sweeps: Sweeps, plan: Plan, change: Relaxation, chance: Chance) -> Plan:
    """The plan again with contacts reserved that keep all promises, near the plan if possible; whatever keeps most."""
    best = plan
    for found in (change.near(kept(sweeps, plan, change.how)), change):
        step = Reservation(found, plan)
        again = planned(sweeps, plan.pairs, plan.limits, plan.prices, chance, reserve=[step.holders, step.anybody])
        if again.short().sum() < best.short().sum():
            best = again
        if not best.short().any():
            break
    return best
