"""Postings, balances and AUM agree with each other, by plain sums over the landed files."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pyarrow.parquet as pq

UNKNOWN = ("Z", "A999999999999")
"""How accounts of wrong rows begin."""


def fen(yuan):
    return int(yuan * 100)


def balances(bank):
    """Account to its rows (day, fen), by day."""
    found = defaultdict(list)
    for row in bank.rows("balance"):
        if not row["account_id"].startswith(UNKNOWN):
            found[row["account_id"]].append((row["valid_from"], fen(row["balance_yuan"]), row["valid_to"]))
    return {account: sorted(rows, key=lambda row: row[0]) for account, rows in found.items()}


def posted(bank):
    """Sum of good postings by account and day, in fen."""
    total = defaultdict(int)
    seen = set()
    for row in bank.rows("posting"):
        bad = row["posting_id"].startswith("Z") or row["account_id"].startswith(UNKNOWN)
        if bad or row["posting_id"] in seen:
            continue
        seen.add(row["posting_id"])
        sign = 1 if row["direction"] == "in" else -1
        total[row["account_id"], row["posted_at"].date()] += sign * fen(row["amount_yuan"])
    return total


def test_postings_of_a_day_are_the_change_of_the_balance_but_for_the_known_drift(bank):
    truth = pq.read_table(bank.workspace.truth / "drift.parquet").to_pylist()
    drift = defaultdict(int)
    for row in truth:
        drift[row["account_id"], row["day"]] += row["amount_fen"]
    total = posted(bank)
    demand = {row["account_id"] for row in bank.rows("account") if row["term"] == "demand"}
    apart = {}
    days = set(total)
    before_period = bank.report.first - timedelta(days=1)
    for account, rows in balances(bank).items():
        if account not in demand:
            continue
        last = 0
        for day, balance, _ in rows:
            change = 0 if day == before_period else balance - last
            gap = change - total.get((account, day), 0)
            if gap:
                apart[account, day] = gap
            days.discard((account, day))
            last = balance
    apart |= {key: -total[key] for key in days if total[key]}
    assert drift
    assert apart == {key: value for key, value in drift.items() if value}


def test_demand_accounts_never_fall_below_zero(bank):
    assert all(balance >= 0 for rows in balances(bank).values() for _, balance, _ in rows)


def test_intervals_do_not_overlap_and_end_before_the_successor(bank):
    for account, rows in balances(bank).items():
        for (start, balance, until), (following, changed, _) in pairwise(rows):
            assert start < following, account
            assert balance != changed, account
            assert until is None or until == following - timedelta(days=1)


def test_month_end_aum_follows_from_balances_and_rates(bank):
    """The truth's month ends against day-end balances of all accounts of the person, converted at the month's rate."""
    accounts = {row["account_id"]: row for row in bank.rows("account", "2026-03-30") if row["currency"]}
    rates = {(row["currency"], row["valid_from"]): int(row["rate_ppm"]) for row in bank.rows("rate", "2026-03-30")}
    observed = pq.read_table(bank.workspace.truth / "observed.parquet").to_pylist()
    parts = pq.read_table(bank.workspace.truth / "customer.parquet", columns=["person", "parties"]).to_pylist()
    person_of = {party: row["person"] for row in parts for party in row["parties"]}
    rows = balances(bank)
    for month, end in (("2025-02", date(2025, 2, 28)), ("2025-11", date(2025, 11, 30)), ("2026-03", date(2026, 3, 31))):
        total = defaultdict(int)
        for account, changes in rows.items():
            known = [balance for day, balance, _ in changes if day <= end]
            if not known:
                continue
            currency = accounts[account]["currency"]
            value = known[-1]
            if currency != "CNY":
                rate = max((day, ppm) for (code, day), ppm in rates.items() if code == currency and day <= str(end))[1]
                value = (value * rate + 500_000) // 1_000_000
            total[person_of[accounts[account]["party_id"]]] += value
        assert {row["person"]: row[month] for row in observed} == {
            row["person"]: total[row["person"]] for row in observed
        }


def test_a_holding_is_bought_by_a_posting_and_a_purchase_of_its_amount(bank):
    accounts = bank.rows("account", "2026-03-30")
    purchases = {
        (row["party_id"], row["product_id"], row["happened_at"].date(), row["amount_yuan"])
        for row in bank.rows("purchase")
        if row["outcome"] == "done"
    }
    core = {}
    for row in pq.read_table(bank.workspace.truth / "customer.parquet", columns=["person", "parties"]).to_pylist():
        core |= dict.fromkeys(row["parties"], next(party for party in row["parties"] if party.startswith("C")))
    rows = balances(bank)
    bought = 0
    for account in accounts:
        if account["account_id"].startswith("Z") or account["term"] == "demand" or account["party_id"] not in core:
            continue
        if account["opened_on"] < bank.report.first:
            continue
        amount = Decimal(rows[account["account_id"]][0][1]) / 100
        assert (core[account["party_id"]], account["product_id"], account["opened_on"], amount) in purchases
        bought += 1
    assert bought > 20


def test_deposits_mature_on_their_day(bank):
    """A closed time deposit was paid back on its maturity or was given up before it."""
    rows = balances(bank)
    matured = 0
    for account in bank.rows("account", "2026-03-30"):
        if account["closed_on"] is None or account["account_id"].startswith("Z"):
            continue
        assert rows[account["account_id"]][-1][:2] == (account["closed_on"], 0)
        assert account["matures_on"] is None or account["closed_on"] <= account["matures_on"]
        matured += account["closed_on"] == account["matures_on"]
    assert matured > 10
