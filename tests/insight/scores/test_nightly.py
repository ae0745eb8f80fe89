"""Scores of a night: drift beside them, used again where nothing changed, absent without a model."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kequn.engine.build import parquet_columns
from kequn.engine.publish import current
from kequn.insight import profile
from kequn.insight.reading import reading
from kequn.insight.scores import drift, nightly, store
from kequn.insight.scores.encoding import learned
from kequn.insight.scores.model import Model
from kequn.night import run

KNOWN = date(2026, 3, 31)


def test_a_night_without_models_has_no_score_tables(history):
    night = current(history, KNOWN)
    assert night.manifest["models"] == {}
    assert [name for name in night.manifest["tables"] if name.startswith(("score_", nightly.COUNTED))] == []


def test_drift_is_published_with_levels_and_words(scored):
    night = current(scored, KNOWN)
    rows = pq.read_table(night.folder / "score_drift").to_pylist()
    model = store.load(scored, "attrition")
    assert {(row["family"], row["version"]) for row in rows} == {("attrition", model.version)}
    assert rows[0]["feature"] == drift.SCORE
    assert {row["feature"] for row in rows} == set(model.about["distributions"])
    for row in rows:
        limits = [row["psi"] >= float(str(scored.settings[f"scores.psi_{name}"])) for name in ("watch", "warn")]
        assert row["level"] == ("steady", "watch", "warn")[sum(limits)]
        assert row["words_zh"]
        assert row["words_en"]
    # The made-up past drew every figure evenly, which no bank does.
    assert "warn" in {row["level"] for row in rows}


def test_products_of_a_customer_are_named_as_on_the_shelf(history):
    with reading(history, "customer") as night:
        profile._attach_bank(history, night, "product")
        shelf = night.rows("SELECT product_id, name_zh, name_en FROM product ORDER BY product_id", "product")
        rows = [{"product_id": shelf[3]["product_id"], "rank": 1}, {"product_id": "GONE", "rank": 2}]
        found = profile._with_names(history, night, rows)
    assert found[0] == shelf[3] | {"rank": 1}
    assert found[1] == {"product_id": "GONE", "rank": 2, "name_zh": None, "name_en": None}


def test_counts_of_the_watched_are_not_published(scored):
    night = current(scored, KNOWN)
    assert not [path.name for path in night.folder.iterdir() if path.name.startswith(nightly.COUNTED)]
    assert not [name for name in night.manifest["tables"] if name.startswith(nightly.COUNTED)]


def test_every_customer_of_the_population_has_a_score(scored):
    night = current(scored, KNOWN)
    each = pq.read_table(night.folder / "score_attrition")
    whole = pq.read_table(night.folder / "score_attrition_segment")
    assert 0 < each.num_rows == len(set(each["customer_id"].to_pylist()))
    assert set(each["customer_id"].to_pylist()) == set(whole["customer_id"].to_pylist())
    assert all(0 <= p <= 1 for p in whole["probability"].to_pylist())


def test_a_night_run_twice_uses_its_scores_again(scored):
    before = current(scored, KNOWN)
    report = run(scored, KNOWN)
    reused = {stage.name: stage.reused for stage in report.stages if stage.name.startswith(("score_", "churn_"))}
    assert reused == dict.fromkeys(("score_attrition_segment", "score_attrition", "churn_profile", "score_drift"), True)
    after = current(scored, KNOWN)
    assert after.manifest["tables"] == before.manifest["tables"]
    assert after.manifest["key"] == before.manifest["key"]


@pytest.fixture(scope="module")
def watched() -> tuple[Model, pa.Table]:
    """A model that keeps the distributions of a figure and of a text, and the table it was fitted on."""
    chance = np.random.default_rng(2)
    table = pa.table({"aum": chance.random(4000), "job": chance.choice(["clerk", "worker"], 4000)})
    scores = chance.random(4000)
    kept = drift.distributions(table, [learned(table, name) for name in ("aum", "job")], scores)
    features = [{"name": "aum", "zh": "资产", "en": "Assets"}, {"name": "job", "zh": "职业", "en": "Job"}]
    return Model(
        "attrition", {"beta.json": json.dumps({})}, {"distributions": kept, "features": features}
    ), table.append_column(drift.SCORE, pa.array(scores))


Write = Callable[[Model, pa.Table], dict[str, dict[str, Any]]]


@pytest.fixture
def written(duck, parameters, tmp_path) -> Write:
    """What a night publishes as score_drift of a table with the column ``score``, counted batch by batch."""

    def write(model: Model, table: pa.Table) -> dict[str, dict[str, Any]]:
        batches = table.to_batches(max_chunksize=1500)
        pq.write_table(
            pa.Table.from_batches([nightly.count_batch(model, each) for each in batches]), tmp_path / "counts"
        )
        duck.attach("watched_attrition", [tmp_path / "counts"], parquet_columns(tmp_path / "counts"))
        build = SimpleNamespace(engine=duck)
        made = nightly._write_drift(build, parameters, {"attrition": model}, tmp_path / "score_drift")
        rows = pq.read_table(tmp_path / "score_drift").to_pylist()
        assert made == len(rows)
        return {row["feature"]: row for row in rows}

    return write


def test_an_unchanged_bank_is_steady(watched, written):
    model, table = watched
    found = written(model, table)
    assert {row["level"] for row in found.values()} == {"steady"}
    assert found["aum"]["psi"] == 0


def test_a_shifted_figure_warns_and_is_named_in_both_languages(watched, written):
    model, table = watched
    found = written(model, table.set_column(0, "aum", pa.array(table["aum"].to_numpy() + 0.6)))
    assert {name: row["level"] for name, row in found.items()} == {"score": "steady", "aum": "warn", "job": "steady"}
    assert found["aum"]["words_zh"].startswith("资产")
    assert found["aum"]["words_en"].startswith("Assets has shifted far")
    assert found["aum"]["version"] == model.version


def test_scores_that_crowd_at_one_end_warn_first(watched, written):
    model, table = watched
    found = written(model, table.set_column(2, drift.SCORE, pa.array(table[drift.SCORE].to_numpy() / 4)))
    assert [row["level"] for row in found.values()] == ["warn", "steady", "steady"]
    assert found["score"]["words_zh"].startswith("评分：分布变化大")


def test_a_family_that_keeps_no_distributions_is_not_watched(watched):
    model = Model("attrition", {}, {})
    assert nightly.NIGHTLY["attrition"].watched(None, None, model) is None
    assert nightly.NIGHTLY["value"].watched(None, None, watched[0]) is None
