"""Drift: counted batch by batch in the bins of the fit, levels by thresholds, and the AUC that came true."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pyarrow as pa
import pytest

from kequn.errors import KequnError
from kequn.insight.scores import drift, metrics
from kequn.insight.scores.encoding import Feature, learned
from kequn.insight.scores.model import Model
from kequn.workspace import Settings

NAMES = ["aum", "tier", "app"]
SETTINGS = Settings.load()


def customers(seed, rows=5000, shift=0.0, tiers=("gold", "mass"), share=0.3):
    chance = np.random.default_rng(seed)
    tier = pa.array([None if each == "none" else each for each in chance.choice(tiers, rows)], pa.string())
    table = pa.table({
        "aum": pa.array(chance.normal(shift, 1, rows)), "tier": tier, "app": chance.random(rows) < share,
    })  # fmt: skip
    return table, chance.beta(2, 8, rows)


def fitted(table, scores, **about):
    features = [learned(table, name) for name in NAMES]
    kept = drift.distributions(table, features, scores, 10)
    names = [{"name": "aum", "zh": "金融资产", "en": "AUM"}]
    return Model("attrition", {}, {"distributions": kept, "features": names, **about})


@pytest.fixture(scope="module")
def model():
    return fitted(*customers(1))


def levels(model, table, scores):
    rows = drift.drifted(model, table, scores, SETTINGS).to_pylist()
    return {row["feature"]: row["level"] for row in rows}, rows


def test_the_same_customers_do_not_drift_and_like_ones_hardly(model):
    same, rows = levels(model, *customers(1))
    assert set(same.values()) == {"steady"}
    assert [row["psi"] for row in rows] == [0.0] * 4
    like, rows = levels(model, *customers(2))
    assert set(like.values()) == {"steady"}
    assert max(row["psi"] for row in rows) < 0.02


def test_a_shift_is_found_where_it_is_and_said_in_words(model):
    found, rows = levels(model, *customers(2, shift=1.0))
    assert found == {"score": "steady", "aum": "warn", "tier": "steady", "app": "steady"}
    assert [row["feature"] for row in rows][:2] == ["score", "aum"]
    assert rows[1]["words_en"].startswith("AUM has shifted far")
    assert rows[1]["words_zh"].startswith("金融资产：分布变化大")
    assert f"{rows[1]['psi']:.3f}" in rows[1]["words_zh"]


def test_the_index_of_a_number_against_plain_counting(model):
    table, scores = customers(3, shift=0.4)
    aum, before = table["aum"].to_numpy(), customers(1)[0]["aum"].to_numpy()
    edges = [-math.inf, *(sorted(before)[500 * step - 1] for step in range(1, 10)), math.inf]
    counts = [
        [sum(low < value <= high for value in values) for low, high in itertools.pairwise(edges)]
        for values in (before, aum)
    ]
    _, rows = levels(model, table, scores)
    found = next(row["psi"] for row in rows if row["feature"] == "aum")
    assert found == pytest.approx(metrics.psi(*counts))


def test_new_categories_and_missing_values_are_drift(model):
    assert levels(model, *customers(2, tiers=("gold", "mass", "platinum")))[0]["tier"] == "warn"
    assert levels(model, *customers(2, tiers=("gold", "mass", "none")))[0]["tier"] == "warn"
    table, scores = customers(2)
    empty = table.set_column(0, "aum", pa.array([math.inf] * 1000 + table["aum"].to_pylist()[1000:]))
    assert levels(model, empty, scores)[0]["aum"] == "warn"
    assert levels(model, *customers(2, share=0.55))[0]["app"] == "warn"
    assert levels(model, table, np.clip(scores * 2, 0, 1))[0]["score"] == "warn"


def test_batches_add_up_in_any_cut(model):
    table, scores = customers(4, 1000, shift=0.3)
    kept = json.loads(json.dumps(model.about["distributions"]))
    cuts = [0, 1, 400, 400, 1000]
    batches = [drift.counted(kept, table.slice(a, b - a), scores[a:b]) for a, b in itertools.pairwise(cuts)]
    whole = drift.drifted(model, table, scores, SETTINGS)
    assert drift.drift(model, pa.Table.from_batches(batches), SETTINGS) == whole


def test_thresholds_are_the_banks(model):
    strict = SETTINGS.changed(scores__psi_watch=1e-9, scores__psi_warn=1e9)
    found = drift.drifted(model, *customers(2), strict)
    assert set(found["level"].to_pylist()) == {"watch"}


def test_repeated_values_make_fewer_bins():
    table = pa.table({"n": [0.0] * 90 + [5.0] * 10})
    kept = drift.distributions(table, [Feature("n", "number")], np.full(100, 0.5))
    assert (kept["n"]["edges"], kept["n"]["rows"]) == ([0.0], [90, 10, 0])
    assert kept["score"]["rows"] == [100, 0, 0]


def test_a_last_digit_moves_nothing_into_another_bin():
    chance = np.random.default_rng(5).choice([0.1, 0.7 - 0.4, 0.6], 900)
    table = pa.table({"n": chance * 1e9})
    model = Model("value", {}, {"distributions": drift.distributions(table, [Feature("n", "number")], chance)})
    again = pa.table({"n": np.nextafter(chance * 1e9, np.inf)})
    rows = drift.drifted(model, again, np.nextafter(chance, np.inf), SETTINGS).to_pylist()
    assert [row["psi"] for row in rows] == [0.0, 0.0]


def test_no_rows_is_not_steady(model):
    table, scores = customers(2)
    rows = drift.drifted(model, table.slice(0, 0), scores[:0], SETTINGS).to_pylist()
    assert {row["psi"] for row in rows} == {None}
    assert {row["level"] for row in rows} == {"watch"}
    assert "no rows" in rows[0]["words_en"]


def test_a_model_that_kept_nothing_is_named(model):
    with pytest.raises(KequnError, match="keeps no distributions"):
        drift.drifted(Model("value", {}, {}), *customers(2), SETTINGS)
    with pytest.raises(KequnError, match="no column tier"):
        drift.drifted(model, customers(2)[0].drop(["tier"]), customers(2)[1], SETTINGS)


def outcomes(p, seed=1):
    chance = np.random.default_rng(seed)
    label = [bool(each) for each in chance.random(p.size) < p]
    return pa.table({"customer_id": np.arange(p.size)[::-1], "outcome": pa.array(label[::-1])})


def test_the_realised_ranking_beside_that_of_the_validation():
    p = np.random.default_rng(1).beta(1, 5, 4000)
    scores = pa.table({"customer_id": np.arange(4000), "probability": p})
    known = outcomes(p)
    label = known.sort_by("customer_id")["outcome"].to_numpy()
    true = metrics.auc(label.astype(float), p)
    for fall, level in ((0.0, "steady"), (0.03, "watch"), (0.2, "warn")):
        model = Model("attrition", {}, {"metrics": {"pooled": {"auc": true + fall}}})
        found = drift.realised(model, scores, known, SETTINGS)
        assert found["auc"] == pytest.approx(true)
        assert found["fall"] == pytest.approx(fall)
        assert (found["rows"], found["positives"], found["level"]) == (4000, int(label.sum()), level)


def test_outcomes_that_are_not_known_do_not_count():
    scores = pa.table({"customer_id": [1, 2, 3, 4], "probability": [0.9, 0.1, 0.5, 0.2]})
    known = pa.table({"customer_id": [1, 2, 3, 9], "outcome": [True, False, None, True]})
    found = drift.realised(Model("attrition", {}, {}), scores, known, SETTINGS)
    assert found == {"rows": 2, "positives": 1, "auc": 1.0, "at_fit": None, "fall": None, "level": None}
    none = drift.realised(Model("attrition", {}, {}), scores, known.slice(1, 1), SETTINGS)
    assert (none["rows"], none["auc"]) == (1, None)
