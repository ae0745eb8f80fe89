"""The contact history: what counts as an answer, and that nothing of a contact's day or later is in its state."""

import random
from datetime import date, datetime, timedelta
from functools import partial

from kequn.engine.macros import Parameters
from kequn.insight.scores.channel.reach import consent_query
from kequn.insight.scores.channel.state import HISTORY, before_query, history_query, state_query

CHANNELS = ("sms", "app")


def contact(bank, number, party, day, *, channel="sms", hour=10, **fields):
    usual = {"purpose": "marketing", "outcome": "delivered", "propensity": 0.25}
    at = datetime(day.year, day.month, day.day, hour)
    bank.add("contact", {"contact_id": number, "party_id": party, "channel": channel, "contacted_at": at,
                         **usual, **fields})  # fmt: skip


def answer(bank, number, party, day, kind):
    count = len(bank.rows["response"]) + 1
    bank.add("response", {"response_id": count, "contact_id": number, "party_id": party, "kind": kind,
                          "responded_at": day})  # fmt: skip


def rows(bank, make):
    bank.attach()
    parameters = Parameters(bank.as_of, bank.settings)
    bank.engine.define(HISTORY, history_query(parameters))
    return bank.engine.fetch(make(parameters)).to_pylist()


BEFORE = partial(before_query, CHANNELS)
NOW = partial(state_query, CHANNELS)
CONSENT = partial(consent_query, CHANNELS)
DAY = date(2025, 5, 1)


def test_interest_is_an_answer_and_opening_is_not(bank):
    for number, kind in enumerate(["clicked", "interested", "bought", "opened", "refused", None], 1):
        contact(bank, number, number, DAY)
        if kind:
            answer(bank, number, number, DAY + timedelta(days=1), kind)
    contact(bank, 7, 7, DAY)
    answer(bank, 7, 7, DAY + timedelta(days=15), "clicked")
    found = {row["contact_id"]: row["responded"] for row in rows(bank, history_query)}
    assert found == {1: True, 2: True, 3: True, 4: False, 5: False, 6: False, 7: False}


def test_service_messages_and_failed_contacts_are_no_history(bank):
    contact(bank, 1, 1, DAY, purpose="service")
    contact(bank, 2, 1, DAY, outcome="failed")
    contact(bank, 3, 1, DAY, outcome="unknown")
    assert [row["contact_id"] for row in rows(bank, history_query)] == [3]


def test_parts_of_the_day(bank):
    for hour in (8, 10, 11, 13, 14, 17, 18, 22):
        contact(bank, hour, 1, DAY, hour=hour)
    found = {row["contact_id"]: row["daypart"] for row in rows(bank, history_query)}
    assert found == {8: "morning", 10: "morning", 11: "midday", 13: "midday", 14: "afternoon", 17: "afternoon",
                     18: "evening", 22: "evening"}  # fmt: skip


def test_the_state_knows_only_days_before_the_contact(bank):
    contact(bank, 1, 1, DAY)
    contact(bank, 2, 1, DAY, channel="app")
    contact(bank, 3, 1, DAY + timedelta(days=2))
    contact(bank, 4, 1, DAY + timedelta(days=5))
    answer(bank, 1, 1, DAY + timedelta(days=2), "clicked")  # known from the next day on
    found = {row["contact_id"]: row for row in rows(bank, BEFORE)}
    assert (found[1]["sms_contacts"], found[2]["sms_contacts"]) == (0, 0)
    assert (found[3]["sms_contacts"], found[3]["app_contacts"], found[3]["sms_positives"]) == (1, 1, 0)
    assert (found[4]["sms_contacts"], found[4]["sms_positives"]) == (2, 1)
    assert found[3]["as_of"] == DAY + timedelta(days=2)


def test_the_state_before_each_contact_is_that_of_the_night_before(bank):
    chance = random.Random(4)
    for number in range(1, 120):
        day = date(2025, 3, 1) + timedelta(days=chance.randrange(90))
        contact(bank, number, chance.randrange(1, 6), day, channel=chance.choice(CHANNELS))
        if chance.random() < 0.5:
            party = bank.rows["contact"][-1]["party_id"]
            answer(bank, number, party, day + timedelta(days=chance.randrange(4)),
                   chance.choice(["clicked", "opened", "refused"]))  # fmt: skip
    before = rows(bank, BEFORE)
    names = [name for name in before[0] if name.startswith(CHANNELS)]
    for row in chance.sample(before, 5):
        bank.as_of = row["as_of"] - timedelta(days=1)
        known = {one["customer_id"]: one for one in rows(bank, NOW)}.get(row["customer_id"], {})
        assert {name: row[name] for name in names} == {name: known.get(name, 0) for name in names}


def test_consent_is_the_newest_word_of_the_channel_and_of_all(bank):
    def decided(party, channel, granted, day, **fields):
        count = len(bank.rows["consent"]) + 1
        bank.add("consent", {"consent_id": count, "party_id": party, "channel": channel, "purpose": "marketing",
                             "granted": granted, "decided_at": day, **fields})  # fmt: skip

    decided(1, "all", True, DAY)
    decided(1, "sms", False, DAY + timedelta(days=1))
    decided(2, "sms", True, DAY, expires_on=date(2025, 6, 1))
    decided(3, "app", True, DAY)
    decided(3, "all", False, DAY)
    bank.add("party", {"party_id": 4, "system": "core", "email_token": "e"})
    found = {row["customer_id"]: row for row in rows(bank, CONSENT)}
    assert [(found[n]["may_sms"], found[n]["may_app"]) for n in (1, 2, 3, 4)] == [
        (False, True), (False, False), (False, False), (False, False),
    ]  # fmt: skip
    assert [found[n]["has_email"] for n in (1, 4)] == [False, True]
