"""The life of models: champion and challenger, what the next night uses, families that fail, and looking back."""

from __future__ import annotations

import shutil
from datetime import date

import pyarrow.parquet as pq
import pytest

from kequn.engine.publish import current
from kequn.errors import KequnError
from kequn.insight.scores import life, store, value
from kequn.insight.scores.families import Family
from kequn.insight.scores.model import Model
from kequn.night import run
from kequn.workspace import Workspace

KNOWN = date(2026, 3, 31)


@pytest.fixture
def models_only(scored, tmp_path) -> Workspace:
    """The models of ``scored`` without its data."""
    shutil.copytree(scored.models, tmp_path / "copy" / "models")
    return Workspace(tmp_path / "copy", scored.settings)


@pytest.fixture
def spare(scored, tmp_path) -> Workspace:
    """A workspace on the published night of ``scored`` with no models of its own."""
    home = tmp_path / "spare"
    home.mkdir()
    (home / "data").symlink_to(scored.data)
    return Workspace(home, scored.settings)


def scores_of(night) -> dict[str, str]:
    """Hash of the content of each table that a model makes."""
    made = {name: entry["hash"] for name, entry in night.manifest["tables"].items() if name.startswith("score_")}
    assert set(made) == {"score_attrition", "score_attrition_segment", "score_drift"}
    return made


def test_the_first_fit_is_champion_and_the_second_challenger(spare, learn):
    first, second = learn(spare, 0), learn(spare, 1)
    assert first != second
    assert (store.champion(spare, "attrition"), store.challenger(spare, "attrition")) == (first, second)
    assert learn(spare, 0) == first  # the same past is the same version
    assert [each.version for each in life.models(spare)] == [first]
    assert [each.version for each in life.models(spare, "attrition", second)] == [second]


def test_what_a_fit_says(spare, monkeypatch, two_models):
    models = iter([*two_models, two_models[1]])
    monkeypatch.setattr(Family, "fitted", lambda *_: next(models))
    told: list[str] = []
    (record,) = life.fit(spare, ["attrition"], customers=200, notify=told.append)
    assert told == ["attrition"]
    assert record["seconds"] >= 0
    pooled, baseline = (two_models[0].about["metrics"][name] for name in ("pooled", "baseline"))
    assert record | {"seconds": 0} == {
        "family": "attrition", "version": two_models[0].version, "state": "champion", "metric": "auc",
        "value": pooled["auc"], "baseline": baseline.get("pooled", baseline)["auc"], "message": "", "seconds": 0,
    }  # fmt: skip
    (second,) = life.fit(spare, ["attrition"])
    (third,) = life.fit(spare, ["attrition"], promote=True)
    assert (second["state"], third["state"]) == ("challenger", "champion")
    assert store.champion(spare, "attrition") == second["version"] == third["version"]
    assert store.rollback(spare, "attrition") == record["version"]


def test_the_next_night_uses_what_was_promoted_and_after_rollback_what_was_before(scored, learn):
    first = store.champion(scored, "attrition")
    before = current(scored, KNOWN)
    assert before.manifest["models"] == {"attrition": first}
    second = learn(scored, 1)
    store.promote(scored, "attrition", second)
    run(scored, KNOWN)
    between = current(scored, KNOWN)
    assert between.manifest["models"] == {"attrition": second}
    assert all(scores_of(between)[name] != hashed for name, hashed in scores_of(before).items())
    assert store.rollback(scored, "attrition") == first
    run(scored, KNOWN)
    after = current(scored, KNOWN)
    assert after.manifest["models"] == {"attrition": first}
    assert scores_of(after) == scores_of(before)
    assert others_of(between) == others_of(before)
    assert after.manifest["key"] == before.manifest["key"]


def others_of(night) -> dict[str, str]:
    return {
        name: entry["hash"]
        for name, entry in night.manifest["tables"].items()
        if not name.startswith("score_") and name != "churn_profile"
    }


