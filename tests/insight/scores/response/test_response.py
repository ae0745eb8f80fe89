"""Response on any table: in time, beside plain models, and clear words where a table is unfit."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyarrow import csv

from kequn.errors import KequnError
from kequn.insight.scores import card, response
from kequn.insight.scores.metrics import auc
from kequn.workspace import Settings

SETTINGS = Settings.load().changed(
    scores__response_rounds=60, scores__response_steps=2, scores__bootstrap_draws=20, engine__threads=1
)
SHARED = Path(__file__).parents[5] / "shared" / "data"


def calls(rows=4000, seed=1, **columns):
    """Two numbers that matter together, a text, and noise."""
    chance = np.random.default_rng(seed)
    a, b = chance.normal(size=rows), chance.normal(size=rows)
    job = chance.choice(["clerk", "worker", "retired"], rows)
    taken = chance.random(rows) < 1 / (1 + np.exp(2 - 1.5 * a * b - (job == "retired")))
    days = [date(2025, 1, 1) + timedelta(days=int(day)) for day in np.sort(chance.integers(0, 200, rows))]
    made = {"customer_id": np.arange(rows), "as_of": days, "taken": taken, "a": a, "b": b, "job": job}
    return pa.table(made | columns)


@pytest.fixture(scope="module")
def model():
    return response.fit(calls(), SETTINGS)


def test_it_ranks_later_rows_beside_the_plain_models(model):
    found = model.about["metrics"]
    assert found["pooled"]["auc"] > 0.72
    assert found["pooled"]["auc"] > found["baseline"]["auc"] + 0.1
    assert abs(found["pooled"]["auc"] - found["default_boosting"]["auc"]) < 0.05
    assert found["pooled"]["ece"] < 0.06
    assert set(found["baseline"]["columns"]) == {"a", "b"}
    assert model.about["period"]["train"][1] < model.about["period"]["validate"][0]
    low, high = found["pooled"]["auc_interval"]
    assert low < found["pooled"]["auc"] < high
    assert "<html" in card.as_html(model, "en")


def test_scores_are_those_of_the_record(model):
    table = calls()
    later = pc.greater_equal(table["as_of"], pa.scalar(date.fromisoformat(model.about["period"]["validate"][0])))
    scores = response.score(model, table.filter(later))
    label = pc.cast(table.filter(later)["taken"], pa.float64()).to_numpy()
    assert auc(label, scores["probability"].to_numpy()) == pytest.approx(model.about["metrics"]["pooled"]["auc"])


def test_rows_in_order_and_rows_by_hash():
    table = calls(10).drop_columns(["as_of"])
    assert response.by_order(table, 0.3)["split"].to_pylist() == ["train"] * 7 + ["validate"] * 3
    many = response.by_hash(pa.table({"id": np.arange(4000)}), "id", 0.3)["split"]
    assert many.to_pylist().count("validate") / 4000 == pytest.approx(0.3, abs=0.03)
    with pytest.raises(KequnError, match="split already"):
        response.by_order(response.by_order(table, 0.3), 0.3)


def test_a_label_by_any_name_and_columns_left_out():
    table = calls(1500).rename_columns(["customer_id", "as_of", "y", "a", "b", "job"])
    leak = table.append_column("duration", pc.cast(table["y"], pa.float64()))
    model = response.fit(leak, SETTINGS, label="y", ignore=["duration"])
    assert "duration" not in {each["name"] for each in model.about["features"]}
    assert model.about["metrics"]["pooled"]["auc"] < 0.95


def test_where_the_order_turns_it_says_so_and_keeps_the_level():
    chance = np.random.default_rng(6)
    rows = 3000
    a = chance.normal(size=rows)
    turned = np.where(np.arange(rows) < 1400, 1.5, -1.5)
    taken = chance.random(rows) < 1 / (1 + np.exp(1 - turned * a))
    table = response.by_order(pa.table({"taken": taken, "a": a}), 0.3)
    model = response.fit(table, SETTINGS)
    assert any("nothing ranks better" in note for note in model.about["notes"])
    assert model.about["metrics"]["pooled"]["auc"] < 0.5
    assert model.about["metrics"]["walk_forward"][-1]["auc"] > model.about["metrics"]["pooled"]["auc"]


def test_recency_frequency_by_a_naive_loop():
    chance = np.random.default_rng(2)
    first = date(2024, 1, 1)
    days = [first + timedelta(days=int(day)) for day in chance.integers(0, 400, 300)]
    who, amount = chance.integers(0, 25, 300), np.round(chance.gamma(2, 20, 300), 2)
    asked = [date(2024, 6, 30), date(2024, 10, 1)]
    table = response.recency_frequency(pa.table({"customer_id": who, "day": days, "amount": amount}), asked, 90)
    bought = list(zip(who.tolist(), days, amount.tolist(), strict=True))
    assert table.num_rows == sum(len({w for w, d, _ in bought if d <= day}) for day in asked)
    for row in table.to_pylist()[::5]:
        own = sorted((d, x) for w, d, x in bought if w == row["customer_id"] and d <= row["as_of"])
        after = [d for w, d, _ in bought if w == row["customer_id"] and 0 < (d - row["as_of"]).days <= 90]
        assert row["recency_days"] == (row["as_of"] - own[-1][0]).days
        assert row["tenure_days"] == (row["as_of"] - own[0][0]).days
        assert row["frequency"] == len(own)
        assert row["monetary"] == pytest.approx(sum(x for _, x in own))
        assert row["frequency_90d"] == sum((row["as_of"] - d).days < 90 for d, _ in own)
        assert row["taken"] == bool(after)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"taken": np.zeros(500, bool)}, "nothing to learn"),
        ({"taken": np.r_[np.nan, np.ones(499)]}, "taken of row 1 is nan"),
        ({"taken": ["yes"] * 500}, "label taken"),
        ({"as_of": ["2025"] * 500}, "column of dates"),
        (
            {"customer_id": np.zeros(500, np.int64), "as_of": pa.array([date(2025, 1, 1)] * 500)},
            "rows repeat a customer",
        ),
    ],
)
def test_unfit_tables_are_refused(change, message):
    with pytest.raises(KequnError, match=message):
        response.fit(calls(500, **change), SETTINGS)


def test_without_a_time_or_a_split_it_says_what_to_add():
    with pytest.raises(KequnError, match="neither a column as_of"):
        response.fit(calls(100).drop_columns(["as_of"]), SETTINGS)


def test_odd_values_new_words_and_another_schema(model):
    odd = np.where(np.arange(1500) % 9 == 0, np.inf, 1.0)
    fitted = response.fit(calls(1500, odd=odd, empty=pa.nulls(1500, pa.float64())), SETTINGS)
    assert any("empty" in note for note in fitted.about["notes"])
    new = response.score(model, calls(5, job=["astronaut"] * 5))
    assert np.isfinite(new["probability"].to_numpy()).all()
    with pytest.raises(KequnError, match="another tag schema"):
        response.score(model, calls(5).drop_columns(["b"]))


def test_bank_marketing_in_time_without_duration(require):
    file = SHARED / "bank_marketing" / "calls_first_80pct.csv"
    require(file.exists(), "the shared data of bank_marketing")
    table = csv.read_csv(file, parse_options=csv.ParseOptions(delimiter=";"))
    table = table.append_column("taken", pc.equal(table["y"], "yes"))
    settings = SETTINGS.changed(scores__response_steps=0)
    model = response.fit(response.by_order(table, 0.2), settings, ignore=["y", "duration"])
    found = model.about["metrics"]
    assert "duration" not in {each["name"] for each in model.about["features"]}
    assert found["pooled"]["rows"] == 6590
    assert found["pooled"]["auc"] > found["baseline"]["auc"]
    assert found["pooled"]["auc"] > 0.55
