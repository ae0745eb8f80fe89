"""Contacts and answers, against a count in plain Python."""

import random
from collections import Counter
from datetime import date, datetime, timedelta

AS_OF = date(2025, 6, 17)
KINDS = ["opened", "clicked", "interested", "bought", "refused", "complained", "opted_out"]


def at(days_ago, hour=9):
    return datetime(2025, 6, 17, hour) - timedelta(days=days_ago)


def contact(bank, number, party, days_ago, **fields):
    usual = {"channel": "sms", "purpose": "marketing", "outcome": "delivered", "contacted_at": at(days_ago)}
    bank.add("contact", {"contact_id": number, "party_id": party} | usual | fields)


def response(bank, number, party, days_ago, kind, *, hour=9):
    bank.add(
        "response",
        {
            "response_id": number, "contact_id": 1, "party_id": party, "responded_at": at(days_ago, hour),
            "kind": kind,
        },
    )  # fmt: skip


def test_contacts_against_a_plain_count(bank):
    chance = random.Random(11)
    bank.customers = {1: 1, 2: 1, 3: 3}
    rows = []
    for number in range(120):
        row = {
            "party": chance.choice([1, 2, 3]),
            "days": chance.choice([0, 5, 6, 7, 28, 29, 30, 100]),
            "channel": chance.choice(["sms", "ai_call", "agent_call", "app"]),
            "purpose": chance.choice(["marketing", "marketing", "service"]),
            "outcome": chance.choice(["delivered", "failed", "unknown"]),
        }
        rows.append(row)
        contact(bank, number, row["party"], row["days"], **{n: row[n] for n in ("channel", "purpose", "outcome")})
    found = bank.run("contact")
    for customer in (1, 3):
        own = [r for r in rows if bank.customers[r["party"]] == customer]
        counted = [r for r in own if r["purpose"] == "marketing" and r["outcome"] != "failed"]
        row = found[customer]
        assert row["contacts_7d"] == sum(r["days"] < 7 for r in counted)
        assert row["contacts_30d"] == sum(r["days"] < 30 for r in counted)
        assert row["calls_7d"] == sum(r["days"] < 7 and r["channel"] in ("ai_call", "agent_call") for r in counted)
        assert row["days_since_contact"] == min(r["days"] for r in counted)
        assert row["responses_90d"] == 0


def test_answers_against_a_plain_count(bank):
    chance = random.Random(12)
    rows = []
    for number in range(150):
        row = (chance.randrange(1, 12), chance.choice([0, 3, 88, 89, 90, 178, 179, 180, 400]), chance.choice(KINDS))
        rows.append((*row, number))
        response(bank, number, *row)
    found = bank.run("contact")
    for customer in {row[0] for row in rows}:
        own = [row for row in rows if row[0] == customer]
        last = min(own, key=lambda row: (row[1], -row[3]))
        row = found[customer]
        in_90 = Counter(kind for _, days, kind, _ in own if days < 90)
        assert row["responses_90d"] == in_90.total()
        assert row["refused_90d"] == in_90["refused"]
        assert row["complained_180d"] == any(kind == "complained" and days < 180 for _, days, kind, _ in own)
        assert row["opted_out"] == any(kind == "opted_out" for _, _, kind, _ in own)
        assert row["last_response_kind"] == last[2]
        assert row["days_since_contact"] is None


def test_the_later_hour_is_the_last_answer(bank):
    response(bank, 2, 1, 4, "refused", hour=8)
    response(bank, 1, 1, 4, "bought", hour=20)
    assert bank.run("contact")[1]["last_response_kind"] == "bought"
