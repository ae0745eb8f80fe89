from __future__ import annotations

from dataclasses import replace

import pytest

from kequn.decisions.bids import Product
from kequn.decisions.takers import taker_columns, taker_query

PRODUCTS = {"DEP1": Product(product_class="deposit"), "CAR1": Product(product_class="card")}


@pytest.fixture
def here(terms, campaign, offer):
    offers = (
        offer(channels=("sms", "app")), offer(name="card", product="CAR1"), offer(name="plain", benefit="gift"),
        offer(name="service", benefit="gift", product_class="service"),
    )  # fmt: skip
    return terms(campaign(offers=offers), products=PRODUCTS)


def takers(small, here, **settings) -> dict[int, dict]:
    parameters = replace(small.parameters, settings=small.parameters.settings.changed(**settings))
    rows = small.build.engine.fetch(taker_query(parameters, small.build.columns, here)).to_pylist()
    assert {len(row) for row in rows} == {1 + len(taker_columns(here))}
    return {row.pop("customer_id"): row for row in rows}


@pytest.fixture
def scored(small):
    """Three customers of whom the third is not scored."""
    small.customers([{"customer_id": n} for n in (1, 2, 3)])
    uplift = {"customer_id": "BIGINT", "product_class": "VARCHAR", "response": "DOUBLE", "uplift": "DOUBLE"}
    small.put("score_uplift", [
        {"customer_id": n, "product_class": name, "response": n / 10 + bonus, "uplift": bonus - n / 100}
        for n in (1, 2) for name, bonus in (("deposit", 0.5), ("card", 0.25))
    ], uplift)  # fmt: skip
    value = {"customer_id": "BIGINT", "product_class": "VARCHAR", "value_fen": "BIGINT"}
    small.put("score_value", [
        {"customer_id": 1, "product_class": "deposit", "value_fen": 2**53 - 1},
        {"customer_id": 2, "product_class": "deposit", "value_fen": -5},
    ], value)  # fmt: skip
    channel = {"customer_id": "BIGINT", "channel": "VARCHAR", "probability": "DOUBLE"}
    small.put("score_channel", [
        {"customer_id": n, "channel": name, "probability": p}
        for n in (1, 2) for name, p in (("sms", 0.1 * n), ("app", 0.3), ("rm", None), ("email", 0.2))
    ], channel)  # fmt: skip
    return small


def test_columns_follow_from_classes_and_channels(here):
    assert taker_columns(here) == [
        "response_card", "response_deposit", "response_service", "value_card", "value_deposit", "value_service",
        "chance_app", "chance_sms", "chance_mean",
    ]  # fmt: skip


def test_without_scores_nothing_is_known(small, here):
    small.customers([{"customer_id": 1}])
    assert takers(small, here) == {1: dict.fromkeys(taker_columns(here))}


def test_scores_speak_of_the_classes_that_they_know(scored, here):
    found = takers(scored, here)
    assert found[1]["response_deposit"] == pytest.approx(0.6)
    assert found[2]["response_card"] == pytest.approx(0.45)
    assert [found[n]["value_deposit"] for n in (1, 2, 3)] == [2**53 - 1, -5, None]
    assert {found[n][f"{kind}_service"] for n in (1, 2, 3) for kind in ("response", "value")} == {None}
    assert found[3] == dict.fromkeys(taker_columns(here))


def test_the_basis_is_a_setting(scored, here):
    assert takers(scored, here, decisions__basis="uplift")[2]["response_card"] == pytest.approx(0.23)


def test_a_channel_is_seen_against_the_mean_of_those_that_are_scored(scored, here):
    found = takers(scored, here)[2]
    assert (found["chance_sms"], found["chance_app"]) == (0.2, 0.3)
    assert found["chance_mean"] == pytest.approx((0.2 + 0.3 + 0.2) / 3)


def test_product_chances_stand_in_where_there_is_no_uplift(small, here):
    small.customers([{"customer_id": 1}, {"customer_id": 2}])
    columns = {"customer_id": "BIGINT", "chance_deposit": "DOUBLE"}
    small.put("score_class", [{"customer_id": 1, "chance_deposit": 0.125}], columns)
    found = takers(small, here)
    assert (found[1]["response_deposit"], found[1]["response_card"]) == (0.125, None)
    assert found[2]["response_deposit"] is None
