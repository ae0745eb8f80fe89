"""Fitting: later dates decide, thin segments say so, and what cannot be learned from is refused."""

import json
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from kequn.errors import KequnError
from kequn.insight.scores import metrics
from kequn.insight.scores.attrition import FAMILY, fit, score
from kequn.insight.scores.attrition.ensemble import POOLED, ensemble
from kequn.insight.scores.attrition.ordered import ordered, with_segments
from kequn.insight.scores.attrition.parts import parted
from kequn.insight.scores.model import Model
from kequn.insight.scores.split import labels

SMALL = ["aum_of_3m", "out_of_aum", "complained_180d", "last_response_kind"]


def test_training_ends_an_outcome_before_calibration_and_that_before_validation(table, quick):
    parts = parted(table, labels(table, "left_bank"), quick.changed(scores__attrition_validate_dates=2))
    days = table["as_of"].to_numpy()
    early, late, validate = (days[rows] for rows in (parts.early, parts.late, parts.validate))
    assert (late.min() - early.max()).astype(int) >= 90
    assert (validate.min() - late.max()).astype(int) >= 90
    assert set(parts.early) | set(parts.late) <= set(parts.train)
    assert {str(day)[:10] for day in validate} == {"2025-12-01", "2026-01-01"}


def test_a_segment_whose_rule_is_another_gets_its_own_model_and_others_do_not(model):
    candidates = model.about["metrics"]["candidates"]
    assert candidates["credit_card"]["chosen"] == "own"
    assert candidates["credit_card"]["own_log_loss"] < candidates["credit_card"]["pooled_log_loss"]
    assert candidates["silver"]["chosen"] == POOLED
    assert set(ensemble(model).boosters) >= {POOLED, "credit_card", "hazard"}


def test_nothing_is_chosen_or_calibrated_on_the_validation(table, quick, model):
    later = pc.greater_equal(table["as_of"], date(2025, 12, 1)).to_numpy()
    turned = table["left_bank"].to_numpy() ^ later
    names = table.schema.names
    found = fit(table.set_column(names.index("left_bank"), "left_bank", pa.array(turned)), quick)
    assert found.about["metrics"]["candidates"] == model.about["metrics"]["candidates"]
    assert found.about["metrics"]["pooled"]["auc"] < 0.5 < model.about["metrics"]["pooled"]["auc"]
    assert found.parts.keys() == model.parts.keys()
    assert all(found.parts[name] == text for name, text in model.parts.items() if name != "profile.json")


def test_own_segments_follow_those_of_the_settings_in_the_order_of_names(table, quick):
    some = pa.array(np.arange(table.num_rows) % 3 == 0)
    own = table.append_column("zebra", some).append_column("apple", some).append_column("flagged", some)
    named = with_segments(own, ["credit_card", "zebra", "apple", "gone"])
    assert ordered(named, quick) == [*ordered(own, quick), "apple", "zebra"]
    assert not {"apple", "zebra"} & set(ordered(own, quick))
    first = quick.changed(scores__segment_order=["zebra", "credit_card"])
    assert ordered(named, first) == ["zebra", "credit_card", "apple"]
    quicker = quick.changed(scores__rounds=5)
    scored = score(fit(named, quicker), own.slice(0, 300))
    assert set(scored["segment"].to_pylist()) >= {"apple", "zebra", "credit_card"}
    principal = scored.filter(scored["principal"])
    assert "apple" in principal["segment"].to_pylist()
    assert "zebra" not in principal["segment"].to_pylist()


def test_a_segment_with_few_events_uses_the_model_and_calibration_of_all_and_says_so(model):
    assert model.about["metrics"]["candidates"]["personal_loan"]["own_log_loss"] is None
    notes = [note for note in model.about["notes"] if note.startswith("personal_loan")]
    assert any("events to train on" in note and "|" in note for note in notes)
    assert any("calibration of all" in note for note in notes)
    assert "personal_loan" not in ensemble(model).calibration


