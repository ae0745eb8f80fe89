"""Balances in other currencies at the day's rate."""

from __future__ import annotations

from datetime import date, timedelta

import pytest


@pytest.mark.parametrize(("seed", "as_of"), [(1, date(2025, 6, 17)), (2, date(2024, 12, 31))])
def test_now_and_ninety_days_ago(bank, day_ends, seed, as_of):
    ends = day_ends(seed, date(2024, 1, 1), date(2025, 6, 30))
    bank.as_of = as_of
    found = bank.run("foreign")
    foreign = [held for held in ends.held if held.currency != "CNY" and any(day <= as_of for day in held.balances)]
    assert set(found) >= {held.customer_id for held in foreign}
    for customer, row in found.items():
        mine = [held for held in foreign if held.customer_id == customer]
        now = sum(ends.value(held, as_of) for held in mine)
        assert row["aum_foreign"] == now
        assert row["aum_foreign_trend_90d"] == now - sum(ends.value(held, as_of - timedelta(days=90)) for held in mine)


def test_accounts_without_a_rate_are_counted(bank):
    for account, currency, balance in ((1, "USD", 5), (2, "EUR", 5), (3, "HKD", 0), (4, "HKD", 7)):
        bank.account(account, 10, {date(2025, 1, 1): 9, date(2025, 2, 1): balance}, currency=currency)
    bank.add("rate", {"currency": "USD", "valid_from": bank.as_of, "rate_ppm": 2_000_000})
    bank.add("rate", {"currency": "EUR", "valid_from": bank.as_of + timedelta(days=1), "rate_ppm": 2_000_000})
    row = bank.run("foreign")[10]
    assert (row["aum_foreign"], row["unrated_account_count"]) == (10, 2)


def test_the_largest_balances_do_not_overflow(bank):
    bank.account(1, 10, {date(2025, 1, 1): 99_999_999_999_999}, currency="USD")
    bank.add("rate", {"currency": "USD", "valid_from": date(2025, 1, 1), "rate_ppm": 99_999_999})
    expected = (99_999_999_999_999 * 99_999_999 + 500_000) // 10**6
    assert bank.run("foreign")[10]["aum_foreign"] == expected
    assert bank.run("asset")[10]["aum"] == expected
