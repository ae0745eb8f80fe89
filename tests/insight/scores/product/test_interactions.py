from __future__ import annotations

from datetime import date, datetime
from importlib import resources

import pytest

from kequn.insight.scores import product as family


def run(bank, file, column):
    text = resources.files(family).joinpath(file).read_text("utf-8")
    return {row["customer_id"]: row[column] for row in bank.query(text, file)}


@pytest.fixture
def town(bank):
    bank.as_of = date(2025, 6, 30)
    codes = ("DEP1", "WEA1", "FUN1", "CAR1", "LOA1")
    bank.add(
        "product", *({"product_id": code, "product_class": "x", "name_zh": code, "name_en": code} for code in codes)
    )
    return bank


def bought(bank, number, party, at, outcome="done"):
    row = {"purchase_id": number, "party_id": party, "product_id": "FUN1", "happened_at": at, "outcome": outcome}
    bank.add("purchase", row)


def card(bank, number, **fields):
    bank.add("card", {"card_id": number, "party_id": number, "kind": "credit", "product_id": "CAR1", **fields})


def test_each_sign_says_what_happened_and_when(town):
    town.account(1, 7, {}, product_id="DEP1", opened_on=date(2025, 6, 1))
    town.account(2, 7, {}, product_id="WEA1", opened_on=date(2025, 1, 1), matures_on=date(2025, 7, 10))
    town.account(3, 7, {}, product_id="FUN1", opened_on=date(2024, 1, 1), closed_on=date(2025, 6, 20))
    for number, outcome in enumerate(("done", "failed", "abandoned")):
        bought(town, number, 7, datetime(2025, 6, 28, 23, 59), outcome)
    view = {"event_id": 1, "party_id": 7, "happened_at": datetime(2025, 6, 30, 9), "kind": "view_product"}
    town.add("app_event", view | {"product_id": "WEA1"})
    expected = "h:29:DEP1,a:2:FUN1,d:2:FUN1,e:10:FUN1,f:2:FUN1,h:180:WEA1,r:10:WEA1,v:0:WEA1"
    assert run(town, "interactions.sql", "interactions") == {7: expected}


def test_cards_and_loans_are_held_until_they_end(town):
    card(town, 1, issued_on=date(2025, 6, 29), status="closed")
    card(town, 2, issued_on=date(2020, 6, 29), expires_on=date(2025, 6, 29), status="active")
    loan = {"loan_id": 1, "party_id": 3, "kind": "car", "product_id": "LOA1", "amount_fen": 1}
    town.add("loan", loan | {"granted_on": date(2025, 5, 31), "closed_on": date(2025, 7, 1)})
    found = run(town, "interactions.sql", "interactions")
    # A card's status is of today, not of as_of: it does not count.
    assert found == {1: "h:1:CAR1", 2: "e:1:CAR1", 3: "h:30:LOA1"}


def test_nothing_later_than_as_of_is_seen_nor_what_is_not_on_the_shelf(town):
    town.account(1, 1, {}, product_id="DEP1", opened_on=date(2025, 7, 1))
    town.account(2, 1, {}, product_id="OLD1", opened_on=date(2025, 1, 1))
    town.account(3, 2, {}, product_id="FUN1", opened_on=date(2025, 1, 1), closed_on=date(2025, 7, 1))
    bought(town, 1, 1, datetime(2025, 7, 1, 0, 0))
    assert run(town, "interactions.sql", "interactions") == {2: "h:180:FUN1"}


def test_taken_is_what_began_within_the_window(town):
    first = date(2025, 4, 2)  # the first of 90 days
    town.account(1, 1, {}, product_id="DEP1", opened_on=first)
    town.account(2, 1, {}, product_id="DEP1", opened_on=town.as_of)
    town.account(3, 1, {}, product_id="WEA1", opened_on=date(2025, 4, 1))
    bought(town, 1, 1, datetime(2025, 6, 30, 23))
    bought(town, 2, 2, datetime(2025, 6, 30, 23), "failed")
    assert run(town, "taken.sql", "taken") == {1: "DEP1,FUN1"}
