from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from kequn.errors import KequnError
from kequn.insight.scores.model import Model
from kequn.insight.scores.product import liking, score
from kequn.insight.scores.product.packing import unpacked
from kequn.insight.scores.product.reasons import PLAIN
from kequn.insight.scores.product.recommend import PICKS, best
from kequn.insight.scores.product.shelf import Shelf
from kequn.insight.scores.product.signs import interests, read

from .conftest import DATES, SCHEMA, shelf_table


def customer(**changes):
    row = {
        "customer_id": 1, "as_of": DATES[-1], "interactions": None, "age": 40, "region": "R1", "tier": "gold",
        "aum": 10_000_000, "risk_tolerance": 5, "assessment_valid": True, "personalisation_refused": False,
        "risk_signal": False, "has_rm": True, "inflow_30d": 100, "payroll": False,
    }  # fmt: skip
    return row | changes


def table(*rows):
    return pa.Table.from_pylist(list(rows), pa.schema([*pa.Table.from_pylist([customer(interactions="")]).schema]))


def test_the_best_are_those_of_a_plain_sort():
    chance = np.random.default_rng(8)
    scores = (chance.random((300, 50)) * (chance.random((300, 50)) < 0.4)).astype(np.float32)
    value, place = best(scores, 7)
    for row in range(300):
        expected = sorted(range(50), key=lambda item: (-scores[row, item], item))[:7]
        assert place[row].tolist() == expected
        assert value[row].tolist() == scores[row, expected].tolist()
    assert best(scores[:, :3], 7)[1].shape == (300, 3)


def test_scores_are_chances_that_add_up_to_those_of_the_classes(recommender, today):
    cut = today.slice(0, 200).combine_chunks()
    chance, _ = recommender.chances(cut)
    shelf = recommender.shelf
    from kequn.insight.scores.product.masks import people

    who, signs = people(cut, recommender.knobs.rules, recommender.day), read(cut["interactions"], shelf)
    found = recommender.scores(who, signs, interests(signs, len(shelf), recommender.knobs.weights), chance)
    free = ~who.refused & ~who.signal
    sums = np.add.reduceat(found, shelf.starts, axis=1)
    can = recommender.gates.open(who, signs)
    for place in range(len(shelf.classes)):
        some = free & (can[:, shelf.class_of == place].any(axis=1))
        np.testing.assert_allclose(sums[some, place], np.maximum(chance[some, place], 1e-9), rtol=1e-4)


def test_customers_scored_apart_score_the_same(model, today):
    whole = score(model, today)
    parts = [score(model, today.slice(start, 611)) for start in range(0, today.num_rows, 611)]
    assert pa.concat_tables(parts).equals(whole)
    assert whole.schema == PICKS


def test_a_model_from_its_parts_scores_the_same(model, today):
    again = Model(model.family, dict(model.parts), dict(model.about))
    assert again.version == model.version
    assert score(again, today).equals(score(model, today))


def test_who_refused_gets_what_everyone_gets_and_who_is_under_a_signal_nothing(model):
    signs = "h:10:WEA0,v:1:WEA3,v:2:WEA3"
    found = score(model, table(
        customer(personalisation_refused=True),
        customer(customer_id=2, personalisation_refused=True, interactions=signs),
        customer(customer_id=3, risk_signal=True, interactions=signs),
    ))  # fmt: skip
    rows = found.to_pylist()
    first, second = ([row["product_id"] for row in rows if row["customer_id"] == one] for one in (1, 2))
    assert first == second
    assert {row["reason_en"] for row in rows} == {"popular with all customers"}
    assert 3 not in found["customer_id"].to_pylist()
    wealth = liking(model, table(customer(personalisation_refused=True, interactions=signs), customer(customer_id=2)))
    assert wealth["wealth"][0].as_py() == pytest.approx(unpacked(model).rates["wealth"])


def test_a_cold_customer_gets_an_answer_that_says_so(model):
    rows = score(model, table(customer())).to_pylist()
    assert len(rows) == 5
    assert any("little" in row["reason_en"] for row in rows)


def test_a_new_product_is_shown_by_its_kind_and_says_so(model, shelf):
    new = dict(shelf.to_pylist()[5], product_id="WEA9", name_zh="新品", name_en="Newcomer", listed_on=date(2025, 12, 1))
    wider = pa.concat_tables([shelf, pa.Table.from_pylist([new], SCHEMA)])
    ranker = unpacked(model, Shelf.of(wider, ("wealth",)), np.datetime64(DATES[-1]))
    place = ranker.shelf.products.index("WEA9")
    alike = [ranker.shelf.products.index(f"WEA{n}") for n in range(6)]
    assert ranker.popular[place] == pytest.approx(ranker.items.takers[alike].mean(), rel=1e-6)
    rows = score(model, table(customer()), shelf=wider).to_pylist()
    ranker = unpacked(model, Shelf.of(wider, ()), np.datetime64(DATES[-1]), None)
    batch = table(customer()).combine_chunks()
    every = ranker.scores(*_given(ranker, batch))
    assert every[0, place] > 0
    assert {row["reason_en"] for row in rows if row["product_id"] == "WEA9"} <= {PLAIN[3][1]}


