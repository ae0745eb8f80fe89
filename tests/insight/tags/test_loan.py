"""Open loans, and mortgages in particular, against sums over every loan."""

from __future__ import annotations

import random
from datetime import date, timedelta
from fractions import Fraction
from math import floor

import pytest

AREAS = ("core", "good", "ordinary", None)


def random_loans(bank, chance):
    bank.customers |= {number + 100: number for number in range(1, 20)}
    for number in range(150):
        bank.add("loan", {
            "loan_id": number, "party_id": chance.randint(1, 19) + chance.choice([0, 100]),
            "kind": chance.choice(["mortgage", "mortgage", "consumer", "car", "business", "other"]),
            "amount_fen": chance.randint(1, 10**10), "balance_fen": chance.choice([None, 0, chance.randint(1, 10**10)]),
            "monthly_payment_fen": chance.choice([None, chance.randint(1, 10**6)]), "granted_on": date(2020, 1, 1),
            "matures_on": bank.as_of + timedelta(days=chance.randint(-5, 5000)),
            "closed_on": chance.choice([None, None, bank.as_of, bank.as_of + timedelta(days=1)]),
            "collateral_value_fen": chance.choice([None, 0, chance.randint(1, 10**10)]),
            "collateral_area": chance.choice(AREAS), "days_overdue": chance.choice([None, 0, 0, 0, 7]),
            "max_days_overdue_12m": chance.choice([None, 0, 0, 0, 30]),
        })  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_loan_counts(bank, seed):
    random_loans(bank, random.Random(seed))
    found = bank.run("loan")
    stand = [loan for loan in bank.rows["loan"] if loan["closed_on"] is None or loan["closed_on"] > bank.as_of]
    mine = {customer: [loan for loan in stand if loan["party_id"] % 100 == customer] for customer in range(1, 20)}
    assert set(found) == {customer for customer, loans in mine.items() if loans}
    for customer, row in found.items():
        check_all(row, mine[customer], bank.as_of)
        check_mortgages(row, [loan for loan in mine[customer] if loan["kind"] == "mortgage"])


def check_all(row, loans, as_of):
    assert row["loan_count"] == len(loans)
    assert row["loan_balance"] == sum(loan["balance_fen"] or 0 for loan in loans)
    assert row["monthly_payment"] == sum(loan["monthly_payment_fen"] or 0 for loan in loans)
    assert row["loan_days_overdue"] == max(loan["days_overdue"] or 0 for loan in loans)
    assert row["next_loan_maturity_on"] == min(
        (i["matures_on"] for i in loans if i["matures_on"] > as_of), default=None
    )
    kinds = {loan["kind"] for loan in loans}
    for name, kind in (("mortgage", "mortgage"), ("car_loan", "car"), ("consumer_loan", "consumer")):
        assert row[f"has_{name}"] == (kind in kinds)
    assert row["has_business_loan"] == ("business" in kinds)


def check_mortgages(row, loans):
    assert row["mortgage_amount"] == sum(loan["amount_fen"] for loan in loans)
    assert row["mortgage_balance"] == sum(loan["balance_fen"] or 0 for loan in loans)
    secured = [loan for loan in loans if loan["collateral_value_fen"]]
    value = sum(loan["collateral_value_fen"] for loan in secured)
    owed = sum(loan["balance_fen"] or 0 for loan in secured)
    assert row["mortgage_ltv_percent"] == (floor(Fraction(100 * owed, value) + Fraction(1, 2)) if secured else None)
    areas = [area for area in AREAS if area and area in {loan["collateral_area"] for loan in loans}]
    assert row["mortgage_area"] == (areas[0] if areas else None)
    clean = all(loan["days_overdue"] == 0 and loan["max_days_overdue_12m"] == 0 for loan in loans)
    assert row["mortgage_spotless"] == (bool(loans) and clean)
