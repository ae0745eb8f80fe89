"""Boosted trees: learn, say what they miss, add up, and are the same bytes for the same inputs."""

from __future__ import annotations

import importlib
import math

import cloudpickle
import lightgbm
import numpy as np
import pyarrow as pa
import pytest

from kequn.errors import KequnError
from kequn.insight.scores import boosting, metrics
from kequn.insight.scores.boosting import Booster, Feature

ROWS = 3000
NAMES = ["aum fen", "trend:3m", "tier", "app"]
SMALL = {"rounds": 25, "leaves": 7, "min_rows": 20, "learning_rate": 0.1}


def bank(seed, rows=ROWS):
    chance = np.random.default_rng(seed)
    aum, trend = chance.lognormal(10, 2, rows), chance.normal(size=rows)
    tier, app = chance.choice(["gold", "mass", "private"], rows), chance.random(rows) < 0.4
    raw = 1.5 * trend + (tier == "gold") - 0.8 * app - 0.5
    label = (chance.random(rows) < 1 / (1 + np.exp(-raw))).astype(float)
    return pa.table({"aum fen": (aum * 100).astype(int), "trend:3m": trend, "tier": tier, "app": app}), label


@pytest.fixture(scope="module")
def fitted():
    return Booster.fit(*before_label(bank(1)), **SMALL)


def before_label(drawn):
    return drawn[0], NAMES, drawn[1]


def test_it_learns_what_is_there(fitted):
    table, label = bank(2)
    p = fitted.predict(table)
    assert p.shape == (ROWS,)
    assert ((p > 0) & (p < 1)).all()
    assert metrics.auc(label, p) > 0.78
    gains = fitted.importances()
    assert next(iter(gains)) == "trend:3m"
    assert list(gains.values()) == sorted(gains.values(), reverse=True)


def test_it_predicts_as_lightgbm_does_on_the_same_numbers(fitted):
    table, _ = bank(2)
    codes = {"gold": 0, "mass": 1, "private": 2}
    matrix = np.column_stack([
        table["aum fen"].to_numpy(), table["trend:3m"].to_numpy(),
        [codes[tier] for tier in table["tier"].to_pylist()], table["app"].to_numpy(),
    ])  # fmt: skip
    assert (fitted.predict(table) == lightgbm.Booster(model_str=fitted.text).predict(matrix)).all()


def test_contributions_add_up_to_the_raw_score(fitted):
    table, _ = bank(2, 500)
    parts = fitted.contributions(table)
    raw = fitted.predict(table, raw=True)
    assert parts.shape == (500, len(NAMES) + 1)
    assert np.abs(parts.sum(axis=1) - raw).max() < 1e-9
    assert fitted.predict(table) == pytest.approx(1 / (1 + np.exp(-raw)), abs=1e-12)


def test_same_inputs_same_bytes_whatever_the_threads(fitted):
    again = Booster.fit(*before_label(bank(1)), threads=2, **SMALL)
    assert again == fitted
    assert again.parts("pooled") == fitted.parts("pooled")
    other = Booster.fit(*before_label(bank(3)), **SMALL)
    assert other.text != fitted.text


def test_as_text_and_as_pickled_function_it_predicts_the_same(fitted):
    table, _ = bank(2, 200)
    again = Booster.of(fitted.parts("pooled"), "pooled")
    assert again == fitted
    sent = cloudpickle.loads(cloudpickle.dumps(fitted.predict))
    assert (sent(table) == again.predict(table)).all()
    with pytest.raises(KequnError, match=r"no silver\.txt"):
        Booster.of(fitted.parts("pooled"), "silver")


def test_whatever_is_missing_is_treated_and_counted_alike(fitted):
    def row(**changed):
        kinds = {"aum fen": pa.float64(), "trend:3m": pa.float64(), "tier": pa.string(), "app": pa.bool_()}
        plain = {"aum fen": 100.0, "trend:3m": 1.0, "tier": "gold", "app": True} | changed
        return pa.table({name: pa.array([plain[name]], kinds[name]) for name in NAMES})

    unknown = {"trend:3m": None, "tier": None}
    expected = fitted.predict(row(**unknown))
    for value in (math.nan, math.inf, -math.inf):
        for text in ("platinum", None):
            changed = row(**{"trend:3m": value, "tier": text})
            assert fitted.predict(changed) == expected
            assert fitted.unseen(changed) == {"trend:3m": 1, "tier": 1}
    assert fitted.unseen(row()) == {}
    assert fitted.predict(row()) != expected


