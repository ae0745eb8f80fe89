"""Length of the relationship and the quiet before a return, against plain Python."""

import random
from collections import defaultdict
from datetime import date, timedelta

AS_OF = date(2025, 6, 17)
WINDOW = AS_OF - timedelta(days=89)


def quiet(days, opened_on):
    recent = [day for day in days if day >= WINDOW]
    if not recent:
        return None
    before = max((day for day in days if day < WINDOW), default=opened_on)
    return (min(recent) - before).days if before else None


def test_against_plain_python(bank):
    chance = random.Random(4)
    days = defaultdict(list)
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
            if kind in ("app", "counter", "login"):
                days[customer].append(day)
    found = bank.run("journey")
    for customer, since in opened.items():
        row = found[customer]
        assert row["tenure_days"] == ((AS_OF - since).days if since else None)
        assert row["quiet_days_before_return"] == quiet(days[customer], since), customer
    assert any((row["quiet_days_before_return"] or 0) > 180 for row in found.values())
