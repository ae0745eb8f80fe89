"""Month sums of balances, in all currencies, give back every month's closing balance and sum of day-ends."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import pytest

FIRST, LAST = date(2024, 3, 5), date(2025, 6, 30)


def months(first, last):
    while first <= last:
        after = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield first.replace(day=1), after - timedelta(days=1)
        first = after


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_closing_balance_and_sum_of_day_ends(bank, day_ends, seed):
    ends = day_ends(seed, FIRST, LAST)
    bank.as_of = LAST
    rows = bank.query("SELECT party_id, month, asset_class, term, change_fen, weighted_fen FROM balance_month")
    moved = defaultdict(lambda: (0, 0))
    for row in rows:
        key = (bank.customers.get(row["party_id"], row["party_id"]), row["asset_class"], row["term"], row["month"])
        change, weighted = moved[key]
        moved[key] = (change + row["change_fen"], weighted + row["weighted_fen"])
    for customer, asset_class, term in {key[:3] for key in moved}:
        opening = 0
        for first, last in months(FIRST, LAST):
            change, weighted = moved[customer, asset_class, term, first]
            days = [first + timedelta(days=n) for n in range(last.day)]
            totals = [ends.total(customer, day, (asset_class,), term) for day in days]
            assert opening * last.day + weighted == sum(totals)
            opening += change
            assert opening == totals[-1]


def test_other_currencies_count_nothing_before_their_first_rate(bank):
    bank.account(1, 10, {date(2025, 1, 10): 100, date(2025, 3, 1): 0, date(2025, 4, 1): 50}, currency="USD")
    bank.add("rate", {"currency": "USD", "valid_from": date(2025, 2, 11), "rate_ppm": 3_000_000})
    rows = bank.query("SELECT month, change_fen, weighted_fen FROM foreign_month ORDER BY month")
    assert [tuple(row.values()) for row in rows] == [
        (date(2025, 2, 1), 300, 300 * 18),
        (date(2025, 3, 1), -300, -300 * 31),
        (date(2025, 4, 1), 150, 150 * 30),
    ]
