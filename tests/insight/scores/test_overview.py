"""Families at a glance: the main figure of each beside its baseline, and the figures of a model in rows."""

from __future__ import annotations

import pytest

from kequn.insight.scores import overview, store
from kequn.insight.scores.families import NIGHTLY
from kequn.insight.scores.model import Model


def model(family="attrition", **metrics):
    return Model(family, {"beta.json": "{}"}, {"metrics": metrics})


@pytest.mark.parametrize(
    ("pooled", "name"),
    [
        ({"auc": 0.8, "lift": 3.0}, "auc"), ({"lift": 3.0, "ndcg_5": 0.4}, "ndcg_5"), ({"qini": 0.02}, "qini"),
        ({"rank_correlation": 0.5, "auc": None}, "rank_correlation"), ({"auc": 0.0}, "auc"),
    ],
)  # fmt: skip
def test_the_headline_is_the_first_main_figure_that_there_is(pooled, name):
    assert overview.headline(model(pooled=pooled)) == {"metric": name, "value": pooled[name], "baseline": None}


@pytest.mark.parametrize(
    ("baseline", "value"),
    [
        ({"auc": 0.6, "lift": 2.0}, 0.6), ({"pooled": {"auc": 0.7}, "segment": {"silver": {"auc": 0.1}}}, 0.7),
        ({"lift": 2.0}, None), ({"last_choice": {"auc": 0.5}}, None), ({}, None), (None, None),
    ],
)  # fmt: skip
def test_the_baseline_is_the_same_figure(baseline, value):
    found = overview.headline(model(pooled={"auc": 0.8}, baseline=baseline))
    assert found == {"metric": "auc", "value": 0.8, "baseline": value}


def test_a_model_without_a_main_figure_has_no_headline():
    nothing = {"metric": None, "value": None, "baseline": None}
    assert overview.headline(model(pooled={"rows": 5}, baseline={"auc": 0.5})) == nothing
    assert overview.headline(Model("value", {}, {})) == nothing


def test_every_figure_has_a_row_and_the_pooled_come_first():
    metrics = {
        "segment": {"silver": {"auc": 0.7, "lift": None}},
        "pooled": {"auc": 0.8, "columns": ["a"], "exact": True},
    }
    rows = list(overview.figures(model(**metrics)))
    assert rows == [("pooled", "auc", 0.8), ("segment silver", "auc", 0.7), ("segment silver", "lift", None)]
    assert list(overview.figures(Model("value", {}, {}))) == []


def test_without_models_every_family_has_an_empty_row(workspace):
    rows = overview.families(workspace)
    assert [row["family"] for row in rows] == list(NIGHTLY)
    assert {(row["champion"], row["challenger"], row["value"]) for row in rows} == {(None, None, None)}
    assert all(row["zh"] and row["en"] for row in rows)


def test_the_figures_shown_are_those_of_the_champion(workspace):
    first, second = (model(pooled={"auc": value}, baseline={"auc": 0.6}) for value in (0.8, 0.9))
    for each in (first, second):
        store.save(workspace, each)
    store.promote(workspace, "attrition", first.version)
    row = overview.families(workspace)[0]
    assert (row["champion"], row["challenger"]) == (first.version, second.version)
    assert (row["metric"], row["value"], row["baseline"]) == ("auc", 0.8, 0.6)
