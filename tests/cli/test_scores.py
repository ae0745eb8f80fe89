"""``kequn scores``: what is fitted, judged, compared and chosen, and what it says where something is missing."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

from kequn.errors import KequnError
from kequn.insight.scores import store
from kequn.insight.scores.families import NIGHTLY, Family
from kequn.insight.scores.model import Model
from kequn.workspace import Workspace

PERIOD = {"train": ["2025-01-31", "2025-06-30"], "validate": ["2025-09-30", "2025-12-31"]}


def model(auc: float = 0.8, family: str = "attrition", period=None) -> Model:
    figures = {"auc": auc, "lift": 3.0, "rows": 1000}
    about = {
        "purpose": {"zh": "流失的概率。", "en": "Chance of leaving."}, "period": period or PERIOD,
        "metrics": {"pooled": figures, "baseline": figures | {"auc": 0.6}},
        "drivers": [{"name": "balance_falling", "share": 0.75}], "notes": ["样本较小 | A small sample"],
    }  # fmt: skip
    return Model(family, {"beta.json": "{}"}, about)


@pytest.fixture
def home(tmp_path) -> Path:
    return tmp_path / "workspace"


@pytest.fixture
def two(home) -> tuple[str, str]:
    """Champion and challenger of attrition in the test's own workspace."""
    workspace = Workspace.open(home)
    first, second = (store.save(workspace, model(auc)) for auc in (0.8, 0.85))
    store.promote(workspace, "attrition", first)
    return first, second


@pytest.fixture
def bank(night, home, monkeypatch) -> Path:
    """A workspace with a published night, where attrition learns at once and no other family can."""
    shutil.copytree(night.home, home)

    def fitted(self, workspace, definitions, parameters, notify=None):
        if self.name != "attrition":
            raise KequnError("The past is too short.", "Wait.")
        return model(0.7 + parameters.settings.integer("scores.sample_customers") / 10**7)

    monkeypatch.setattr(Family, "fitted", fitted)
    return home


def test_without_models_it_says_what_to_run(kequn):
    answer = kequn("scores", "--json")
    assert [row["family"] for row in answer.data] == list(NIGHTLY)
    assert {row["champion"] for row in answer.data} == {None}
    assert "kequn scores fit" in kequn("scores").out
    assert "There are no models yet. Run: kequn scores fit" in kequn("--lang", "en", "scores").out


def test_with_models_it_lists_champion_challenger_and_the_main_figure(kequn, two):
    row = kequn("scores", "--json").data[0]
    assert (row["champion"], row["challenger"]) == two
    assert (row["metric"], row["value"], row["baseline"]) == ("auc", 0.8, 0.6)
    shown = kequn("scores").out
    assert all(part in shown for part in (*two, "流失预警", "0.8000", "0.6000"))
    assert "kequn scores fit" not in shown


def test_fit_says_what_was_fitted_and_what_was_not(kequn, bank):
    answer = kequn("scores", "fit", "--json")
    assert answer.code == 0
    assert {row["family"]: row["state"] for row in answer.data} == {
        name: "champion" if name == "attrition" else "failed" for name in NIGHTLY
    }
    assert answer.data[1]["message"] == "The past is too short. Wait."
    assert store.champion(Workspace.open(bank), "attrition") == answer.data[0]["version"]


def test_a_second_fit_is_a_challenger_unless_promoted(kequn, bank):
    first = kequn("scores", "fit", "attrition", "--json").data[0]
    second = kequn("scores", "fit", "attrition", "--customers", "1000", "--json").data[0]
    assert (first["state"], second["state"]) == ("champion", "challenger")
    third = kequn("scores", "fit", "attrition", "--customers", "1000", "--promote", "--json").data[0]
    assert (third["version"], third["state"]) == (second["version"], "champion")


