"""Length of the relationship and the quiet before a return, against plain Python."""

import random
from collections import defaultdict
from datetime import date, timedelta

AS_OF = date(2025, 6, 17)
WINDOW = AS_OF - timedelta(days=89)


def quiet_before(days, start):
    """Days between the first activity of the window and the last one before it, or the start of what is known."""
    recent = [day for day in days if day >= WINDOW]
    if not recent:
        return None
    return (min(recent) - max((day for day in days if day < WINDOW), default=start)).days


def test_against_plain_python(bank):
    chance = random.Random(4)
    days = defaultdict(list)
    everything = []
    opened = {}
    for party in range(1, 31):
        customer = bank.customers[party] = min(party, 28)
        opened.setdefault(customer, chance.choice([None, date(2023, 5, 5), date(2025, 2, 1)]))
        bank.add("party", {"party_id": party, "system": "core", "opened_on": opened[customer]})
        bank.account(party, party, {date(2023, 1, 1): 100})
        for _ in range(chance.randrange(5)):
            day = AS_OF - timedelta(days=chance.choice([0, 20, 88, 89, 90, 91, 100, 119, 120, 250, 400, 600]))
            kind = chance.choice(["app", "counter", "auto", None, "login", "view_product"])
            if kind in ("login", "view_product"):
                number = len(bank.rows["app_event"])
                bank.add("app_event", {"event_id": number, "party_id": party, "happened_at": day, "kind": kind})
            else:
                bank.posting(party, day, 10, channel=kind)
            everything.append(day)
            if kind in ("app", "counter", "login"):
                days[customer].append(day)
    found = bank.run("journey")
    known = min(everything).replace(day=1)
    for customer, since in opened.items():
        row = found[customer]
        start = max(since or known, known)
        assert row["tenure_days"] == ((AS_OF - since).days if since else None)
        assert row["quiet_days"] == (AS_OF - max(days[customer], default=start)).days, customer
        assert row["quiet_days_before_return"] == quiet_before(days[customer], start), customer
    assert any((row["quiet_days_before_return"] or 0) > 180 for row in found.values())


def test_a_bank_without_any_activity(bank):
    bank.account(1, 1, {date(2025, 1, 1): 100})
    row = bank.run("journey")[1]
    assert (row["quiet_days"], row["quiet_days_before_return"]) == (None, None)
