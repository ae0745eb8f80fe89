"""Exploration: logged propensities are the frequencies, and limits hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from kequn.decisions.settle.batch import schema
from kequn.decisions.settle.explore import Exploration, chance_of
from kequn.decisions.settle.night import settle
from kequn.decisions.settle.plan import SCHEMA
from kequn.decisions.settle.shapes import Limits, Pairs
from kequn.decisions.settle.sweeps import held

CUSTOMERS = 20_000
PRIORITY = [100_000, 97_000, 95_000, 60_000, 99_000, 30_000]
DOUBT = [4_000.0, 9_000.0, 2_000.0, 90_000.0, 0.0, 1_000.0]


def pairs_and_limits() -> tuple[Pairs, Limits]:
    """Three campaigns by two channels; one cap over all marketing and one over the second channel."""
    six, free, none = np.arange(6), np.full(3, -1), np.zeros(0, np.int64)
    zero = np.zeros(6, np.int64)
    caps = np.column_stack([np.ones(6, bool), six % 2 == 1])
    pairs = Pairs(six // 2, six // 2, six % 2, zero, zero, zero > 0, zero > 0, caps)
    limits = Limits(free[:2], free, free, free, np.zeros(3, np.int64), none, none, none, np.zeros(1))
    return pairs, limits


def alike(rooms: list[int]) -> pa.RecordBatch:
    """Customers who differ in nothing but the draw."""
    n = CUSTOMERS
    columns = {
        "customer_id": np.arange(n),
        "draw": np.random.default_rng(5).integers(0, 2**64 - 1, n, dtype=np.uint64),
        "rm": np.full(n, -1, np.int32),
        "rooms": pa.array([rooms] * n, pa.list_(pa.int8(), 2)),
        "pair": pa.array([list(range(6))] * n, pa.list_(pa.int16())),
        "priority": pa.array([PRIORITY] * n, pa.list_(pa.int64())),
        "doubt": pa.array([DOUBT] * n, pa.list_(pa.float32())),
    }
    return pa.RecordBatch.from_pydict(columns, schema=schema(2))


def rows_of(rooms: list[int], exploration: Exploration, limits: Limits | None = None) -> pa.Table:
    pairs, free = pairs_and_limits()
    sweeps = held([alike(rooms)], pairs, 0)
    return pa.Table.from_batches(settle(sweeps, pairs, limits or free, exploration).rows(sweeps), SCHEMA)


@pytest.mark.parametrize("rooms", [[1, 1], [2, 1], [3, 2]])
def test_frequencies_among_the_explored_are_the_logged_propensities(rooms):
    whole = rows_of(rooms, Exploration(share=0.4, margin=0.06))
    assert set(whole.filter(pa.compute.invert(whole["explored"]))["propensity"].to_pylist()) == {1.0}
    rows = whole.filter(whole["explored"])
    pair, propensity = rows["pair"].to_numpy(), rows["propensity"].to_numpy()
    explored = len(np.unique(rows["customer_id"].to_numpy()))
    seen = set(np.unique(pair).tolist())
    assert {0, 1, 2, 4} <= seen if rooms[0] == 1 else seen
    for number in seen:
        logged = np.unique(propensity[pair == number])
        assert len(logged) == 1, "alike customers have the same chance"
        share = (pair == number).sum() / explored
        error = 4.5 * np.sqrt(logged[0] * (1 - logged[0]) / explored)
        assert abs(share - logged[0]) <= error + 1e-9, number


def test_chances_are_those_of_independent_normal_draws():
    rows = rows_of([1, 1], Exploration(share=1.0, margin=0.06, draws=4096))
    rng = np.random.default_rng(0)
    close = [0, 1, 2, 4]
    drawn = np.array(PRIORITY)[close] + np.array(DOUBT)[close] * rng.standard_normal((400_000, 4))
    wanted = np.bincount(drawn.argmax(axis=1), minlength=4) / 400_000
    logged = dict(zip(rows["pair"].to_pylist(), rows["propensity"].to_pylist(), strict=True))
    assert [logged.get(number, 0.0) for number in close] == pytest.approx(wanted.tolist(), abs=0.01)


def test_without_exploration_everything_is_certain():
    rows = rows_of([1, 1], Exploration())
    assert set(rows["propensity"].to_pylist()) == {1.0}
    assert set(rows["explored"].to_pylist()) == {False}
    assert set(rows["pair"].to_pylist()) == {0}


def test_the_share_explored_is_the_share_asked_for():
    rows = rows_of([1, 1], Exploration(share=0.25, margin=0.06))
    assert np.mean(rows["explored"].to_pylist()) == pytest.approx(0.25, abs=0.015)
    others = rows.filter(pa.compute.invert(rows["explored"]))
    assert set(others["pair"].to_pylist()) == {0}


def test_what_nothing_is_left_of_is_not_a_close_call():
    _, limits = pairs_and_limits()
    sold_out = replace(limits, offer=np.array([-1, 0, -1]))
    rows = rows_of([1, 1], Exploration(share=1.0, margin=0.06), sold_out)
    assert set(rows["pair"].to_pylist()) == {0, 1, 4}
    few = replace(limits, offer=np.array([-1, 500, -1]))
    taken = rows_of([1, 1], Exploration(share=1.0, margin=0.06), few)["pair"].to_numpy()
    assert (taken == 2).sum() + (taken == 3).sum() <= 500


@pytest.mark.parametrize("seed", range(12))
def test_limits_hold_while_exploring(bank, seed):
    made = bank(seed, 80)
    sweeps = held([made.batch], made.pairs, 3)
    found = settle(sweeps, made.pairs, made.limits, Exploration(share=0.5, margin=0.5))
    rows = pa.Table.from_batches(found.rows(sweeps), SCHEMA)
    pair = rows["pair"].to_numpy()
    channel = np.bincount(made.pairs.channel[pair], minlength=len(made.limits.channel))
    assert ((channel <= made.limits.channel) | (made.limits.channel < 0)).all()
    spent = np.bincount(made.pairs.campaign[pair], made.pairs.cost[pair], len(made.limits.budget))
    assert ((spent <= made.limits.budget) | (made.limits.budget < 0)).all()
    assert found.plan.value <= found.bound
    likely = rows["propensity"].to_numpy()
    assert ((likely > 0) & (likely <= 1 + 1e-6)).all()


def test_normal_draws_are_normal_and_the_same_every_time():
    one, two = chance_of(Exploration(0.1), 40), chance_of(Exploration(0.1), 40)
    assert np.array_equal(one.normal, two.normal)
    assert one.normal.shape == (256, 40)
    assert np.abs(one.normal.mean(axis=0)).max() < 0.05
    assert np.abs(one.normal.std(axis=0) - 1).max() < 0.1
    assert np.abs(np.corrcoef(one.normal.T) - np.eye(40)).max() < 0.35