def test_what_was_fitted_is_printed_with_the_reason_of_failures(kequn, bank):
    shown = kequn("scores", "fit", "attrition", "value").out
    assert "启用" in shown
    assert "未训练" in shown
    assert "value: The past is too short. Wait." in shown


@pytest.mark.parametrize(("args", "error", "hint"), [
    (["fit"], "no published night", "kequn night"),
    (["fit", "atrition"], "no family of models atrition", "attrition"),
    (["report"], "no model yet", "kequn scores fit"),
    (["report", "value"], "no model of value yet", "kequn scores fit value"),
    (["report", "valeu"], "no family of models valeu", "value"),
    (["report", "--version", "0" * 12], "belongs to a family", "report FAMILY"),
    (["compare", "attrition"], "no champion of attrition", "kequn scores fit attrition"),
    (["promote", "attrition", "0" * 12], "no version 000000000000 of attrition", ""),
    (["promote", "nothing", "0" * 12], "no family of models nothing", "attrition"),
    (["rollback", "attrition"], "no earlier champion of attrition", "kequn scores report"),
    (["replay", "1"], "", "kequn"),
])  # fmt: skip
def test_what_is_missing_is_an_error_with_a_hint(kequn, args, error, hint):
    answer = kequn("scores", *args, "--json")
    assert answer.code == 1
    assert error in answer.fault["error"]
    assert answer.fault["hint"]
    assert hint in answer.fault["hint"]
    assert answer.out == ""


def test_none_fitted_is_an_error_with_the_first_reason(kequn, bank):
    answer = kequn("scores", "fit", "value", "uplift", "--json")
    assert answer.code == 1
    assert answer.fault["error"] == "The past is too short. Wait."


def test_too_few_customers_are_refused(kequn, bank):
    answer = kequn("scores", "fit", "--customers", "99", "--json")
    assert answer.code == 1
    assert "100" in answer.fault["error"]


def test_cards_are_those_of_champions_or_of_a_version(kequn, two):
    (card,) = kequn("scores", "report", "--json").data
    assert (card["family"], card["version"]) == ("attrition", two[0])
    assert card["metrics"]["pooled"]["auc"] == 0.8
    assert card["period"] == PERIOD
    (card,) = kequn("scores", "report", "attrition", "--version", two[1], "--json").data
    assert card["version"] == two[1]


def test_a_card_is_printed_in_the_readers_language(kequn, two):
    shown = kequn("scores", "report", "attrition").out
    assert all(part in shown for part in (two[0], "流失的概率。", "75", "样本较小", "0.8000"))
    assert "A small sample" not in shown
    shown = kequn("--lang", "en", "scores", "report", "attrition").out
    assert all(part in shown for part in ("Chance of leaving.", "A small sample", "validated on"))


def test_a_card_is_written_as_a_page(kequn, two, tmp_path):
    file = tmp_path / "card.html"
    report = ("scores", "report", "attrition", "--html", str(file))
    answer = kequn(*report)
    assert answer.code == 0
    assert str(file) in answer.out
    page = file.read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert two[0] in page
    kequn("--lang", "en", *report)
    assert 'lang="en"' in file.read_text("utf-8")


def test_a_page_holds_one_card(kequn, two, home, tmp_path):
    workspace = Workspace.open(home)
    store.promote(workspace, "product", store.save(workspace, model(family="product")))
    answer = kequn("scores", "report", "--html", str(tmp_path / "card.html"), "--json")
    assert answer.code == 1
    assert "one card" in answer.fault["error"]
    assert not (tmp_path / "card.html").exists()


def test_a_page_that_cannot_be_written_is_the_users_fault(kequn, two, tmp_path):
    answer = kequn("scores", "report", "attrition", "--html", str(tmp_path / "none" / "card.html"), "--json")
    assert answer.code == 1
    assert "card.html cannot be written" in answer.fault["error"]


