"""Whole nights against the exact answer of HiGHS, and what must hold for every bank."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kequn.decisions.settle import prices as ledger
from kequn.decisions.settle.batch import schema
from kequn.decisions.settle.night import Settlement, settle
from kequn.decisions.settle.plan import SCHEMA
from kequn.decisions.settle.prices import Use
from kequn.decisions.settle.shapes import MILLION, Limits, Pairs
from kequn.decisions.settle.sweeps import held
from kequn.errors import KequnError

ALL = ("channel", "offer", "campaign", "budget", "minimum", "rm", "floor", "caps", "service")


def settled(bank) -> tuple[Settlement, pa.Table]:
    sweeps = held([bank.batch], bank.pairs, len(bank.limits.rm))
    found = settle(sweeps, bank.pairs, bank.limits)
    return found, pa.Table.from_batches(found.rows(sweeps), SCHEMA)


def exceeded(bank, found: Settlement, rows: pa.Table) -> list[str]:
    """Limits that the rows of a plan break, counted from the rows alone."""
    pairs, limits = bank.pairs, bank.limits
    pair, customer = rows["pair"].to_numpy(), rows["customer_id"].to_numpy()
    place = {int(number): i for i, number in enumerate(bank.batch.column("customer_id").to_numpy())}
    who = np.array([place[int(number)] for number in customer], int)
    bids = {(int(i), int(p)): int(v) for i, p, v in zip(*bank.entries(), strict=True)}
    broken = []
    for kind, index in (("channel", pairs.channel), ("offer", pairs.offer), ("campaign", pairs.campaign)):
        counts = np.bincount(index[pair], minlength=len(getattr(limits, kind)))
        broken += [kind] * bool(((counts > getattr(limits, kind)) & (getattr(limits, kind) >= 0)).any())
    spent = np.bincount(pairs.campaign[pair], pairs.cost[pair], len(limits.budget))
    broken += ["budget"] * bool(((spent > limits.budget) & (limits.budget >= 0)).any())
    kept = np.bincount(pairs.campaign[pair], minlength=len(limits.minimum))
    broken += ["minimum"] * bool((kept < limits.minimum - found.lowered).any())
    rm = bank.batch.column("rm").to_numpy()[who][pairs.owned[pair]]
    by_rm = np.bincount(rm, minlength=len(limits.rm))
    by_branch = np.bincount(limits.branch_of, by_rm, len(limits.branch))
    broken += ["rm"] * bool(((by_rm > limits.rm) & (limits.rm >= 0)).any())
    broken += ["branch"] * bool(((by_branch > limits.branch) & (limits.branch >= 0)).any())
    marketing = ~pairs.service[pair]
    for cap in range(pairs.caps.shape[1]):
        counts = np.bincount(who[marketing & pairs.caps[pair, cap]], minlength=len(place))
        broken += [f"cap {cap}"] * bool((counts > bank.rooms()[:, cap]).any())
    campaigns = set(zip(who.tolist(), pairs.campaign[pair].tolist(), strict=True))
    broken += ["twice"] * (len(campaigns) < len(who))
    priority = [bids.get((int(i), int(p))) for i, p in zip(who, pair, strict=True)]
    broken += ["not bid for"] * (priority != rows["priority"].to_pylist())
    return broken


@settings(max_examples=2000)
@given(
    seed=st.integers(0, 10**6),
    customers=st.integers(0, 60),
    kinds=st.lists(st.sampled_from(ALL), unique=True).map(tuple) | st.just(ALL),
)
def test_no_limit_is_ever_exceeded(bank, seed, customers, kinds):
    made = bank(seed, customers, kinds)
    found, rows = settled(made)
    assert exceeded(made, found, rows) == []
    assert found.bound >= found.plan.value
    assert found.plan.value == sum(rows["priority"].to_pylist()) - penalty(made, rows)


def penalty(bank, rows: pa.Table) -> int:
    """What missing floors cost, from the rows, in whole numbers."""
    pair = rows["pair"].to_numpy()
    departments = bank.pairs.department[pair[~bank.pairs.service[pair]]]
    counts = np.bincount(departments, minlength=len(bank.limits.floor))
    missing = np.maximum(bank.limits.shares * len(departments) - counts * MILLION, 0).sum()
    return -(-int(missing) * bank.limits.floor_price // MILLION)


@pytest.mark.parametrize("seed", range(24))
def test_value_and_bound_lie_around_the_exact_answer(bank, best, seed):
    made = bank(seed, 60)
    found, _ = settled(made)
    kept = replace(made, limits=found.plan.limits)  # promises lowered, where they had to be
    whole, parts = best(kept, True).value, best(kept, False).value
    assert whole is not None
    slack = 1e-6 * abs(parts) + 1
    assert found.plan.value <= whole + slack
    assert found.bound >= parts - slack
    assert found.plan.value >= whole - 0.12 * abs(whole)
    assert found.bound <= parts + 0.06 * abs(parts)


@pytest.mark.parametrize("seed", range(4))
def test_the_gap_closes_as_banks_grow(bank, best, seed):
    made = bank(100 + seed, 800, ("channel", "offer", "campaign", "budget", "minimum", "rm", "service"))
    found, _ = settled(made)
    parts = best(replace(made, limits=found.plan.limits), False).value
    assert parts - 1e-6 * parts <= found.bound <= 1.003 * parts
    assert found.gap < 0.01


@pytest.mark.parametrize("seed", range(60))
def test_minimums_are_kept_exactly_when_they_can_be(bank, best, seed):
    made = bank(1000 + seed, 25)
    found, _ = settled(made)
    possible = best(made, True).value is not None
    assert (found.lowered.sum() == 0) == possible
    assert found.proven


@pytest.mark.parametrize("seed", range(3))
def test_any_batches_in_any_order_give_the_same_plan(bank, seed):
    made = bank(seed, 300)
    found, rows = settled(made)
    order = np.random.default_rng(seed).permutation(made.batch.num_rows)
    shuffled = pa.Table.from_batches([made.batch]).take(pa.array(order)).to_batches(max_chunksize=17)
    sweeps = held(shuffled, made.pairs, len(made.limits.rm), threads=2)
    split = replace(sweeps, batches=[*sweeps.sample(100).batches, *_rest(sweeps, made, 100)])
    again = settle(split, made.pairs, made.limits)
    assert (again.plan.value, again.bound, again.sweeps) == (found.plan.value, found.bound, found.sweeps)
    assert pa.Table.from_batches(again.rows(split), SCHEMA).equals(rows)


def _rest(sweeps, bank, skip: int):
    """All customers after the first ``skip``."""
    table = pa.Table.from_batches([bank.batch]).sort_by("draw").slice(skip)
    return held(table.to_batches(), bank.pairs, len(bank.limits.rm)).batches


def one_pair(customers: int, **limits: int) -> tuple[Pairs, Limits]:
    zero, none = np.zeros(1, np.int64), np.zeros(0, np.int64)
    pairs = Pairs(zero, zero, zero, zero, zero + 10, zero > 0, zero > 0, np.ones((1, 1), bool))
    given_limits = {name: np.array([limits.get(name, -1)]) for name in ("channel", "offer", "campaign", "budget")}
    minimum = np.array([limits.get("minimum", 0)])
    return pairs, Limits(**given_limits, minimum=minimum, rm=none, branch=none, branch_of=none, floor=np.zeros(1))


def plain_batch(priorities: list[int], draws: list[int] | None = None) -> pa.RecordBatch:
    n = len(priorities)
    columns = {
        "customer_id": list(range(n)),
        "draw": draws or list(range(n)),
        "rm": [-1] * n,
        "rooms": [[1]] * n,
        "pair": [[0]] * n,
        "priority": [[each] for each in priorities],
        "doubt": [[0.0]] * n,
    }
    return pa.RecordBatch.from_pydict(columns, schema=schema(1))


def test_stock_goes_to_those_it_is_worth_most_to():
    pairs, limits = one_pair(5, offer=2)
    sweeps = held([plain_batch([10_000, 50_000, 20_000, 90_000, 30_000])], pairs, 0)
    found = settle(sweeps, pairs, limits)
    rows = pa.Table.from_batches(found.rows(sweeps), SCHEMA)
    assert rows["customer_id"].to_pylist() == [1, 3]
    assert found.plan.value == 140_000
    assert found.bound == pytest.approx(140_000, rel=0.01)
    assert (rows["priority"].to_numpy() - rows["paid"].to_numpy() == rows["reduced"].to_numpy()).all()
    assert rows["rank"].to_pylist() == [1, 1]
    assert rows["propensity"].to_pylist() == [1.0, 1.0]


def test_equal_bids_for_scarce_things_go_by_draw():
    pairs, limits = one_pair(6, channel=3)
    sweeps = held([plain_batch([7_000] * 6, [50, 10, 40, 20, 60, 30])], pairs, 0)
    found = settle(sweeps, pairs, limits)
    assert pa.Table.from_batches(found.rows(sweeps), SCHEMA)["customer_id"].to_pylist() == [1, 3, 5]


def test_a_promise_beyond_the_customers_is_struck_off():
    pairs, limits = one_pair(3, minimum=8)
    found = settle(held([plain_batch([5_000] * 3)], pairs, 0), pairs, limits)
    assert found.lowered.tolist() == [5]
    assert found.plan.contacts.tolist() == [3]
    assert found.proven


def test_nobody_to_settle_for():
    pairs, limits = one_pair(0, channel=3, minimum=2)
    found = settle(held([], pairs, 0), pairs, limits)
    assert (found.plan.value, found.bound, found.lowered.tolist()) == (0, 0, [2])


def test_the_table_of_prices_says_what_is_scarce():
    pairs, limits = one_pair(4, channel=2, budget=100)
    found = settle(held([plain_batch([10_000, 20_000, 30_000, 40_000])], pairs, 0), pairs, limits)
    table = {row["kind"]: row for row in found.limits().to_pylist()}
    assert (table["channel"]["capacity"], table["channel"]["use"]) == (2, 2)
    assert 20_000 <= table["channel"]["price"] <= 30_000
    assert (table["budget"]["use"], table["budget"]["price"], table["offer"]["capacity"]) == (20, 0.0, -1)


def test_a_floor_is_bought_up_to_its_price():
    zero = np.zeros(2, np.int64)
    pairs = Pairs(np.arange(2), np.arange(2), zero, np.arange(2), zero, zero > 0, zero > 0, np.ones((2, 1), bool))
    none = np.zeros(0, np.int64)
    free = np.full(2, -1)
    limits = Limits(np.array([-1]), free, free, free, zero, none, none, none, np.array([0.0, 0.25]), 5_000)
    rows = {"customer_id": range(8), "draw": range(8), "rm": [-1] * 8, "rooms": [[1]] * 8, "pair": [[0, 1]] * 8}
    rows |= {"priority": [[10_000, 9_000 - 1_000 * i] for i in range(8)], "doubt": [[0.0, 0.0]] * 8}
    sweeps = held([pa.RecordBatch.from_pydict({k: list(v) for k, v in rows.items()}, schema=schema(1))], pairs, 0)
    assert settle(sweeps, pairs, limits).plan.contacts.tolist() == [6, 2]
    dear = replace(limits, floor_price=1_500)
    assert settle(sweeps, pairs, dear).plan.contacts.tolist() == [7, 1]


def test_use_of_limits_is_that_of_the_rows(bank):
    made = bank(3, 200)
    found, rows = settled(made)
    contacts = np.bincount(rows["pair"].to_numpy(), minlength=len(made.pairs))
    assert found.plan.contacts.tolist() == contacts.tolist()
    load = ledger.loads(made.pairs, made.limits, Use(contacts, found.plan.rm_contacts, 0, 0))
    parts = np.split(load, np.cumsum(ledger.sizes(made.limits))[:-1])
    spent = np.bincount(made.pairs.campaign, made.pairs.cost * contacts, len(made.limits.budget))
    assert parts[3].tolist() == spent.tolist()


def test_pairs_that_do_not_fit_the_limits_are_refused():
    pairs, limits = one_pair(1)
    with pytest.raises(KequnError, match=r"pairs\.channel names number 3, but limits know 1"):
        settle(held([], pairs, 0), replace(pairs, channel=pairs.channel + 3), limits)
    with pytest.raises(KequnError, match="floors are shares"):
        settle(held([], pairs, 0), pairs, replace(limits, floor=np.array([1.2])))
    with pytest.raises(KequnError, match=r"limits\.budget has -7"):
        settle(held([], pairs, 0), pairs, replace(limits, budget=np.array([-7])))
