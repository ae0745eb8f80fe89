"""Spending by month, window and category against sums over every posting."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

SPENT = ("card_spend", "household", "tuition", "toll", "fuel")


def months_back(as_of, day):
    return (as_of.year - day.year) * 12 + as_of.month - day.month


def amount(rows):
    return sum(row["amount_fen"] for row in rows)


@pytest.mark.parametrize(("seed", "as_of"), [(1, date(2025, 6, 30)), (2, date(2025, 6, 17)), (3, date(2025, 1, 1))])
def test_every_posting_counts(bank, moved, seed, as_of):
    bank.as_of = as_of
    postings = moved(seed)
    found = bank.published("spending")
    for customer in postings.customers:
        check_months(postings, customer, found[customer], as_of)
        check_recent(postings, customer, found[customer], as_of)


def check_months(postings, customer, row, as_of):
    def year(*kinds):
        rows = postings.of(customer, as_of, "out", kinds)
        return [item for item in rows if months_back(as_of, item["day"]) < 12]

    assert row["tuition_12m"] == amount(year("tuition"))
    assert row["tuition_count_12m"] == len(year("tuition"))
    assert row["insurance_paid_12m"] == amount(year("insurance"))
    assert row["car_insurance_12m"] == amount(r for r in year("insurance") if r["merchant_category"] == "car_insurance")
    assert row["tax_12m"] == amount(year("tax"))
    whole = 0 if (as_of + timedelta(days=1)).day == 1 else 1
    spent = amount(item for item in year(*SPENT) if whole <= months_back(as_of, item["day"]) < whole + 3)
    assert row["spend_month_avg_3m"] == (2 * spent + 3) // 6


def check_recent(postings, customer, row, as_of):
    recent = [item for item in postings.of(customer, as_of, "out", SPENT) if (as_of - item["day"]).days < 90]
    kinds = Counter(item["kind"] for item in recent)
    assert row["spend_90d"] == amount(recent)
    assert row["spend_count_90d"] == len(recent)
    assert (row["toll_count_90d"], row["fuel_count_90d"]) == (kinds["toll"], kinds["fuel"])
    assert row["household_bills_90d"] == kinds["household"]
    by_category: Counter[str] = Counter()
    for item in recent:
        if item["kind"] == "card_spend" and item["merchant_category"] is not None:
            by_category[item["merchant_category"]] += item["amount_fen"]
    top = min(by_category, key=lambda name: (-by_category[name], name), default=None)
    assert row["spend_top_category"] == top
