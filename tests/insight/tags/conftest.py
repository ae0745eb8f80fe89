"""Random postings over many months: what income, spending and activity are checked against."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest

KINDS = (
    "payroll", "pension", "transfer", "card_spend", "merchant_settlement", "tuition", "toll", "fuel", "insurance",
    "tax", "social_security", "subsidy", "interest", "fee", "cash", "loan", "investment", "household", "other",
)  # fmt: skip
CATEGORIES = ("food", "travel", "car_insurance", None)


@dataclass
class Moved:
    """Postings of eight customers with two accounts each, one of them held by a second record of the person."""

    posted: list[dict[str, Any]] = field(default_factory=list)
    customers: tuple[int, ...] = tuple(range(1, 9))

    def of(self, customer_id: int, as_of: date, direction: str = "", kinds: tuple[str, ...] = ()) -> list[Any]:
        """The customer's postings up to ``as_of``, of one direction and some kinds where stated."""
        return [
            row
            for row in self.posted
            if row["customer_id"] == customer_id
            and row["day"] <= as_of
            and (not direction or row["direction"] == direction)
            and (not kinds or row["kind"] in kinds)
        ]

    def flow(self, customer_id: int, as_of: date, direction: str) -> Iterator[dict[str, Any]]:
        """Postings that bring or take money: none between own accounts here, no investments, no loan paid out."""
        for row in self.of(customer_id, as_of, direction):
            inside = row["own_name"] and row["counterparty_bank"] is None
            paid_out = row["kind"] == "loan" and direction == "in"
            if not inside and not paid_out and row["kind"] != "investment":
                yield row


@pytest.fixture
def moved(bank) -> Callable[[int], Moved]:
    """Fills the bank with random postings around its as_of: ``moved(seed)``."""
    return lambda seed: _moved(bank, random.Random(seed))


def _moved(bank: Any, chance: random.Random) -> Moved:
    moved = Moved()
    for customer in moved.customers:
        bank.customers[customer + 100] = customer
        for account, party in ((customer, customer), (customer + 100, customer + 100)):
            bank.account(account, party, {date(2023, 1, 1): 1})
            for _ in range(customer * 12):
                row = _posting(chance, bank.as_of)
                bank.posting(account, **{name: value for name, value in row.items() if name != "day"})
                moved.posted.append(row | {"customer_id": customer})
    return moved


def _posting(chance: random.Random, as_of: date) -> dict[str, Any]:
    back = chance.choice([chance.randint(-20, 40), chance.randint(0, 130), chance.randint(0, 480)])
    day = as_of - timedelta(days=back)
    return {
        "day": day,
        "posted_at": datetime(day.year, day.month, day.day, chance.randint(0, 23), 59, 59),
        "amount_fen": chance.choice([0, chance.randint(1, 10), chance.randint(1, 10**9)]),
        "kind": chance.choice(["payroll", *KINDS]),
        "direction": chance.choice(["in", "out"]),
        "own_name": chance.choice([True, False, False, None]),
        "counterparty_bank": chance.choice([None, "B1"]),
        "channel": chance.choice(["auto", "auto", "app", "counter", None]),
        "merchant_category": chance.choice(CATEGORIES),
    }
