"""What falls due within thirty days."""

from __future__ import annotations

from datetime import date, timedelta


def test_window_balance_and_closing(bank):
    today = bank.as_of

    def due(account, days, fen=100, **fields):
        balances = {date(2025, 1, 1): 7, date(2025, 6, 1): fen}
        bank.account(account, 10, balances, term="time", matures_on=today + timedelta(days=days), **fields)

    due(1, 0, 1)
    due(2, 1, 10)
    due(3, 30, 1000)
    due(4, 31, 10_000)
    due(5, 15, 0)
    due(6, 15, 100_000, closed_on=today)
    due(7, 15, 1_000_000, closed_on=today + timedelta(days=1))
    row = bank.run("maturity")[10]
    assert row["maturing_30d_fen"] == 1_001_010
    assert row["maturing_30d_count"] == 3
    assert row["next_maturity_on"] == today + timedelta(days=1)


def test_only_later_maturities(bank):
    later = bank.as_of + timedelta(days=400)
    bank.account(1, 10, {date(2025, 1, 1): 7}, matures_on=later)
    bank.account(2, 11, {date(2025, 1, 1): 7})
    assert bank.run("maturity") == {
        10: {"customer_id": 10, "maturing_30d_fen": 0, "maturing_30d_count": 0, "next_maturity_on": later}
    }


def test_other_currencies_at_the_newest_rate(bank):
    soon = bank.as_of + timedelta(days=3)
    for account, currency in ((1, "USD"), (2, "EUR"), (3, "CNY")):
        bank.account(account, 10, {date(2025, 1, 1): 333_333_333}, matures_on=soon, currency=currency)
    bank.add("rate", *(
        {"currency": "USD", "valid_from": day, "rate_ppm": rate}
        for day, rate in ((date(2025, 1, 1), 1), (bank.as_of, 7_123_457), (soon, 9))
    ))  # fmt: skip
    row = bank.run("maturity")[10]
    assert row["maturing_30d_fen"] == (333_333_333 * 7_123_457 + 500_000) // 10**6 + 333_333_333
    assert row["maturing_30d_count"] == 3
