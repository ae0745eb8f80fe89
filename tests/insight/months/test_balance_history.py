"""What closed months say of a customer, against loops over every day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

CLASSES = ("demand", "time", "wealth", "fund", "insurance", "metal", "other")
COLUMNS = ["customer_id", "opening_fen"]
COLUMNS += [f"opening_{name}_fen" for name in CLASSES] + [f"day_sum_{month}" for month in range(1, 13)]


@pytest.mark.parametrize(("seed", "as_of"), [(1, date(2025, 6, 17)), (2, date(2025, 3, 1)), (3, date(2024, 12, 31))])
def test_twelve_months_and_the_opening(bank, day_ends, seed, as_of):
    ends = day_ends(seed, date(2023, 6, 1), date(2025, 6, 30))
    bank.as_of = as_of
    for row in bank.query(f"SELECT {', '.join(COLUMNS)} FROM balance_history"):
        customer = row["customer_id"]
        last = as_of.replace(day=1) - timedelta(days=1)
        assert row["opening_fen"] == ends.total(customer, last)
        for name in CLASSES[2:]:
            assert row[f"opening_{name}_fen"] == ends.total(customer, last, (name,))
        for name in CLASSES[:2]:
            assert row[f"opening_{name}_fen"] == ends.total(customer, last, ("deposit",), name)
        for month in range(1, 13):
            days = [last - timedelta(days=n) for n in range(last.day)]
            assert row[f"day_sum_{month}"] == sum(ends.total(customer, day) for day in days)
            last = days[-1] - timedelta(days=1)


def test_the_open_month_is_not_told(bank):
    bank.account(1, 10, {date(2025, 5, 31): 5, date(2025, 6, 1): 9})
    row = bank.query("SELECT first_month, opening_fen, day_sum_1, day_sum_2 FROM balance_history")[0]
    assert tuple(row.values()) == (date(2025, 5, 1), 5, 5, 0)
