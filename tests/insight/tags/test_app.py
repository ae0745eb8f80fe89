"""Use of the app against counts over every event."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

KINDS = ("login", "login", "view_product", "search", "transfer", "pay_bill", "open_message")


def random_events(bank, chance):
    bank.customers |= {number + 100: number for number in range(1, 20)}
    midnight = datetime(bank.as_of.year, bank.as_of.month, bank.as_of.day)
    for number in range(500):
        back = chance.choice([-1, 0, 29, 30, 89, 90, chance.randint(0, 400)])
        bank.add("app_event", {
            "event_id": number, "party_id": chance.randint(1, 19) + chance.choice([0, 100]),
            "happened_at": midnight - timedelta(days=back) + timedelta(seconds=chance.choice([0, 5, 86399])),
            "kind": chance.choice(KINDS), "product_id": chance.choice([None, "a", "b", "c"]),
        })  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
def test_every_event_counts(bank, seed):
    random_events(bank, random.Random(seed))
    found = bank.run("app")
    seen = [event for event in bank.rows["app_event"] if event["happened_at"].date() <= bank.as_of]
    assert set(found) == {event["party_id"] % 100 for event in seen}
    for customer, row in found.items():
        events = [(event, (bank.as_of - event["happened_at"].date()).days) for event in seen]
        check(row, [(event, back) for event, back in events if event["party_id"] % 100 == customer])


def check(row, events):
    def count(kind, days):
        return sum(event["kind"] == kind and back < days for event, back in events)

    logins = [back for event, back in events if event["kind"] == "login"]
    assert row["app_user"] is True
    assert row["days_since_login"] == min(logins, default=None)
    assert (row["logins_30d"], row["logins_90d"]) == (count("login", 30), count("login", 90))
    assert row["login_days_90d"] == len({back for back in logins if back < 90})
    assert row["product_views_30d"] == count("view_product", 30)
    assert row["searches_30d"] == count("search", 30)
    assert (row["app_transfers_90d"], row["app_bills_90d"]) == (count("transfer", 90), count("pay_bill", 90))
    views = [e for e, back in events if back < 90 and e["kind"] == "view_product" and e["product_id"]]
    last = max(views, key=lambda event: (event["happened_at"], event["event_id"]), default=None)
    assert row["last_viewed_product"] == (last["product_id"] if last else None)
