"""The share of pay still there after ten days, against each pay day's own outflows."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from fractions import Fraction

import pytest


def pay_days(postings, customer, as_of, window=130):
    days = Counter()
    for row in postings.of(customer, as_of, "in", ("payroll",)):
        if (as_of - row["day"]).days <= window and row["amount_fen"] > 0:
            days[row["day"]] += row["amount_fen"]
    return days


def kept(postings, customer, as_of, day, pay):
    gone = sum(
        row["amount_fen"]
        for row in postings.flow(customer, as_of, "out")
        if day <= row["day"] < day + timedelta(days=10)
    )
    return max(pay - gone, 0)


@pytest.mark.parametrize(("seed", "as_of"), [(1, date(2025, 6, 17)), (2, date(2025, 3, 2)), (3, date(2024, 12, 31))])
def test_every_pay_day_counts(bank, moved, seed, as_of):
    bank.as_of = as_of
    postings = moved(seed)
    found = bank.run("pay")
    for customer in postings.customers:
        days = pay_days(postings, customer, as_of)
        if not days:
            assert customer not in found
            continue
        assert found[customer]["pay_last_fen"] == days[max(days)]
        over = sorted((day for day in days if (as_of - day).days >= 10), reverse=True)[:3]
        left = sum(kept(postings, customer, as_of, day, days[day]) for day in over)
        paid = sum(days[day] for day in over)
        share = found[customer]["payroll_retained_10d_share"]
        assert share == (pytest.approx(float(Fraction(left, paid))) if over else None)


@pytest.fixture
def paid(bank):
    bank.account(1, 10, {date(2025, 1, 1): 0})
    bank.account(2, 10, {date(2025, 1, 1): 0}, asset_class="wealth")
    bank.posting(1, date(2025, 6, 7), 1000_00, kind="payroll", channel="auto")
    return bank


def share(bank):
    return bank.run("pay")[10]["payroll_retained_10d_share"]


def test_the_tenth_day_counts_and_the_eleventh_does_not(paid):
    paid.posting(1, date(2025, 6, 6), 1, direction="out")
    paid.posting(1, date(2025, 6, 16), 200_00, direction="out")
    paid.posting(1, date(2025, 6, 17), 300_00, direction="out")
    assert share(paid) == pytest.approx(0.8)


def test_money_invested_here_is_still_there(paid):
    paid.posting(1, date(2025, 6, 8), 500_00, direction="out", kind="investment")
    paid.posting(1, date(2025, 6, 8), 100_00, direction="out", own_name=True)
    assert share(paid) == 1
    paid.posting(1, date(2025, 6, 9), 250_00, direction="out", own_name=True, counterparty_bank="B1")
    assert share(paid) == pytest.approx(0.75)


def test_more_cannot_leave_than_was_paid(paid):
    paid.posting(1, date(2025, 6, 8), 5000_00, direction="out")
    assert share(paid) == 0


def test_pay_whose_ten_days_are_not_over_says_nothing(paid):
    paid.as_of = date(2025, 6, 16)
    assert share(paid) is None
    assert paid.run("pay")[10]["pay_last_fen"] == 1000_00
