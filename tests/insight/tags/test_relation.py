"""Households and guarantors, against a walk over pairs in plain Python."""

import random
from datetime import date


def test_households_against_pairs(bank):
    chance = random.Random(5)
    bank.customers = {party: party % 7 for party in range(1, 21)}
    aum = dict.fromkeys(range(7), 0)
    for party, customer in bank.customers.items():
        fen = chance.randrange(1, 10**6)
        bank.account(party, party, {date(2025, 1, 1): fen})
        aum[customer] += fen
    ties = {customer: set() for customer in range(7)}
    guarantors = set()
    pairs = {
        (chance.randrange(1, 21), chance.randrange(1, 21), chance.choice(["household", "guarantor"])) for _ in range(12)
    }
    for party, other, kind in pairs | {(3, 3, "household"), (4, 11, "guarantor")}:
        bank.add("relation", {"party_id": party, "related_party_id": other, "kind": kind})
        one, two = bank.customers[party], bank.customers[other]
        if one != two and kind == "household":
            ties[one].add(two)
            ties[two].add(one)
        if one != two and kind == "guarantor":
            guarantors.add(two)
    found = bank.run("relation")
    for customer, others in ties.items():
        row = found[customer]
        assert row["household_size"] == 1 + len(others)
        assert row["household_aum"] == aum[customer] + sum(aum[other] for other in others)
        assert row["is_guarantor"] == (customer in guarantors)


def test_a_customer_alone(bank):
    bank.account(1, 1, {date(2025, 1, 1): 500})
    bank.add("relation", {"party_id": 1, "related_party_id": 2, "kind": "employer"})
    row = bank.run("relation")[1]
    assert (row["household_size"], row["household_aum"], row["is_guarantor"]) == (1, 500, False)
