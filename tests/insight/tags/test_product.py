"""Products held, bought and left unfinished."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

import pytest


@pytest.fixture
def shelf(bank):
    """One customer with what counts and what does not."""
    yesterday, today = date(2025, 6, 16), date(2025, 6, 17)
    bank.account(1, 10, {date(2025, 1, 1): 5}, product_id="current")
    bank.account(2, 10, {date(2025, 1, 1): 5}, product_id="current")
    bank.account(3, 10, {date(2025, 1, 1): 5}, product_id="w1", asset_class="wealth", matures_on=today)
    bank.account(
        4, 10, {date(2025, 1, 1): 5, yesterday: 0}, product_id="w2", asset_class="wealth", matures_on=yesterday
    )
    bank.account(5, 10, {date(2025, 1, 1): 0}, asset_class="fund", closed_on=today)
    bank.account(6, 10, {date(2025, 1, 1): 5}, asset_class="metal", closed_on=date(2025, 6, 18))
    bank.add("loan", {"loan_id": 1, "party_id": 10, "kind": "car", "amount_fen": 1, "granted_on": today})
    bank.add(
        "loan",
        {"loan_id": 2, "party_id": 10, "kind": "other", "amount_fen": 1, "granted_on": today, "closed_on": today},
    )
    for number, status in enumerate(("active", "inactive", "closed")):
        card = {"card_id": number, "party_id": 10, "kind": "debit", "product_id": f"c{number}", "status": status}
        bank.add("card", card | {"issued_on": yesterday})
    return bank


def test_held_products_and_classes(shelf):
    row = shelf.run("product")[10]
    assert row["product_count"] == len({"current", "w1", "metal", "car", "c0", "c1"})
    assert row["product_class_count"] == len({"deposit", "wealth", "metal", "loan", "card"})
    flags = ("has_wealth", "has_metal", "has_fund", "has_insurance", "has_time_deposit")
    assert [row[name] for name in flags] == [True, True, False, False, False]


def random_purchases(bank, chance):
    for number in range(400):
        happened = datetime(2025, 6, 17, 23) - timedelta(
            days=chance.choice([-1, 0, 88, 89, 90, chance.randint(0, 500)])
        )
        bank.add("purchase", {
            "purchase_id": number, "party_id": chance.randint(1, 30), "product_id": chance.choice("abcde"),
            "happened_at": happened, "amount_fen": chance.choice([None, chance.randint(1, 10**9)]),
            "outcome": chance.choice(["done", "failed", "abandoned"]),
        })  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
def test_every_purchase_counts(bank, seed):
    random_purchases(bank, random.Random(seed))
    found = bank.run("product")
    for customer, row in found.items():
        mine = [p for p in bank.rows["purchase"] if p["party_id"] == customer and p["happened_at"].date() <= bank.as_of]
        check_bought(row, mine, bank.as_of)
        check_unfinished(row, mine, bank.as_of)


def check_bought(row, mine, as_of):
    done = [p for p in mine if p["outcome"] == "done"]
    year = [p for p in done if p["happened_at"].date() >= date(2024, 7, 1)]
    assert row["purchases_12m"] == len(year)
    assert row["purchase_12m_fen"] == sum(p["amount_fen"] or 0 for p in year)
    recent = [p["outcome"] for p in mine if (as_of - p["happened_at"].date()).days < 90]
    assert row["purchases_failed_90d"] == recent.count("failed")
    assert row["purchases_abandoned_90d"] == recent.count("abandoned")
    last = max((p["happened_at"].date() for p in done), default=None)
    assert row["days_since_purchase"] == (None if last is None else (as_of - last).days)


def check_unfinished(row, mine, as_of):
    last_try = {}
    for purchase in sorted(mine, key=moment):
        last_try[purchase["product_id"]] = purchase
    recent = [last for last in last_try.values() if (as_of - last["happened_at"].date()).days < 90]
    unfinished = [last for last in recent if last["outcome"] != "done"]
    expected = max(unfinished, key=moment)["product_id"] if unfinished else None
    assert row["last_unfinished_product"] == expected


def moment(purchase):
    return purchase["happened_at"], purchase["purchase_id"]
