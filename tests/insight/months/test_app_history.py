"""Logins of closed months against a loop over every event."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

AS_OF = date(2025, 6, 17)


def test_logins_of_closed_months(bank):
    chance = random.Random(8)
    bank.as_of = AS_OF
    bank.customers |= {3: 1}
    events = []
    for number in range(400):
        at = datetime(2025, 6, 17, 23, 59) - timedelta(hours=chance.randint(0, 9000))
        party, kind = chance.randint(1, 3), chance.choice(["login", "search"])
        bank.add("app_event", {"event_id": number, "party_id": party, "happened_at": at, "kind": kind})
        events.append((1 if party == 3 else party, at.date(), kind))
    columns = "customer_id, first_month, last_login_on, last_login_before_on"
    rows = bank.query(f"SELECT {columns} FROM app_history")
    assert {row["customer_id"] for row in rows} == {1, 2}
    for row in rows:
        days = [
            (day, kind) for customer, day, kind in events if customer == row["customer_id"] and day < date(2025, 6, 1)
        ]
        logins = [day for day, kind in days if kind == "login"]
        assert row["first_month"] == min(day for day, _ in days).replace(day=1)
        assert row["last_login_on"] == max(logins)
        assert row["last_login_before_on"] == max(day for day in logins if day < date(2025, 3, 1))
