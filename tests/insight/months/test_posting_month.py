"""Month sums of postings and app events against counts over every row."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, datetime, timedelta


def test_postings(bank):
    chance = random.Random(7)
    expected = defaultdict(list)
    for account in (1, 2, 3):
        bank.account(account, account % 2, {date(2024, 1, 1): 1})
    for _ in range(600):
        account, at = chance.randint(1, 3), datetime(2025, 6, 17, 23, 59) - timedelta(hours=chance.randint(0, 9000))
        row = {
            "kind": chance.choice(["insurance", "payroll"]), "direction": chance.choice(["in", "out"]),
            "own_name": chance.choice([None, True, False]), "counterparty_bank": chance.choice([None, "B"]),
            "merchant_category": chance.choice([None, "car_insurance", "food"]),
            "channel": chance.choice([None, "auto", "app"]),
        }  # fmt: skip
        bank.posting(account, at, chance.randint(0, 10**9), **row)
        kind = (
            "car_insurance"
            if (row["kind"], row["merchant_category"]) == ("insurance", "car_insurance")
            else row["kind"]
        )
        scope = ("own" if row["counterparty_bank"] else "inside") if row["own_name"] else "other"
        key = (account % 2, at.date().replace(day=1), kind, row["direction"], scope)
        expected[key].append((bank.rows["posting"][-1]["amount_fen"], at.date(), row["channel"] == "app"))
    columns = "party_id, month, kind, direction, scope, posting_count, amount_fen, last_on, last_own_on"
    rows = bank.query(f"SELECT {columns} FROM posting_month")
    found = {(r["party_id"], r["month"], r["kind"], r["direction"], r["scope"]): r for r in rows}
    assert len(found) == len(rows)
    assert set(found) == set(expected)
    for key, moved in expected.items():
        row = found[key]
        assert (row["posting_count"], row["amount_fen"]) == (len(moved), sum(amount for amount, _, _ in moved))
        assert row["last_on"] == max(day for _, day, _ in moved)
        assert row["last_own_on"] == max((day for _, day, own in moved if own), default=None)


def test_app_events(bank):
    chance = random.Random(8)
    expected = defaultdict(list)
    for number in range(400):
        at = datetime(2025, 6, 17, 23, 59) - timedelta(hours=chance.randint(0, 9000))
        party, kind = chance.randint(1, 3), chance.choice(["login", "search"])
        bank.add("app_event", {"event_id": number, "party_id": party, "happened_at": at, "kind": kind})
        expected[party, at.date().replace(day=1), kind].append(at.date())
    rows = bank.query("SELECT party_id, month, kind, event_count, last_on FROM app_month")
    found = {(r["party_id"], r["month"], r["kind"]): (r["event_count"], r["last_on"]) for r in rows}
    assert found == {key: (len(days), max(days)) for key, days in expected.items()}