def test_a_family_without_a_past_does_not_stop_the_others(spare, monkeypatch):
    """Attrition asks for a longer past than the bank has; value, which asks for less, is made up."""
    learned = Model("value", {"beta.json": "{}"}, {"metrics": {"pooled": {"rank_correlation": 0.5}}})
    longer = Workspace(spare.home, spare.settings.changed(scores__history_days=3000))
    monkeypatch.setattr(value, "training", lambda *_: "table")
    monkeypatch.setattr(value, "fit", lambda table, settings: learned)
    failed, made = life.fit(longer, ["attrition", "value"])
    assert (failed["family"], failed["state"], failed["version"]) == ("attrition", "failed", None)
    assert "too short a past" in failed["message"]
    assert "days are needed" in failed["message"]
    assert (made["family"], made["state"]) == ("value", "champion")
    assert store.champion(longer, "attrition") is None
    with pytest.raises(KequnError, match="too short a past"):
        life.fit(longer, ["attrition"])


def test_where_none_can_be_fitted_the_first_reason_is_the_error(spare, monkeypatch):
    def refused(self, *_):
        raise KequnError(f"No {self.name}.", "Wait a year.")

    monkeypatch.setattr(Family, "fitted", refused)
    with pytest.raises(KequnError, match=r"No attrition\. Wait a year\."):
        life.fit(spare, [])
    assert not spare.models.exists()


def test_without_a_night_or_with_an_unknown_family_nothing_is_fitted(workspace, spare):
    with pytest.raises(KequnError, match="no published night") as caught:
        life.fit(workspace, [])
    assert "kequn night" in caught.value.hint
    with pytest.raises(KequnError, match="no published night"):
        life.fit(spare, [], date(2025, 1, 1))
    with pytest.raises(KequnError) as caught:
        life.fit(spare, ["atrition"])
    assert "attrition" in caught.value.hint


def test_models_of_nothing_say_what_to_run(workspace, models_only):
    with pytest.raises(KequnError, match="no model yet") as caught:
        life.models(workspace)
    assert caught.value.hint == "Run: kequn scores fit"
    with pytest.raises(KequnError, match="no model of value yet") as caught:
        life.models(models_only, "value")
    assert caught.value.hint == "Run: kequn scores fit value"
    with pytest.raises(KequnError, match="belongs to a family"):
        life.models(models_only, None, "0" * 12)
    with pytest.raises(KequnError, match="no version"):
        life.models(models_only, "attrition", "0" * 12)


def test_scores_of_a_customer_are_computed_again_from_the_record(scored):
    night = current(scored, KNOWN)
    published = pq.read_table(night.folder / "score_attrition_segment").to_pylist()
    several = [row["customer_id"] for row in published if not row["principal"]][:2]
    for customer in {published[0]["customer_id"], *several}:
        rows = life.replayed_scores(scored, customer, KNOWN)
        expected = {row["segment"]: row["probability"] for row in published if row["customer_id"] == customer}
        assert {row["segment"]: row["published"] for row in rows} == expected
        assert all(row["agrees"] and row["difference"] <= 1e-9 for row in rows)
        assert {row["version"] for row in rows} == {night.manifest["models"]["attrition"]}


def test_a_customer_or_a_night_without_a_score_is_named(scored, history):
    with pytest.raises(KequnError, match="Customer 1 has no attrition score in the night of 2026-03-31"):
        life.replayed_scores(scored, 1, KNOWN)
    with pytest.raises(KequnError, match="night of 2026-03-31 has no attrition scores") as caught:
        life.replayed_scores(history, 1)
    assert "kequn scores fit attrition" in caught.value.hint


def test_an_altered_champion_stops_the_night_before_anything_is_computed(scored, tmp_path):
    """On a copy of what was landed and loaded, with no night to take anything from."""
    shutil.copytree(scored.models, tmp_path / "models")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "bank").symlink_to(scored.bank)
    part = next((tmp_path / "models" / "attrition" / store.champion(scored, "attrition")).glob("*.txt"))
    part.write_text(part.read_text("utf-8") + "\n", "utf-8")
    workspace, stages = Workspace(tmp_path, scored.settings), []
    with pytest.raises(KequnError, match=f"attrition {part.parent.name} was altered: {part.name}"):
        run(workspace, KNOWN, progress=stages.append)
    assert stages == []
    assert list(workspace.nights.iterdir()) == []
