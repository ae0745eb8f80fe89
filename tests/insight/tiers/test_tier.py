"""Tiers, grace, gaps and the deposit needed, against the bank's rules in plain Python."""

from calendar import monthrange
from datetime import date, timedelta
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TIERS = ["mass", "potential", "gold", "platinum", "diamond", "private"]
BOUNDS = [0, 50_000_00, 200_000_00, 500_000_00, 1_000_000_00, 6_000_000_00]
LADDER = ("basis", "rank", "tier")
FUNCTION_FIXTURE = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

amounts = st.one_of(
    st.sampled_from(BOUNDS).flatmap(lambda bound: st.integers(max(0, bound - 2), bound + 2)), st.integers(0, 9 * 10**8)
)


def rank(average):
    return sum(average >= bound for bound in BOUNDS) - 1


def person(number, now, last, before, **fields):
    averages = {"aum_month_avg": now, "aum_last_month_avg": last, "aum_month_before_last_avg": before}
    return {"customer_id": number, "tenure_days": 999, "aum": now, **averages, **fields}


@given(st.lists(st.tuples(amounts, amounts, amounts), min_size=1, max_size=40), st.booleans())
@FUNCTION_FIXTURE
def test_tier_and_grace(customers, averages, month_end):
    customers.bank.as_of = date(2025, 6, 30) if month_end else date(2025, 6, 29)
    found = customers.compose([person(n, *each) for n, each in enumerate(averages)], derive=LADDER)
    for number, (now, last, before) in enumerate(averages):
        row = found[number]
        at_last_end = max(rank(last), rank(before))
        running = max(rank(now), rank(last)) if month_end else max(rank(now), at_last_end)
        assert row["tier"] == TIERS[running]
        assert (row["tier_rank"], row["tier_bound"]) == (running, BOUNDS[running])
        assert row["tier_earned"] == TIERS[rank(now)]
        assert row["tier_last_month"] == TIERS[at_last_end]
        assert row["tier_move"] == ("up" if running > at_last_end else "down" if running < at_last_end else "same")
        following = rank(now) + 1
        assert row["tier_next"] == (TIERS[following] if following < 6 else None)
        assert row["tier_gap"] == (BOUNDS[following] - now if following < 6 else None)
        near = following < 6 and Fraction(BOUNDS[following] - now, BOUNDS[following]) <= Fraction(20, 100)
        assert row["tier_near"] == near


@given(
    st.dates(date(2023, 12, 1), date(2025, 3, 31)),
    st.lists(st.lists(amounts, min_size=31, max_size=31), min_size=1, max_size=20),
)
@FUNCTION_FIXTURE
def test_depositing_the_amount_reaches_the_bound_and_one_fen_less_does_not(customers, as_of, day_ends):
    customers.bank.as_of = as_of
    length, left = monthrange(as_of.year, as_of.month)[1], monthrange(as_of.year, as_of.month)[1] - as_of.day
    people = []
    for number, ends in enumerate(day_ends):
        so_far = ends[: as_of.day]
        average = (2 * sum(so_far) + as_of.day) // (2 * as_of.day)
        people.append(person(number, average, 0, 0, aum=so_far[-1], aum_day_sum=sum(so_far)))
    found = customers.compose(people, derive=LADDER)
    for number, ends in enumerate(day_ends):

        def average_with(deposit, ends=ends):
            future = [*ends[: as_of.day - 1], *[ends[as_of.day - 1] + deposit] * (left + 1)]
            assert len(future) == length
            return Fraction(sum(future), length)

        row = found[number]
        for needed, bound in (
            (row["tier_deposit_needed"], row["tier_next_bound"]),
            (row["tier_hold_needed"], row["tier_bound"]),
        ):
            if bound is None:
                assert needed is None
                continue
            assert average_with(needed) >= bound
            assert needed == 0 or average_with(needed - 1) < bound


def test_the_formula_on_a_known_case(customers):
    """31 days, 100,000 yuan through the 20th: (200,000 x 31 - 100,000 x 31) / 12 days left, rounded up to the fen."""
    customers.bank.as_of = date(2025, 1, 20)
    balance = 100_000_00
    row = customers.compose([person(1, balance, 0, 0, aum_day_sum=balance * 20)], derive=LADDER)[1]
    assert row["tier_deposit_needed"] == ceil(Fraction(100_000_00 * 31, 12))
    assert row["tier_gap"] == 100_000_00


@pytest.mark.parametrize(("days", "move"), [(16, "new"), (17, "same"), (None, "same")])
def test_who_came_this_month_is_new(customers, days, move):
    customers.bank.as_of = date(2025, 6, 17)
    opened = customers.bank.as_of - timedelta(days=days or 0)
    row = customers.compose([person(1, 0, 0, 0, tenure_days=days)], derive=LADDER)[1]
    assert row["tier_move"] == move
    assert days is None or (move == "new") == (opened >= date(2025, 6, 1))


def test_a_banks_own_bounds(customers):
    customers.bank.settings = customers.bank.settings.changed(tiers__private_yuan=40_000_000, tiers__gold_yuan=100_000)
    found = customers.compose([person(1, 10**9, 0, 0), person(2, 100_000_00, 0, 0)], derive=LADDER)
    assert (found[1]["tier"], found[1]["tier_next_bound"]) == ("diamond", 40_000_000_00)
    assert found[2]["tier"] == "gold"