def test_figures_are_those_of_the_validation_rows_alone(model, table):
    later = table.filter(pc.equal(table["as_of"], date(2026, 1, 1)))
    later = pa.concat_tables([table.filter(pc.equal(table["as_of"], date(2025, 12, 1))), later])
    scored = score(model, later)
    single = scored.filter(scored["principal"])
    label = later["left_bank"].to_numpy()
    expected = metrics.summary(label, single["probability"].to_numpy(), 10, 0.1)
    assert model.about["metrics"]["pooled"] == pytest.approx(expected)
    assert model.about["metrics"]["pooled"]["auc"] > model.about["metrics"]["baseline_ratio"]["auc"] > 0.55
    assert model.about["period"]["validate"] == ["2025-12-01", "2026-01-01"]


def test_the_same_table_gives_the_same_bytes(table, quick, model):
    assert fit(table, quick).version == model.version
    again = Model(FAMILY, dict(model.parts), json.loads(json.dumps(model.about)))
    assert again.version == model.version


def test_an_analysts_own_columns_are_enough(table, quick):
    plain = table.select(["customer_id", *SMALL, "left_bank"])
    split = np.where(np.arange(table.num_rows) < 2000, "train", "validate")
    found = fit(plain.append_column("split", pa.array(split)), quick, SMALL)
    assert found.about["metrics"]["pooled"]["auc"] > 0.55
    assert any("held out" in note for note in found.about["notes"])
    assert any("shown_in" in note for note in found.about["notes"])
    scored = score(found, plain.slice(0, 50))
    assert scored["segment"].unique().to_pylist() == ["other"]
    assert scored["aum_at_risk"].null_count == scored["by_first_third"].null_count == 50


def test_a_month_in_which_nobody_left_is_no_reason_to_fail(table, quick):
    days = table["as_of"].to_numpy()
    quiet = table["left_bank"].to_numpy() & (days != np.datetime64("2025-08-01"))
    at = table.schema.get_field_index("left_bank")
    found = fit(table.select(["customer_id", "as_of", *SMALL, "left_bank"]).set_column(
        len(SMALL) + 2, "left_bank", pa.array(quiet)), quick, SMALL)  # fmt: skip
    assert at >= 0
    assert 0 < found.about["metrics"]["pooled"]["auc"] <= 1


def test_what_cannot_be_learned_from_is_refused_by_name(table, quick):
    small = table.select(["customer_id", "as_of", *SMALL, "left_bank"])
    nobody = small.set_column(len(SMALL) + 2, "left_bank", pa.array(np.zeros(table.num_rows, bool)))
    with pytest.raises(KequnError, match="nothing to learn"):
        fit(nobody, quick, SMALL)
    with pytest.raises(KequnError, match="repeat a customer"):
        fit(pa.concat_tables([small, small.slice(7, 1)]), quick, SMALL)
    with pytest.raises(KequnError, match="no column day_of_month"):
        fit(small.drop_columns(["aum_of_3m"]), quick)
    with pytest.raises(KequnError, match="no row lies 90 days"):
        fit(small.slice(0, 1000), quick, SMALL)


def test_an_empty_feature_is_left_out_with_a_note(table, quick):
    small = table.select(["customer_id", "as_of", *SMALL, "left_bank"])
    empty = small.set_column(3, "out_of_aum", pa.nulls(table.num_rows, pa.float64()))
    found = fit(empty, quick, SMALL)
    assert any("out_of_aum has no value" in note for note in found.about["notes"])
    assert "out_of_aum" not in [feature.name for feature in ensemble(found).boosters[POOLED].features]


def test_the_profile_tells_leavers_from_stayers(model, table):
    rows = [row for row in json.loads(model.parts["profile.json"]) if row["segment"] == "all"]
    share = next(row for row in rows if row["kind"] == "share")
    assert share["leavers"] == pytest.approx(table["left_bank"].to_numpy().mean())
    first = next(row for row in rows if row["kind"] == "trait" and row["place"] == 0)
    assert first["name"] == "aum_of_3m"
    left = table["left_bank"].to_numpy()
    ratio = table["aum_of_3m"].to_numpy()
    assert (first["leavers"], first["stayers"]) == pytest.approx((ratio[left].mean(), ratio[~left].mean()))
    assert next(row for row in rows if row["kind"] == "cause" and row["place"] == 0)["name"] == "balance_falling"
    months = {row["name"]: row["leavers"] for row in rows if row["kind"] == "month"}
    march = table.filter(pc.equal(table["as_of"], date(2025, 3, 1)))["left_bank"].to_numpy()
    assert months["2025-03"] == pytest.approx(march.mean())
