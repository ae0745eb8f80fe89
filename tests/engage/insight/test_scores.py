"""Scores: the card on the page is the card on disk; lists and distributions are those of the scope."""

from __future__ import annotations

import json
import shutil
from collections import Counter

import pytest

from kequn.engage.insight.scores import cards, spread
from kequn.engage.insight.scores.views import named
from kequn.engage.orgs.roles import Role
from kequn.insight.reading import definitions
from kequn.insight.scores import store

from .conftest import SEEING, frame_of, page, staff

pytestmark = pytest.mark.django_db
FAMILIES = ("attrition", "product", "channel", "value", "uplift")


@pytest.mark.parametrize("family", FAMILIES)
def test_the_page_shows_the_card_of_the_champion(as_, bank, family):
    version = store.champion(bank, family)
    about = json.loads((bank.models / family / version / "model.json").read_text("utf-8"))["about"]
    answer = as_(Role.DATA_ENGINEER, "en").get(page(("score", family)))
    text = answer.content.decode()
    assert version in text
    assert about["purpose"]["en"] in answer.context["purpose"]
    assert answer.context["rows"] == about["data"]["rows"]
    assert answer.context["period"]["validate"].split(" – ")[0] == about["period"]["validate"][0]
    pooled = about["metrics"].get("pooled", {})
    if pooled.get("auc") is not None:
        assert f"{pooled['auc']:.3f}" in answer.context["headline"]
        assert f"{pooled['auc']:.3f}" in text
    if isinstance(about.get("calibration"), list) and about["calibration"]:
        drawn = answer.context["calibration"].rows
        assert [row[:2] for row in drawn] == [[each["predicted"], each["observed"]] for each in about["calibration"]]


def test_the_list_names_champion_and_baseline(as_, bank):
    rows = as_(staff(Role.ANALYST), "en").get(page(("scores",))).context["rows"]
    assert [row["model"].family for row in rows] == list(FAMILIES)
    for row in rows:
        about = row["model"].about
        metric = row["main"]["metric"]
        assert row["main"]["value"] == about["metrics"]["pooled"][metric]


@pytest.mark.parametrize("role", SEEING, ids=str)
def test_distributions_count_the_scopes_customers(night, people, role):
    who = staff(role)
    frame, mine = frame_of(night, who), {row["customer_id"] for row in people(who)}
    scores = [row for row in night.rows("SELECT * FROM score_attrition") if row["customer_id"] in mine]
    drawn = spread.chart(frame, "attrition")
    bars = Counter(min(int(row["probability"] * 20), 19) for row in scores)
    assert [row[1] for row in drawn.rows] == ([bars[place] for place in range(20)] if scores else [])
    for level in spread.levels(frame):
        there = [row for row in scores if row["level"] == level["level"]]
        assert (level["customers"], level["aum"]) == (len(there), sum(row["aum_at_risk"] for row in there))
    best = [r for r in night.rows("SELECT * FROM score_channel WHERE rank = 1") if r["customer_id"] in mine]
    assert sum(row[1] for row in spread.chart(frame, "channel").rows) == len(best)
    values = [r for r in night.rows("SELECT * FROM score_value") if r["customer_id"] in mine]
    means = {
        c: [r["value_fen"] for r in values if r["product_class"] == c] for c in {r["product_class"] for r in values}
    }
    assert sorted(row[1] for row in spread.chart(frame, "value").rows) == sorted(
        round(sum(each) / len(each)) for each in means.values()
    )


@pytest.mark.parametrize("role", SEEING, ids=str)
@pytest.mark.parametrize("level", ["", "urgent", "watch"])
def test_the_warned_are_those_of_the_scope(as_, night, people, role, level):
    who = staff(role)
    mine = {row["customer_id"] for row in people(who)}
    levels = {level} if level else {"warn", "urgent"}
    expected = [
        row for row in night.rows("SELECT * FROM score_attrition")
        if row["customer_id"] in mine and row["level"] in levels
    ]  # fmt: skip
    sheet = as_(who).get(page(("warned",), level=level)).context["sheet"]
    assert sheet.total == len(expected)
    assert {row[0]["text"] for row in sheet.cells} <= {str(row["customer_id"]) for row in expected}


def test_a_segment_counts_with_its_own_probability(as_, night):
    sheet = as_(staff(Role.ANALYST)).get(page(("warned",), segment="mobile_banking", level="urgent")).context["sheet"]
    assert sheet.total == night.value(
        "SELECT COUNT(*) FROM score_attrition_segment WHERE segment = 'mobile_banking' AND level = 'urgent'"
    )


def test_a_relationship_manager_sees_no_name_and_no_foreign_customer(as_, night):
    who = staff(Role.RM)
    for name in ("warned", "tier_near", "tier_falling"):
        sheet = as_(who).get(page((name,))).context["sheet"]
        for row in sheet.cells:
            assert (
                night.value("SELECT staff_id FROM customer WHERE customer_id = $c", c=int(row[0]["text"]))
                == who.username
            )


def test_drift_is_the_nights(as_, night):
    rows = as_(staff(Role.ANALYST)).get(page(("score", "attrition"))).context["drift"]
    assert len(rows) == night.value("SELECT COUNT(*) FROM score_drift WHERE family = 'attrition'")
    assert rows[0]["feature"] == "score"


def test_an_altered_model_is_shown_as_refused(as_, bank):
    version = store.champion(bank, "value")
    file = bank.models / "value" / version / "model.json"
    kept = file.read_text("utf-8")
    try:
        file.write_text(kept.replace("customer-insight", "somebody-else"), "utf-8")
        assert cards.champion(bank, "value") is None
        text = as_(staff(Role.ANALYST), "en").get(page(("scores",))).content.decode()
        assert "was altered" in text
        assert as_(staff(Role.ANALYST)).get(page(("score", "value"))).status_code == 200
    finally:
        file.write_text(kept, "utf-8")
    assert cards.champion(bank, "value") is not None


def test_without_models_the_page_names_the_command(as_, bank, tmp_path):
    moved = tmp_path / "models"
    shutil.move(bank.models, moved)
    try:
        text = as_(staff(Role.ANALYST), "en").get(page(("scores",))).content.decode()
        assert all(f"kequn scores fit {family}" in text for family in FAMILIES)
        assert "No model is in use" in as_(staff(Role.ANALYST), "en").get(page(("score", "uplift"))).content.decode()
    finally:
        shutil.move(moved, bank.models)


def test_notes_name_segments_as_people_do(bank, chinese):
    known = definitions(bank)
    assert named("merchant 用于校准的流失事件过少", known) == "商户 用于校准的流失事件过少"
    assert named("The uplift learners", known) == "The uplift learners"
    assert named("deposit/gold, x/y", known) == "存款·贵宾金, x/y"