def test_an_empty_batch_gives_an_empty_answer(fitted):
    table, _ = bank(2, 5)
    assert fitted.predict(table.slice(0, 0)).shape == (0,)
    assert fitted.contributions(table.slice(0, 0)).shape == (0, len(NAMES) + 1)


def test_a_column_without_a_value_is_left_out_with_a_note():
    table, label = bank(1, 400)
    wide = table.append_column("silent", pa.nulls(400, pa.float64())).append_column("odd", pa.array([math.inf] * 400))
    found = Booster.fit(wide, [*NAMES, "silent", "odd"], label, **SMALL)
    assert [each.name for each in found.features] == NAMES
    assert len(found.notes) == 2
    assert "silent has no value" in found.notes[0]
    assert found.predict(table).shape == (400,)
    with pytest.raises(KequnError, match="No feature has any value"):
        Booster.fit(wide, ["silent"], label)


@pytest.mark.parametrize(
    ("label", "said"),
    [
        (np.zeros(50), "All 50 labels are 0"),
        (np.ones(50), "All 50 labels are 1"),
        (np.ones(49), "49 labels for 50 rows"),
        (np.repeat([0, math.nan], 25), "label of row 25 is nan"),
        (np.repeat([0, math.inf], 25), "label of row 25 is inf"),
        (np.repeat([0, 2], 25), "binary label is 0 or 1"),
    ],
)
def test_labels_that_teach_nothing_are_refused(label, said):
    with pytest.raises(KequnError, match=said):
        Booster.fit(bank(1, 50)[0], NAMES, label)


def test_no_rows_are_refused():
    with pytest.raises(KequnError, match="no rows"):
        Booster.fit(bank(1, 50)[0].slice(0, 0), NAMES, [])


def test_a_table_of_another_schema_is_refused(fitted):
    table, _ = bank(2, 10)
    with pytest.raises(KequnError, match="no column tier"):
        fitted.predict(table.drop(["tier"]))
    with pytest.raises(KequnError, match="Column app is string"):
        fitted.predict(table.set_column(3, "app", pa.array(["yes"] * 10)))


def test_growing_stops_when_later_rows_gain_nothing():
    table, label = bank(1, 800)
    long = {**SMALL, "rounds": 300}
    stopped = Booster.fit(table, NAMES, label, validation=bank(4, 800), patience=10, **long)
    full = Booster.fit(table, NAMES, label, **long)
    later, outcome = bank(5, 4000)
    assert stopped.text.count("Tree=") < full.text.count("Tree=") == 300
    assert metrics.log_loss(outcome, stopped.predict(later)) < metrics.log_loss(outcome, full.predict(later))


def test_amounts_ranks_weights_and_monotone_features():
    table, label = bank(1, 600)
    trend = table["trend:3m"].to_numpy()
    amounts = Booster.fit(table, NAMES, trend * 7, objective="regression", monotone={"trend:3m": 1}, **SMALL)
    assert np.corrcoef(amounts.predict(table), trend)[0, 1] > 0.9
    ranks = Booster.fit(table, NAMES, label, objective="lambdarank", groups=[20] * 30, **SMALL)
    assert metrics.auc(label, ranks.predict(table)) > 0.7
    heavy = Booster.fit(table, NAMES, label, weight=np.where(label, 10.0, 1.0), **SMALL)
    assert heavy.predict(table).mean() > label.mean() + 0.2
    rising = Booster.fit(table, ["trend:3m"], label, monotone={"trend:3m": 1}, **SMALL)
    ordered = rising.predict(pa.table({"trend:3m": np.linspace(-3, 3, 50)}))
    assert (np.diff(ordered) >= 0).all()


def test_a_text_that_is_no_model_is_refused():
    broken = Booster((Feature("x", "number"),), "tree\nversion=v4\nnonsense")
    with pytest.raises(KequnError, match="not LightGBM's"):
        broken.predict(pa.table({"x": [1.0]}))


def test_without_libgomp_it_says_what_to_install(monkeypatch):
    def fails(name):
        raise OSError("libgomp.so.1: cannot open shared object file")

    boosting._lightgbm.cache_clear()
    monkeypatch.setattr(importlib, "import_module", fails)
    with pytest.raises(KequnError, match="libgomp1"):
        boosting._lightgbm()
    monkeypatch.undo()
    assert boosting._lightgbm() is lightgbm
