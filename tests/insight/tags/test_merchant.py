"""Shops and what they settle."""

from datetime import date, timedelta

AS_OF = date(2025, 6, 17)


def settle(bank, account, day, fen, **fields):
    bank.posting(account, day, fen, **{"kind": "merchant_settlement", "channel": "auto"} | fields)


def shop(bank, number, party, **fields):
    bank.add(
        "merchant",
        {"merchant_id": number, "party_id": party, "kind": "qr", "opened_on": date(2024, 1, 1)} | fields,
    )


def test_settlement_by_month_and_by_days(bank):
    bank.customers = {1: 1, 2: 1}
    bank.account(10, 1, {date(2025, 1, 1): 6_000})
    bank.account(20, 2, {date(2025, 1, 1): 0})
    shop(bank, 1, 1)
    shop(bank, 2, 2)
    shop(bank, 3, 1, closed_on=date(2025, 6, 17))
    shop(bank, 4, 1, closed_on=date(2025, 6, 18))
    days = {  # account, day, fen
        (10, date(2025, 2, 28)): 1_000_000,  # before the three months, before the 90 days
        (10, date(2025, 3, 1)): 10_000,  # first of the three months, before the 90 days
        (20, AS_OF - timedelta(days=89)): 20_000,  # 20 March: the first of the 90 days
        (20, AS_OF - timedelta(days=90)): 5_001,
        (10, date(2025, 5, 31)): 300,
        (10, AS_OF): 7,  # open month
    }
    for (account, day), fen in days.items():
        settle(bank, account, day, fen)
    settle(bank, 10, date(2025, 5, 2), 99, direction="out")
    settle(bank, 10, date(2025, 5, 2), 98, kind="transfer")
    row = bank.run("merchant")[1]
    assert row["merchant_count"] == 3
    assert row["merchant_settle_month_avg"] == round((10_000 + 20_000 + 5_001 + 300) / 3)
    assert row["merchant_settle_90d"] == 20_000 + 300 + 7
    assert row["merchant_kept_share"] == 6_000 / row["merchant_settle_month_avg"]


def test_more_kept_than_settled_counts_as_all(bank):
    bank.account(10, 1, {date(2025, 1, 1): 10**9})
    shop(bank, 1, 1)
    settle(bank, 10, date(2025, 5, 1), 300)
    assert bank.run("merchant")[1]["merchant_kept_share"] == 1.0


def test_a_shop_without_settlement_and_settlement_without_a_shop(bank):
    bank.account(10, 1, {date(2025, 1, 1): 100})
    bank.account(20, 2, {date(2025, 1, 1): 100})
    shop(bank, 1, 1)
    settle(bank, 20, date(2025, 4, 1), 300)
    found = bank.run("merchant")
    assert (found[1]["merchant_count"], found[1]["merchant_settle_month_avg"]) == (1, 0)
    assert found[1]["merchant_kept_share"] is None
    assert (found[2]["merchant_count"], found[2]["merchant_settle_month_avg"]) == (0, 100)
