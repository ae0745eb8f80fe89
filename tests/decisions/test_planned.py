from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from kequn.decisions.bids import Product
from kequn.decisions.planned import PLAN, Picker, plan_query
from kequn.workspace import Settings

DAYPARTS = ("morning", "midday", "afternoon", "evening")
CHOSEN = pa.schema([
    ("customer_id", pa.int64()), ("chosen", pa.int16()), ("priority", pa.int64()), ("paid", pa.int64()),
    ("reduced", pa.int64()), ("propensity", pa.float64()), ("explored", pa.bool_()), ("rank", pa.int16()),
    ("rm", pa.int32()), ("pair", pa.list_(pa.int16())), ("probability", pa.list_(pa.float64())),
    ("value", pa.list_(pa.int64())), *((name, pa.float64()) for name in DAYPARTS),
])  # fmt: skip


@pytest.fixture
def here(terms, campaign, offer):
    spring = campaign("spring", offers=(offer(channels=("app", "rm"), lever=1.5), offer(name="gift", benefit="gift")))
    autumn = campaign("autumn", purpose="service", department="wealth", offers=(offer(channels=("popup",)),))
    products = {"DEP1": Product(product_class="deposit")}
    return terms(autumn, spring, products=products, branch_of={"S1": "B1", "S2": "B2"})


def picked(here, *rows: dict, models: str = "") -> list[dict]:
    usual = {
        "customer_id": 7, "chosen": 1, "priority": 0, "paid": 0, "reduced": 0, "propensity": 1.0, "explored": False,
        "rank": 1, "rm": -1, "pair": [0, 1, 3], "probability": [0.5, 0.25, 0.125], "value": [10, 20, 30],
    }  # fmt: skip
    batch = pa.RecordBatch.from_pylist([usual | row for row in rows], schema=CHOSEN)
    found = Picker(here, Settings.load(), models)(batch)
    assert found.schema == PLAN
    return found.to_pylist()


def test_a_contact_has_the_terms_of_its_pair(here):
    rows = picked(here, {"chosen": 1}, {"chosen": 3, "customer_id": 8, "rank": 2}, {"chosen": 0}, models="value:1")
    told = [(row["campaign"], row["offer"], row["channel"], row["product_id"], row["purpose"]) for row in rows]
    assert told == [
        ("spring", "deposit", "app", "DEP1", "marketing"), ("spring", "gift", "sms", None, "marketing"),
        ("autumn", "deposit", "popup", "DEP1", "service"),
    ]  # fmt: skip
    assert [(row["probability"], row["value_fen"]) for row in rows] == [(0.25, 20), (0.125, 30), (0.5, 10)]
    assert [row["department"] for row in rows] == ["deposits", "deposits", "wealth"]
    assert [(row["lever"], row["cost_fen"]) for row in rows] == [(1.5, 1), (1.0, 5), (1.0, 1)]
    assert [(row["customer_id"], row["rank"]) for row in rows] == [(7, 1), (8, 2), (7, 1)]
    assert {row["planned_day"] for row in rows} == {date(2026, 6, 17)}
    assert {(row["policy"], row["models"]) for row in rows} == {(here.policy.version, "value:1")}
    assert [row["campaign_version"] for row in rows] == [here.campaigns[n].version for n in (1, 1, 0)]


def test_thousandths_become_whole_fen_half_up(here):
    money = {"priority": 1500, "paid": -1500, "reduced": 2499}
    assert [picked(here, money)[0][f"{name}_fen"] for name in ("priority", "price", "gain")] == [2, -1, 2]


def test_only_what_an_rm_does_names_the_rm(here):
    by_rm = {"chosen": 2, "pair": [2], "probability": [0.5], "value": [1]}
    rows = picked(here, by_rm | {"rm": 1}, by_rm | {"rm": 0}, {"rm": 1})
    assert [row["staff_id"] for row in rows] == ["S2", "S1", None]


@pytest.mark.parametrize(
    ("chosen", "chances", "part"),
    [
        (1, (0.1, 0.2, 0.3, 0.15), "afternoon"),
        (1, (0.1, 0.2, 0.3, 0.9), "evening"),
        (0, (0.1, 0.2, 0.3, 0.9), "afternoon"),
        (0, (0.1, 0.1, 0.1, 0.9), "any"),
        (1, (0.2, 0.2, 0.2, 0.2), "any"),
        (1, (None, None, None, None), "any"),
        (1, (None, 0.1, None, None), "midday"),
    ],
)
def test_the_likeliest_part_of_the_day_within_the_channels_hours(here, chosen, chances, part):
    # The app is open from 8 to 21, the counter from 9 to 17.
    assert picked(here, {"chosen": chosen} | dict(zip(DAYPARTS, chances, strict=True)))[0]["daypart"] == part


def test_nothing_chosen_is_an_empty_plan(here):
    assert picked(here) == []


def test_parts_of_a_batch_are_picked_as_the_whole(here):
    rows = [{"chosen": 1}, {"chosen": 3}, {"chosen": 0}]
    batch = pa.RecordBatch.from_pylist(
        [{"customer_id": n, "priority": n, "paid": 0, "reduced": n, "propensity": 1.0, "explored": False, "rank": 1,
          "rm": -1, "pair": [0, 1, 3], "probability": [n, n + 1, n + 2], "value": [n, 10 * n, 100 * n], **row}
         for n, row in enumerate(rows)], schema=CHOSEN,
    )  # fmt: skip
    picker = Picker(here, Settings.load(), "")
    parts = picker(batch.slice(0, 1)).to_pylist() + picker(batch.slice(1)).to_pylist()
    assert parts == picker(batch).to_pylist()


@pytest.mark.parametrize("scored", [False, True])
def test_the_query_gives_a_contact_its_bids_and_chances(small, here, scored):
    small.put("decision_chosen", [{"customer_id": 7, "pair": 1, "rank": 1}], {
        "customer_id": "BIGINT", "pair": "BIGINT", "priority": "BIGINT", "paid": "BIGINT", "reduced": "BIGINT",
        "propensity": "DOUBLE", "explored": "BOOLEAN", "rank": "BIGINT",
    })  # fmt: skip
    small.put("bid", [{"customer_id": n, "rm": n} for n in (7, 8)], {
        "customer_id": "BIGINT", "rm": "BIGINT", "pair": "BIGINT", "probability": "DOUBLE", "value": "BIGINT",
    })  # fmt: skip
    small.put("bid_pair", [{"pair": 0, "channel": "popup"}, {"pair": 1, "channel": "app"}],
              {"pair": "BIGINT", "channel": "VARCHAR"})  # fmt: skip
    chances = [{"customer_id": 7, "channel": name, "evening": p} for name, p in (("app", 0.5), ("popup", 0.25))]
    kinds = {"customer_id": "BIGINT", "channel": "VARCHAR", **dict.fromkeys(DAYPARTS, "DOUBLE")}
    small.put("score_channel", chances, kinds)
    found = small.build.engine.fetch(plan_query(small.parameters, scored)).to_pylist()
    assert [(row["customer_id"], row["chosen"], row["rm"]) for row in found] == [(7, 1, 7)]
    assert found[0]["evening"] == (0.5 if scored else None)
