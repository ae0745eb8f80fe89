"""The last activity and the flows of 90 days against loops over every posting."""

from __future__ import annotations

from datetime import date

import pytest


@pytest.mark.parametrize(("seed", "as_of"), [(1, date(2025, 6, 30)), (2, date(2025, 6, 17))])
def test_every_posting_counts(bank, moved, seed, as_of):
    bank.as_of = as_of
    postings = moved(seed)
    bank.add("app_event", {"event_id": 1, "party_id": 1, "happened_at": as_of, "kind": "login"})
    bank.add("app_event", {"event_id": 2, "party_id": 2, "happened_at": as_of, "kind": "search"})
    found = bank.run("activity")
    for customer in postings.customers:
        row = found[customer]
        own = [item["day"] for item in postings.of(customer, as_of) if item["channel"] not in {"auto", None}]
        since = (as_of - max(own)).days if own else None
        assert row["days_since_own_posting"] == since
        assert row["days_since_activity"] == (0 if customer == 1 else since)
        check_flows(postings, customer, row, as_of)


def check_flows(postings, customer, row, as_of):
    totals = {}
    for direction in ("in", "out"):
        recent = [item for item in postings.flow(customer, as_of, direction) if (as_of - item["day"]).days < 90]
        totals[direction] = sum(item["amount_fen"] for item in recent)
        own = sum(item["amount_fen"] for item in recent if item["own_name"])
        assert row[f"{direction}flow_90d"] == totals[direction]
        assert row[f"{direction}flow_own_name_90d"] == own
    assert row["net_flow_90d"] == totals["in"] - totals["out"]


def test_a_login_alone_is_activity(bank):
    bank.add("app_event", {"event_id": 1, "party_id": 5, "happened_at": date(2025, 6, 1), "kind": "login"})
    row = bank.run("activity")[5]
    assert (row["days_since_own_posting"], row["days_since_activity"]) == (None, 16)
