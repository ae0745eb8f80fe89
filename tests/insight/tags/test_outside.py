"""Own cards at other banks, against a count in plain Python."""

import random
from collections import defaultdict
from datetime import date, timedelta

import pytest

AS_OF = date(2025, 6, 17)
BINS = {
    "900001": ("Harbour Bank", "classic"),
    "900002": ("Harbour Bank", "platinum"),
    "900003": ("River Bank", "diamond"),
    "900004": ("River Bank", "private"),
    "900005": ("Hill Bank", "private"),
    "900006": ("Hill Bank", "gold"),
}
RANK = {"platinum": 3, "diamond": 4, "private": 5}


@pytest.fixture
def bank_with_bins(bank):
    for number, (name, level) in BINS.items():
        bank.add("card_bin", {"bin": number, "bank": name, "level": level, "kind": "debit"})
    return bank


def transfer(bank, account, day, amount, number, **fields):
    name = BINS[number][0] if number in BINS else "Far Bank"
    bank.posting(
        account, day, amount, **{"counterparty_bin": number, "counterparty_bank": name, "own_name": True} | fields
    )


def expected(postings):
    """Tags of one customer from (day, amount, direction, bin) of own transfers."""
    first = date(2024, 7, 1)
    seen = [p for p in postings if first <= p[0] <= AS_OF]
    banks = {BINS[p[3]][0] if p[3] in BINS else "Far Bank" for p in seen}
    cards = defaultdict(list)
    for day, amount, direction, number in seen:
        name, level = BINS.get(number, ("Far Bank", "classic"))
        if level in RANK:
            cards[name, level].append((day, amount, direction))
    row = {"other_bank_count_12m": len(banks), "other_bank_vip_level": None, "other_bank_vip_bank": None}
    amounts = {"other_bank_vip_count_12m": 0, "other_bank_vip_flow_12m": 0, "other_bank_vip_out_12m": 0}
    if cards:
        (name, level), moved = min(cards.items(), key=lambda c: (-RANK[c[0][1]], -sum(m[1] for m in c[1]), c[0][0]))
        row |= {"other_bank_vip_level": level, "other_bank_vip_bank": name}
        amounts = {
            "other_bank_vip_count_12m": len(moved),
            "other_bank_vip_flow_12m": sum(m[1] for m in moved),
            "other_bank_vip_out_12m": sum(m[1] for m in moved if m[2] == "out"),
        }
    return row | amounts


def test_against_a_plain_count(bank_with_bins):
    bank, chance = bank_with_bins, random.Random(3)
    bank.customers = {11: 1, 12: 1, 21: 2, 31: 3, 41: 4}
    made = defaultdict(list)
    for party, customer in bank.customers.items():
        bank.account(party * 10, party, {date(2023, 1, 1): 100})
        for _ in range(chance.randrange(3, 12)):
            day = AS_OF - timedelta(days=chance.randrange(600))
            amount, number = chance.randrange(1, 10**7), chance.choice([*BINS, "999999"])
            direction = chance.choice(["in", "out"])
            transfer(bank, party * 10, day, amount, number, direction=direction)
            made[customer].append((day, amount, direction, number))
    found = bank.run("outside")
    for customer, postings in made.items():
        wanted = expected(postings)
        if wanted["other_bank_count_12m"] == 0:
            assert customer not in found
        else:
            assert found[customer] == {"customer_id": customer} | wanted


def test_other_peoples_cards_and_the_bank_itself_do_not_count(bank_with_bins):
    bank = bank_with_bins
    bank.account(10, 1, {date(2023, 1, 1): 100})
    transfer(bank, 10, AS_OF, 500, "900005", own_name=False)
    transfer(bank, 10, AS_OF, 500, "900005", own_name=None)
    transfer(bank, 10, AS_OF, 500, "999999", counterparty_bank=bank.settings.text("bank.name_zh"))
    assert bank.run("outside") == {}


def test_the_first_day_of_the_eleventh_month_before_counts(bank_with_bins):
    bank = bank_with_bins
    for party, day in ((1, date(2024, 7, 1)), (2, date(2024, 6, 30))):
        bank.account(party, party, {date(2023, 1, 1): 100})
        transfer(bank, party, day, 700, "900004")
    assert set(bank.run("outside")) == {1}
