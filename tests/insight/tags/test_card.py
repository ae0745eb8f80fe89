"""Cards and the social-security account against sums over every card."""

from __future__ import annotations

import random
from datetime import date, timedelta
from fractions import Fraction

import pytest

LEVELS = ("junior", "classic", "gold", "platinum", "diamond", "private")


def random_cards(bank, chance):
    for number in range(200):
        money = [chance.choice([None, 0, chance.randint(1, 10**8)]) for _ in range(4)]
        bank.add("card", {
            "card_id": number, "party_id": chance.randint(1, 40), "kind": chance.choice(["credit", "debit"]),
            "level": chance.choice([None, *LEVELS]),
            "status": chance.choice(["active", "active", "inactive", "blocked", "closed"]),
            "issued_on": date(2020, 1, 1), "limit_fen": money[0], "balance_fen": money[1], "bill_fen": money[2],
            "instalment_fen": money[3],
            "last_used_on": chance.choice([None, bank.as_of - timedelta(days=chance.randint(0, 900))]),
        })  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
def test_every_card_counts(bank, seed):
    random_cards(bank, random.Random(seed))
    for customer, row in bank.run("card").items():
        cards = [card for card in bank.rows["card"] if card["party_id"] == customer]
        check_credit(row, [card for card in cards if card["kind"] == "credit"])
        check_any(row, cards, bank.as_of)


def check_credit(row, cards):
    active = [card for card in cards if card["status"] == "active"]
    assert row["credit_card_count"] == len(active)
    limit = sum(card["limit_fen"] or 0 for card in active)
    used = sum(card["balance_fen"] or 0 for card in active if card["limit_fen"])
    assert row["credit_limit"] == limit
    assert row["credit_used_share"] == (pytest.approx(float(Fraction(used, limit))) if limit else None)
    standing = [card for card in cards if card["status"] != "closed"]
    assert row["card_bill"] == sum(card["bill_fen"] or 0 for card in standing)
    assert row["card_instalment"] == sum(card["instalment_fen"] or 0 for card in standing)


def check_any(row, cards, as_of):
    used = [card["last_used_on"] for card in cards if card["last_used_on"]]
    assert row["days_since_card_used"] == ((as_of - max(used)).days if used else None)
    levels = [card["level"] for card in cards if card["status"] == "active" and card["level"]]
    assert row["best_card_level"] == max(levels, key=LEVELS.index, default=None)
    assert row["debit_card_count"] == sum(card["kind"] == "debit" and card["status"] == "active" for card in cards)
    assert row["inactive_card_count"] == sum(card["status"] == "inactive" for card in cards)


def test_social_security_account_awake_asleep_and_closed(bank):
    today, before = bank.as_of, date(2025, 1, 1)
    states = {1: before, 2: None, 3: today + timedelta(days=1)}
    for party, activated in states.items():
        bank.account(party, party, {before: 0}, purpose="social_security", activated_on=activated)
    bank.account(4, 4, {before: 0}, purpose="social_security", closed_on=today)
    bank.account(5, 5, {before: 0}, activated_on=None)
    bank.account(6, 2, {before: 0}, purpose="social_security", activated_on=None)
    bank.account(7, 1, {before: 0}, purpose="social_security", activated_on=None)
    found = bank.run("card")
    assert [found[party]["social_security_account"] for party in range(1, 6)] == [True, True, True, False, False]
    assert [found[party]["social_security_inactive"] for party in range(1, 6)] == [False, True, True, False, False]
