"""Tier history, against day-by-day averages in plain Python."""

import random
from collections import defaultdict
from datetime import date, timedelta
from importlib import resources

HISTORY = resources.files("kequn.insight.tiers").joinpath("history.sql").read_text("utf-8")
BOUNDS = [50_000_00, 200_000_00, 500_000_00, 1_000_000_00, 6_000_000_00]
AS_OF = date(2025, 6, 17)
FIRST = date(2024, 10, 1)


def rank(average):
    return sum(average >= bound for bound in BOUNDS)


def month_after(month):
    return (month + timedelta(days=31)).replace(day=1)


def months():
    month = FIRST
    while month < AS_OF.replace(day=1):
        yield month
        month = month_after(month)


def average(steps, month):
    """Half-up average of the day-ends of ``month`` over accounts, each a dict of day to balance from that day."""
    days = [month + timedelta(days=d) for d in range((month_after(month) - month).days)]
    total = sum(
        next((account[day] for day in sorted(account, reverse=True) if day <= end), 0)
        for end in days
        for account in steps
    )
    return (2 * total + len(days)) // (2 * len(days))


def expected(steps):
    """(month, average, earned rank, tier rank) of one customer, from the second known month on."""
    averages = {month: average(steps, month) for month in months()}
    before = None
    for month, fen in averages.items():
        if before is not None:
            tier = max(rank(fen), rank(averages[before]))
            if tier:
                yield month, fen, rank(fen), tier
        before = month


def history(bank):
    found = defaultdict(list)
    for row in bank.query(HISTORY, "history.sql"):
        found[row["customer_id"]].append(
            (row["month"], row["month_avg_fen"], row["earned_rank"], row["tier_rank"])
        )  # fmt: skip
    return {customer: sorted(rows) for customer, rows in found.items()}


def test_against_day_by_day_averages(bank):
    chance = random.Random(8)
    steps = defaultdict(list)
    for account in range(60):
        party = account % 40
        bank.customers[party] = party % 30
        level = chance.choice([10**4, 10**6, 10**7, 3 * 10**7, 10**9])
        days = {FIRST + timedelta(days=chance.randrange(270)) for _ in range(chance.randrange(1, 6))}
        balances = {day: chance.choice([0, chance.randrange(level), *BOUNDS]) for day in days}
        bank.account(account, party, balances)
        steps[party % 30].append(balances)
    bank.account(999, 999, {FIRST: 1})
    found = history(bank)
    wanted = {customer: list(expected(accounts)) for customer, accounts in steps.items()}
    assert found == {customer: rows for customer, rows in wanted.items() if rows}
    assert any(row[3] > row[2] for rows in found.values() for row in rows), "no month of grace was tested"


def test_one_month_of_grace_and_no_more(bank):
    bank.account(1, 1, {FIRST: 60_000_00, date(2025, 1, 1): 0})
    bank.account(2, 2, {FIRST: 1})
    ranks = {month: (earned, tier) for month, _, earned, tier in history(bank)[1]}
    assert ranks == {
        date(2024, 11, 1): (1, 1),
        date(2024, 12, 1): (1, 1),
        date(2025, 1, 1): (0, 1),
    }


def test_a_flat_year_is_filled(bank):
    bank.account(1, 1, {FIRST: 250_000_00})
    rows = history(bank)[1]
    assert [row[0] for row in rows] == list(months())[1:]
    assert {row[1:] for row in rows} == {(250_000_00, 2, 2)}


def test_nobody_above_mass(bank):
    bank.account(1, 1, {FIRST: 49_999_99})
    assert history(bank) == {}
