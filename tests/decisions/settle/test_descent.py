"""Prices: they clear scarce things, never fall below zero, and agree with the marginal customer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kequn.decisions.settle import prices as ledger
from kequn.decisions.settle.night import Effort, found_prices, settle
from kequn.decisions.settle.sweeps import held


@pytest.mark.parametrize("seed", range(4))
def test_prices_clear_what_is_scarce(bank, seed):
    made = bank(seed, 3_000, ("channel", "offer", "rm"))
    sweeps = held([made.batch], made.pairs, 3)
    found = found_prices(sweeps, made.pairs, made.limits, Effort())
    vector, capacity = found.prices.vector(), ledger.capacities(made.limits)
    load = ledger.loads(made.pairs, made.limits, sweeps.sweep(ledger.tolls(made.pairs, made.limits, found.prices)))
    assert (vector >= 0).all()
    assert (vector[capacity == -1] == 0).all()
    scarce = (vector > 0) & (capacity > 50)
    assert (np.abs(load[scarce] / capacity[scarce] - 1) < 0.05).all()
    idle = (vector == 0) & (capacity > 0)
    assert (load[idle] <= capacity[idle] + 3).all()


def test_a_sample_only_shortens_the_way(bank):
    made = bank(7, 3_000, ("channel", "offer", "budget", "rm"))
    sweeps = held([made.batch], made.pairs, 3)
    whole = settle(sweeps, made.pairs, made.limits)
    sampled = settle(sweeps, made.pairs, made.limits, effort=Effort(sample=600))
    assert sampled.plan.value == pytest.approx(whole.plan.value, rel=0.002)
    assert sampled.bound == pytest.approx(whole.bound, rel=0.002)


def test_a_floor_never_costs_more_than_its_price(bank):
    made = bank(8, 400, ("channel", "floor"))
    steep = replace(made.limits, floor=np.array([0.0, 0.0, 0.95]), floor_price=12_345)
    found = found_prices(held([made.batch], made.pairs, 3), made.pairs, steep, Effort())
    assert found.prices.floor.max() == 12_345


def test_money_is_counted_in_whole_fen():
    """Use beyond the whole numbers that a double holds: 2**53 + 1 contacts at one fen."""
    from kequn.decisions.settle.shapes import Limits, Pairs

    one, none = np.zeros(1, np.int64), np.zeros(0, np.int64)
    pairs = Pairs(one, one, one, one, one + 1, one > 0, one > 0, np.ones((1, 1), bool))
    limits = Limits(one - 1, one - 1, one - 1, one, one, none, none, none, np.zeros(1))
    assert ledger.spent(pairs, limits, np.array([2**53 + 1])).tolist() == [2**53 + 1]