def test_two_versions_side_by_side(kequn, two):
    found = kequn("scores", "compare", "attrition", "--json").data
    assert (found["first"], found["second"], found["comparable"]) == (*two, True)
    rows = {row["metric"]: row for row in found["rows"]}
    auc = next(row for name, row in rows.items() if name.endswith("auc") and "baseline" not in name)
    assert (auc["first"], auc["second"]) == (0.8, 0.85)
    assert abs(auc["difference"] - 0.05) < 1e-12
    turned = kequn("scores", "compare", "attrition", two[1], two[0], "--json").data
    assert (turned["first"], turned["second"]) == (two[1], two[0])
    shown = kequn("scores", "compare", "attrition").out
    assert all(part in shown for part in (*two, "0.0500"))
    assert "不可直接比较" not in shown


def test_versions_of_other_periods_are_said_to_be_incomparable(kequn, two, home):
    other = PERIOD | {"validate": ["2026-01-31", "2026-03-31"]}
    third = store.save(Workspace.open(home), model(0.9, period=other))
    assert kequn("scores", "compare", "attrition", two[0], third, "--json").data["comparable"] is False
    assert "不可直接比较" in kequn("scores", "compare", "attrition", two[0], third).out


def test_promote_and_rollback_change_the_champion(kequn, two):
    assert kequn("scores", "promote", "attrition", two[1], "--json").data == {"family": "attrition", "champion": two[1]}
    assert kequn("scores", "--json").data[0]["champion"] == two[1]
    assert two[0] in kequn("scores", "rollback", "attrition").out
    assert kequn("scores", "--json").data[0]["champion"] == two[0]
    answer = kequn("scores", "rollback", "attrition", "--json")
    assert (answer.code, answer.out) == (1, "")
    assert kequn("scores", "--json").data[0]["champion"] == two[0]


def test_an_altered_version_is_not_promoted(kequn, two, home):
    (home / "models" / "attrition" / two[1] / "beta.json").write_text("{ }", "utf-8")
    answer = kequn("scores", "promote", "attrition", two[1], "--json")
    assert answer.code == 1
    assert "beta.json" in answer.fault["error"]
    assert kequn("scores", "--json").data[0]["champion"] == two[0]


@pytest.fixture
def table(home, tmp_path) -> Path:
    home.mkdir()
    quick = "[scores]\nresponse_rounds = 10\nresponse_steps = 0\nbootstrap_draws = 5\n[engine]\nthreads = 1\n"
    (home / "kequn.toml").write_text(quick, "utf-8")
    chance = np.random.default_rng(4)
    a = chance.normal(size=800)
    said = np.where(chance.random(800) < 1 / (1 + np.exp(-2 * a)), "yes", "no")
    file = tmp_path / "calls.csv"
    csv.write_csv(pa.table({"said": said, "a": a, "seconds": np.where(said == "yes", 200, 10)}), file)
    return file


def test_a_table_of_ones_own_is_judged_and_not_kept(kequn, table, home):
    args = ("scores", "report", "--data", str(table), "--label", "said", "--ordered", "0.25", "--ignore", "seconds")
    (card,) = kequn(*args, "--json").data
    assert card["family"] == "response"
    assert 0.6 < card["metrics"]["pooled"]["auc"] < 0.95
    assert [each["name"] for each in card["features"]] == ["a"]
    assert not (home / "models").exists()


def test_what_is_wrong_with_a_table_is_said(kequn, table):
    answer = kequn("scores", "report", "--data", str(table), "--ordered", "0.25", "--json")
    assert (answer.code, answer.fault["error"]) == (1, "calls.csv has no column label.")
    answer = kequn("scores", "report", "--data", str(table), "--label", "said", "--json")
    assert answer.code == 1
    assert "--ordered" in answer.fault["hint"]
    answer = kequn("scores", "report", "--data", "none.csv", "--ordered", "0.25", "--json")
    assert (answer.code, "none.csv" in answer.fault["error"]) == (1, True)
