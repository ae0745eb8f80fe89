"""Suitability, consent and risk signals."""

import random
from datetime import date, datetime, timedelta

import pytest

AS_OF = date(2025, 6, 17)
CHANNELS = {
    "consent_sms": "sms",
    "consent_ai_call": "ai_call",
    "consent_agent_call": "agent_call",
    "consent_app": "app",
    "consent_wecom": "wecom",
}


def consent(bank, number, party, *, at, granted, channel, purpose, expires):
    bank.add("consent", {
        "consent_id": number, "party_id": party, "channel": channel, "purpose": purpose, "granted": granted,
        "decided_at": at, "expires_on": expires,
    })  # fmt: skip


def allowed(decisions, channel):
    """The newest decision for the channel or for all; at one instant a no wins; an expired yes is a no."""
    heard = [d for d in decisions if d["purpose"] == "marketing" and d["channel"] in (channel, "all")]
    if not heard:
        return False
    newest = max(d["at"] for d in heard)
    return all(d["granted"] and (d["expires"] is None or d["expires"] >= AS_OF) for d in heard if d["at"] == newest)


def test_consent_against_plain_rules(bank):
    chance = random.Random(2)
    bank.customers = {1: 1, 2: 1} | {party: party for party in range(3, 40)}
    made = {}
    for number in range(220):
        party = chance.randrange(1, 40)
        decision = {
            "at": datetime(2025, 1, 1, chance.randrange(3)) + timedelta(days=chance.randrange(6)),
            "granted": chance.random() < 0.6,
            "channel": chance.choice([*CHANNELS.values(), "all", "email"]),
            "purpose": chance.choice(["marketing", "marketing", "service", "personalisation"]),
            "expires": chance.choice([None, AS_OF, AS_OF - timedelta(days=1)]),
        }
        made.setdefault(bank.customers[party], []).append(decision)
        consent(bank, number, party, **decision)
    found = bank.run("risk")
    for customer, decisions in made.items():
        row = found[customer]
        for tag, channel in CHANNELS.items():
            assert row[tag] == allowed(decisions, channel), (customer, tag)
        assert row["consent_call"] == (row["consent_ai_call"] or row["consent_agent_call"])
        personal = [d for d in decisions if d["purpose"] == "personalisation"]
        newest = max((d["at"] for d in personal), default=None)
        assert row["personalisation_refused"] == any(not d["granted"] for d in personal if d["at"] == newest)


def test_unknown_is_no(bank):
    bank.add("party", {"party_id": 1, "system": "core"})
    row = bank.run("risk")[1]
    assert not any(row[tag] for tag in CHANNELS)
    assert not row["personalisation_refused"]
    assert not row["risk_signal"]
    assert not row["assessment_valid"]
    assert row["risk_tolerance"] is None


@pytest.mark.parametrize(
    ("assessed_on", "valid"), [(date(2024, 6, 18), True), (date(2024, 6, 17), False), (AS_OF, True)]
)
def test_an_assessment_is_valid_for_a_year(bank, assessed_on, valid):
    bank.add("risk_profile", {"assessment_id": 1, "party_id": 1, "assessed_on": assessed_on, "tolerance": 3})
    row = bank.run("risk")[1]
    assert row["assessment_valid"] is valid
    assert row["days_since_assessment"] == (AS_OF - assessed_on).days


def test_the_newest_assessment_of_any_party(bank):
    bank.customers = {1: 1, 2: 1}
    bank.add(
        "risk_profile",
        {"assessment_id": 7, "party_id": 1, "assessed_on": date(2025, 1, 1), "tolerance": 5},
        {"assessment_id": 9, "party_id": 2, "assessed_on": date(2025, 2, 1), "tolerance": 1},
        {"assessment_id": 8, "party_id": 1, "assessed_on": date(2025, 2, 1), "tolerance": 2},
    )
    assert bank.run("risk")[1]["risk_tolerance"] == 1


def test_signals_stand_until_cleared(bank):
    signals = [
        (1, "open_complaint", None), (1, "fraud", date(2025, 6, 17)), (2, "delinquency", date(2025, 6, 18)),
        (2, "deceased", None), (3, "minor", date(2025, 1, 1)),
    ]  # fmt: skip
    for number, (party, kind, cleared_on) in enumerate(signals):
        bank.add("risk_signal", {
            "signal_id": number, "party_id": party, "kind": kind, "raised_on": date(2024, 1, 1),
            "cleared_on": cleared_on,
        })  # fmt: skip
    found = bank.run("risk")
    assert [found[c]["risk_signal_kind"] for c in (1, 2, 3)] == ["open_complaint", "deceased", None]
    assert [found[c]["risk_signal"] for c in (1, 2, 3)] == [True, True, False]
    assert [found[c]["open_complaint"] for c in (1, 2, 3)] == [True, False, False]
