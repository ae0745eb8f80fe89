"""Income by month and window against sums over every posting."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

MONTH_ENDS = (date(2025, 6, 30), date(2024, 2, 29))
DAYS = (*MONTH_ENDS, date(2025, 6, 17), date(2025, 1, 1))


def months_back(as_of, day):
    return (as_of.year - day.year) * 12 + as_of.month - day.month


def half_up(total, divisor):
    return (2 * total + divisor) // (2 * divisor)


def paid(rows, as_of, months):
    """Amounts by month of the last calendar months with the open one; months with nothing left out."""
    found = {}
    for row in rows:
        back = months_back(as_of, row["day"])
        if back < months and row["amount_fen"] > 0:
            found[back] = found.get(back, 0) + row["amount_fen"]
    return found


@pytest.mark.parametrize(("seed", "as_of"), list(enumerate(DAYS)))
def test_every_posting_counts(bank, moved, seed, as_of):
    bank.as_of = as_of
    postings = moved(seed)
    found = bank.published("income")
    for customer in postings.customers:
        check_months(postings, customer, found[customer], as_of)
        check_inflow(postings, customer, found[customer], as_of)


def check_months(postings, customer, row, as_of):
    pay = postings.of(customer, as_of, "in", ("payroll",))
    assert row["payroll_months_3m"] == len(paid(pay, as_of, 3))
    assert row["payroll_months_12m"] == len(paid(pay, as_of, 12))
    pension = paid(postings.of(customer, as_of, "in", ("pension",)), as_of, 3)
    assert row["pension_months_3m"] == len(pension)
    for name, months in (("pay_month_avg", paid(pay, as_of, 3)), ("pension_month_avg", pension)):
        assert row[name] == (half_up(sum(months.values()), len(months)) if months else 0)
    last = max((item["day"] for item in pay if months_back(as_of, item["day"]) <= 12), default=None)
    assert row["days_since_pay"] == (None if last is None else (as_of - last).days)
    subsidy = postings.of(customer, as_of, "in", ("subsidy",))
    assert row["subsidy_months_12m"] == len(paid(subsidy, as_of, 12))
    social = postings.of(customer, as_of, "in", ("social_security",))
    assert row["social_security_inflow_12m"] == sum(paid(subsidy + social, as_of, 12).values())
    assert row["interest_12m"] == sum(paid(postings.of(customer, as_of, "in", ("interest",)), as_of, 12).values())


def check_inflow(postings, customer, row, as_of):
    inflow = list(postings.flow(customer, as_of, "in"))
    whole = 0 if (as_of + timedelta(days=1)).day == 1 else 1
    for months in (3, 12):
        amounts = [i["amount_fen"] for i in inflow if whole <= months_back(as_of, i["day"]) < months + whole]
        assert row[f"inflow_month_avg_{months}m"] == half_up(sum(amounts), months)
    recent = [item["amount_fen"] for item in inflow if (as_of - item["day"]).days < 30]
    assert row["inflow_30d"] == sum(recent)
    assert row["inflow_largest_30d"] == max(recent, default=0)
