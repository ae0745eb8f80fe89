"""Averages, highs and trends of AUM against loops over every day and account."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest

FIRST, LAST = date(2023, 11, 20), date(2025, 6, 30)


def month_before(day: date, months: int) -> tuple[date, date]:
    """First and last day of the month so many months before the one of ``day``."""
    number = day.year * 12 + day.month - 1 - months
    after = date((number + 1) // 12, (number + 1) % 12 + 1, 1)
    return date(number // 12, number % 12 + 1, 1), after - timedelta(days=1)


def quarter_start(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


@pytest.mark.parametrize(
    ("seed", "as_of"),
    [
        (1, date(2025, 6, 30)),
        (2, date(2025, 6, 17)),
        (3, date(2025, 3, 1)),
        (4, date(2024, 2, 29)),
        (5, date(2025, 1, 31)),
    ],
)
def test_every_day_counts(bank, day_ends, seed, as_of):
    ends = day_ends(seed, FIRST, LAST)
    bank.as_of = as_of
    found = bank.run("asset")
    assert set(found) == set(ends.customers)
    for customer, row in found.items():
        check_now(ends, customer, row, as_of)
        check_averages(ends, customer, row, as_of)
        check_trend(ends, customer, row, as_of)


def check_now(ends, customer, row, as_of):
    assert row["aum"] == ends.total(customer, as_of)
    assert row["aum_demand"] == ends.total(customer, as_of, ("deposit",), "demand")
    assert row["aum_time"] == ends.total(customer, as_of, ("deposit",), "time")
    assert row["aum_deposit"] == ends.total(customer, as_of, ("deposit",))
    for name in ("wealth", "fund", "insurance", "metal", "other"):
        assert row[f"aum_{name}"] == ends.total(customer, as_of, (name,))


def check_averages(ends, customer, row, as_of):
    opening = as_of.replace(day=1)
    assert row["aum_day_sum"] == sum(ends.total(customer, opening + timedelta(days=n)) for n in range(as_of.day))
    assert row["aum_month_avg"] == ends.average(customer, opening, as_of)
    assert row["aum_last_month_avg"] == ends.average(customer, *month_before(as_of, 1))
    assert row["aum_month_before_last_avg"] == ends.average(customer, *month_before(as_of, 2))
    quarter = quarter_start(as_of)
    assert row["aum_quarter_avg"] == ends.average(customer, quarter, as_of)
    before = quarter - timedelta(days=1)
    assert row["aum_last_quarter_avg"] == ends.average(customer, quarter_start(before), before)
    averages = [row["aum_month_avg"], *(ends.average(customer, *month_before(as_of, n)) for n in range(1, 12))]
    assert row["aum_high_12m"] == max(averages)
    known = [n for n in range(1, 12) if first_moved(ends, customer) < month_before(as_of, n)[0]]
    assert row["aum_low_12m"] == min([averages[0], *(averages[n] for n in known)])


def check_trend(ends, customer, row, as_of):
    then = ends.total(customer, as_of - timedelta(days=90))
    assert row["aum_trend_90d"] == row["aum"] - then
    expected = Fraction(row["aum"] - then, then) if then else None
    assert row["aum_trend_90d_share"] == (None if expected is None else pytest.approx(float(expected)))


def first_moved(ends, customer):
    """The first day on which the customer had anything, in the bank's currency."""
    days = (day for held in ends.held if held.customer_id == customer for day in moments(ends, held))
    return min((day for day in days if day is not None), default=date.max)


def moments(ends, held):
    starts = sorted({*held.balances, *ends.rates.get(held.currency, {})})
    return [next((day for day in starts if ends.value(held, day) != 0), None)]


def test_a_newcomers_low_is_not_the_time_before(bank):
    bank.account(1, 10, {date(2025, 3, 31): 310_00, date(2025, 5, 1): 200_00})
    row = bank.run("asset")[10]
    assert row["aum_low_12m"] == 200_00
    assert row["aum_high_12m"] == 310_00


def test_customers_without_an_account_have_nothing(bank):
    bank.add("party", {"party_id": 7, "system": "card"})
    row = bank.run("asset")[7]
    assert {value for name, value in row.items() if name != "customer_id"} == {0, None}
    assert row["aum"] == 0
    assert row["aum_trend_90d_share"] is None


def test_a_later_balance_is_not_seen(bank):
    bank.account(1, 10, {date(2025, 6, 1): 100, date(2025, 6, 18): 900})
    assert bank.run("asset")[10]["aum"] == 100