def _given(ranker, batch):
    from kequn.insight.scores.product.masks import people

    signs = read(batch["interactions"], ranker.shelf)
    seen = interests(signs, len(ranker.shelf), ranker.knobs.weights)
    return people(batch, ranker.knobs.rules, ranker.day), signs, seen, ranker.chances(batch)[0]


def test_a_product_that_was_withdrawn_is_gone(model, today):
    first = score(model, today)
    code = first["product_id"][0].as_py()
    gone = shelf_table(**{code: {"withdrawn_on": DATES[-1]}})
    assert code not in score(model, today, shelf=gone)["product_id"].to_pylist()
    rest = shelf_table().filter(pa.array([c != code for c in shelf_table()["product_id"].to_pylist()]))
    assert code not in score(model, today, shelf=rest)["product_id"].to_pylist()


def test_another_shelf_and_bad_tables_are_refused(model, today):
    other = pa.table({"product_id": ["X1", "X2"], "product_class": ["fund", "fund"]})
    with pytest.raises(KequnError, match="fitted on another shelf"):
        score(model, today, shelf=other)
    with pytest.raises(KequnError, match="repeat a customer"):
        score(model, table(customer(), customer()))
    with pytest.raises(KequnError, match="no column interactions"):
        score(model, today.drop_columns(["interactions"]))
    with pytest.raises(KequnError, match="inflow_30d"):
        score(model, today.drop_columns(["inflow_30d"]))
    with pytest.raises(KequnError, match="family attrition"):
        score(Model("attrition", model.parts, {}), today)
    assert score(model, today.slice(0, 0)).num_rows == 0


def test_a_reason_is_the_largest_contribution(recommender, model, today):
    """Against a plain calculation: one customer, one product, one sign at a time."""
    shelf, weighing = recommender.shelf, recommender.weighing
    cut = today.slice(0, 60)
    texts = {row["customer_id"]: row["interactions"] for row in cut.to_pylist()}
    refused = {row["customer_id"] for row in cut.to_pylist() if row["personalisation_refused"]}
    named = 0
    for row in score(model, cut).to_pylist():
        if row["customer_id"] in refused:
            continue
        item = shelf.products.index(row["product_id"])
        seen = interests(
            read(pa.array([texts[row["customer_id"]]], pa.string()), shelf), len(shelf), recommender.knobs.weights
        )
        brings = {
            int(other): (float(weight) - float(weighing.usual[other])) * float(weighing.by_signs[other, item])
            for other, weight in zip(seen.item, seen.weight, strict=True)
        }
        top = max(brings, key=lambda other: brings[other], default=-1)
        if top >= 0 and brings[top] > max(float(weighing.popular[item]), 0) + 1e-6:
            named += 1
            if top == item:
                assert row["reason_en"] == "held already, and often taken again"
            else:
                assert row["reason_en"] == f"held by customers like you who hold {shelf.en[top]}"
                assert shelf.zh[top] in row["reason_zh"]
        elif top < 0 or brings[top] < max(float(weighing.popular[item]), 0) - 1e-6:
            assert row["reason_en"] in {PLAIN[1][1], PLAIN[2][1], PLAIN[3][1]}
    assert named > 20


def test_views_of_this_week_and_what_runs_out_are_said(recommender):
    shelf, weighing = recommender.shelf, recommender.weighing
    code = shelf.products[-1]
    place, size = len(shelf) - 1, len(shelf)
    own = np.zeros((size, size), np.float32)
    own[place, place] = 9
    from dataclasses import replace

    plain = replace(weighing, by_signs=own, few=np.zeros(size, bool), popular=np.zeros(size))
    texts = [
        f"v:1:{code}",
        f"v:1:{code},v:6:{code}",
        f"v:7:{code}",
        f"f:1:{code}",
        f"e:1:{code}",
        f"h:5:{code},r:20:{code}",
    ]
    seen = interests(read(pa.array(texts), shelf), size, recommender.knobs.weights)
    due = np.zeros((6, len(shelf.classes)))
    due[5] = 99
    numbers = plain.of(np.full((6, 1), place), seen, due, np.zeros(6, bool)).ravel()
    zh, en = plain.reasons.texts
    assert en.take(pa.array(numbers)).to_pylist() == [
        "viewed once this week", "viewed twice this week", "viewed recently", "a purchase was begun and not finished",
        "taken before", f"your {shelf.en[place]} is about to mature",
    ]  # fmt: skip
    assert zh[int(numbers[5])].as_py() == f"您持有的{shelf.zh[place]}即将到期"
    assert len(zh) == len(en)
