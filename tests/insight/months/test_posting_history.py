"""What closed months say of postings, and the newest postings, against loops over every row."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

DAYS = (date(2025, 6, 17), date(2025, 6, 30), date(2024, 3, 1))
SPENDING = ("card_spend", "household", "tuition", "toll", "fuel")
KINDS = (*SPENDING, "payroll", "pension", "subsidy", "social_security", "interest", "insurance", "tax", "investment",
         "loan", "transfer", "merchant_settlement")  # fmt: skip


def first_of(day: date, months_back: int) -> date:
    months = day.year * 12 + day.month - 1 - months_back
    return date(months // 12, months % 12 + 1, 1)


def inside(row) -> bool:
    return bool(row["own_name"]) and row["counterparty_bank"] is None


def new_money(row) -> bool:
    return row["direction"] == "in" and row["kind"] not in ("investment", "loan") and not inside(row)


def made(row) -> bool:
    return row["channel"] not in (None, "auto")


@pytest.fixture
def postings(bank):
    """Fills the bank with random postings; customer of an account: 1 holds two of them."""

    def fill(seed: int, as_of: date):
        bank.as_of = as_of
        chance = random.Random(seed)
        owner = {1: 1, 2: 2, 3: 1}
        for account, customer in owner.items():
            bank.account(account, customer, {date(2022, 1, 1): 1})
        found = []
        for _ in range(1500):
            at = datetime(as_of.year, as_of.month, as_of.day, 23, 59) - timedelta(hours=chance.randint(0, 12_000))
            account = chance.randint(1, 3)
            row = {
                "kind": chance.choice(KINDS), "direction": chance.choice(["in", "out"]),
                "own_name": chance.choice([None, True, False]), "counterparty_bank": chance.choice([None, "B"]),
                "merchant_category": chance.choice([None, "car_insurance", "food"]),
                "channel": chance.choice([None, "auto", "app"]),
            }  # fmt: skip
            amount = chance.choice([0, chance.randint(1, 10**9)])
            bank.posting(account, at, amount, **row)
            found.append(row | {"customer": owner[account], "day": at.date(), "amount": amount})
        return found

    return fill


@pytest.mark.parametrize(("seed", "as_of"), list(enumerate(DAYS)))
def test_sums_of_closed_months(bank, postings, seed, as_of):
    rows = postings(seed, as_of)
    opening = as_of.replace(day=1)
    social = ("social_security", "subsidy")
    windows: dict[str, tuple[int, Callable]] = {
        "social_security_fen_11": (11, lambda r: r["direction"] == "in" and r["kind"] in social),
        "interest_fen_11": (11, lambda r: r["direction"] == "in" and r["kind"] == "interest"),
        "settled_fen_3": (3, lambda r: r["direction"] == "in" and r["kind"] == "merchant_settlement"),
        "tuition_fen_11": (11, lambda r: r["direction"] == "out" and r["kind"] == "tuition"),
        "insurance_fen_11": (11, lambda r: r["direction"] == "out" and r["kind"] == "insurance"),
        "tax_fen_11": (11, lambda r: r["direction"] == "out" and r["kind"] == "tax"),
        "payroll_fen_2": (2, lambda r: r["direction"] == "in" and r["kind"] == "payroll"),
        "pension_fen_2": (2, lambda r: r["direction"] == "in" and r["kind"] == "pension"),
        "car_insurance_fen_11": (11, lambda r: r["direction"] == "out" and r["kind"] == "insurance"
                                 and r["merchant_category"] == "car_insurance"),
        **{f"inflow_fen_{n}": (n, new_money) for n in (2, 3, 11, 12)},
        **{f"spend_fen_{n}": (n, lambda r: r["direction"] == "out" and r["kind"] in SPENDING) for n in (2, 3)},
    }  # fmt: skip
    columns = ", ".join(windows)
    for found in bank.query(f"SELECT customer_id, {columns} FROM posting_history"):
        mine = [row for row in rows if row["customer"] == found["customer_id"] and row["day"] < opening]
        for name, (months, counts) in windows.items():
            within = [row for row in mine if row["day"] >= first_of(as_of, months) and counts(row)]
            assert found[name] == sum(row["amount"] for row in within), name


@pytest.mark.parametrize(("seed", "as_of"), list(enumerate(DAYS)))
def test_days_and_months_of_closed_months(bank, postings, seed, as_of):
    rows = postings(seed, as_of)
    opening = as_of.replace(day=1)
    returning = (opening - timedelta(days=89)).replace(day=1)
    columns = "first_month, last_own_on, last_own_before_on, last_pay_on, payroll_months_2, payroll_months_11"
    query = f"SELECT customer_id, {columns}, tuition_count_11, subsidy_months_11 FROM posting_history"
    for found in bank.query(query):
        mine = [row for row in rows if row["customer"] == found["customer_id"] and row["day"] < opening]
        own = [row["day"] for row in mine if made(row)]
        pay = [row for row in mine if row["kind"] == "payroll" and row["direction"] == "in"]
        assert found["first_month"] == min(row["day"] for row in mine).replace(day=1)
        assert found["last_own_on"] == max(own)
        assert found["last_own_before_on"] == max(day for day in own if day < returning)
        assert found["last_pay_on"] == max(row["day"] for row in pay if row["day"] >= first_of(as_of, 12))
        for months in (2, 11):
            paid = {row["day"].replace(day=1) for row in pay if row["amount"] and row["day"] >= first_of(as_of, months)}
            assert found[f"payroll_months_{months}"] == len(paid)
        year = [row for row in mine if row["day"] >= first_of(as_of, 11)]
        subsidies = [row for row in year if (row["kind"], row["direction"]) == ("subsidy", "in") and row["amount"]]
        assert found["subsidy_months_11"] == len({row["day"].replace(day=1) for row in subsidies})
        tuition = [row for row in year if (row["kind"], row["direction"]) == ("tuition", "out")]
        assert found["tuition_count_11"] == len(tuition)


@pytest.mark.parametrize(("seed", "as_of"), list(enumerate(DAYS)))
def test_the_newest_postings(bank, postings, seed, as_of):
    rows = postings(seed, as_of)
    opening, window = as_of.replace(day=1), as_of - timedelta(days=89)
    back = (opening - timedelta(days=89)).replace(day=1)
    columns = "first_own_on, before_own_on, last_own_on, inflow_90d, outflow_90d, outflow_own_name_90d, inflow_30d,"
    columns += " inflow_largest_30d, settled_90d, open_payroll_fen, last_pay_on, open_spend_fen, open_tuition_count"
    for found in bank.query(f"SELECT customer_id, {columns} FROM posting_recent"):
        mine = [row for row in rows if row["customer"] == found["customer_id"]]
        own = [row["day"] for row in mine if made(row) and row["day"] >= min(back, window)]
        recent = [row for row in mine if row["day"] >= window]
        out = [r for r in recent if r["direction"] == "out" and not inside(r) and r["kind"] != "investment"]
        month = [row for row in mine if row["day"] >= as_of - timedelta(days=29) and new_money(row)]
        opened = [row for row in mine if row["day"] >= opening]
        pay = [row for row in opened if (row["kind"], row["direction"]) == ("payroll", "in")]
        spent = [row for row in opened if row["direction"] == "out" and row["kind"] in SPENDING]
        assert found["first_own_on"] == min((day for day in own if day >= window), default=None)
        assert found["before_own_on"] == max((day for day in own if day < window), default=None)
        assert found["last_own_on"] == max(own)
        assert found["inflow_90d"] == sum(row["amount"] for row in recent if new_money(row))
        assert found["outflow_90d"] == sum(row["amount"] for row in out)
        assert found["outflow_own_name_90d"] == sum(row["amount"] for row in out if row["own_name"])
        assert found["inflow_30d"] == sum(row["amount"] for row in month)
        assert found["inflow_largest_30d"] == max((row["amount"] for row in month), default=0)
        settled = [r for r in recent if (r["kind"], r["direction"]) == ("merchant_settlement", "in")]
        assert found["settled_90d"] == sum(row["amount"] for row in settled)
        assert found["open_payroll_fen"] == sum(row["amount"] for row in pay)
        assert found["last_pay_on"] == max((row["day"] for row in pay), default=None)
        assert found["open_spend_fen"] == sum(row["amount"] for row in spent)
        assert found["open_tuition_count"] == len([row for row in spent if row["kind"] == "tuition"])
