"""Balances in the bank's currency, of accounts in all currencies, against values day by day."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import pytest

FIRST, LAST = date(2024, 3, 5), date(2025, 6, 30)
COUNTED = """
  SELECT worth.account_id, worth.converted, worth.valid_from, worth.balance_fen, worth.change_fen
  FROM worth JOIN account ON worth.account_id = account.account_id AND worth.converted = (account.currency <> 'CNY')"""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_changes_add_up_to_every_days_worth_and_none_passes_the_highest(bank, day_ends, seed):
    ends = day_ends(seed, FIRST, LAST)
    bank.as_of = LAST
    changes, highest = defaultdict(int), defaultdict(int)
    for row in bank.query(COUNTED):
        changes[row["account_id"], row["valid_from"]] += row["change_fen"]
        highest[row["account_id"]] = max(highest[row["account_id"]], row["balance_fen"])
    for held in ends.held:
        now, day = 0, FIRST
        while day <= LAST:
            now += changes[held.account_id, day]
            assert now == ends.value(held, day)
            assert now <= highest[held.account_id]
            day += timedelta(days=1)


def test_other_currencies_count_nothing_before_their_first_rate(bank):
    bank.account(1, 10, {date(2025, 1, 10): 100, date(2025, 3, 1): 0, date(2025, 4, 1): 50}, currency="USD")
    bank.add("rate", {"currency": "USD", "valid_from": date(2025, 2, 11), "rate_ppm": 3_000_000})
    rows = bank.query("SELECT valid_from, balance_fen, change_fen FROM worth WHERE converted ORDER BY valid_from")
    assert [tuple(row.values()) for row in rows] == [
        (date(2025, 2, 11), 300, 300),
        (date(2025, 3, 1), 0, -300),
        (date(2025, 4, 1), 150, 150),
    ]
