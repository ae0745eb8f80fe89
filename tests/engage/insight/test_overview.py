"""The figures of the overview are those that counting customer by customer gives."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from django.urls import reverse

from kequn.engage.insight import past
from kequn.engage.insight.overview import figures, trend
from kequn.engage.orgs.models import Org
from kequn.engage.orgs.roles import Role

from .conftest import SEEING, frame_of, page, staff

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", SEEING, ids=str)
def test_totals_are_the_sum_of_the_customers(night, people, role):
    who = staff(role)
    mine, found = people(who), figures.totals(frame_of(night, who))
    assert mine
    assert found["customers"] == len(mine)
    assert found["aum"] == sum(row["aum"] for row in mine)
    assert found["month_avg"] == sum(row["aum_month_avg"] for row in mine)
    assert sum(found["classes"].values()) == found["aum"]
    for tier, each in found["tiers"].items():
        there = [row for row in mine if row["tier"] == tier]
        assert (each["customers"], each["aum"], each["near"]) == (
            len(there), sum(row["aum"] for row in there), sum(bool(row["tier_near"]) for row in there),
        )  # fmt: skip
    for name, each in found["segments"].items():
        members = [row for row in mine if row[name]]
        assert each == {"customers": len(members), "aum": sum(row["aum"] for row in members)}
    for move, number in found["moves"].items():
        assert number == sum(row["tier_move"] == move for row in mine)


@pytest.mark.parametrize("role", SEEING, ids=str)
def test_risk_prospects_plan_and_holdout_stay_within_the_scope(night, people, role):
    who = staff(role)
    frame, mine = frame_of(night, who), {row["customer_id"] for row in people(who)}
    scores = [row for row in night.rows("SELECT * FROM score_attrition") if row["customer_id"] in mine]
    warned = [row for row in scores if row["level"] in ("warn", "urgent")]
    assert figures.at_risk(frame) == {"customers": len(warned), "aum": sum(row["aum_at_risk"] for row in warned)}
    largest: dict[int, int] = {}
    for row in night.rows("SELECT customer_id, estimate_fen FROM prospect"):
        if row["customer_id"] in mine:
            largest[row["customer_id"]] = max(largest.get(row["customer_id"], 0), row["estimate_fen"])
    assert figures.found(frame) == {"customers": len(largest), "estimate": sum(largest.values())}
    plan = [row["customer_id"] for row in night.rows("SELECT customer_id FROM plan") if row["customer_id"] in mine]
    assert figures.planned(frame) == {"contacts": len(plan), "customers": len(set(plan))}
    held = {row["customer_id"] for row in night.rows("SELECT customer_id FROM holdout")} & mine
    assert figures.spared(frame) == {"customers": len(held)}


@pytest.mark.parametrize("role", SEEING, ids=str)
def test_contacts_and_responses_are_those_of_thirty_days(night, people, role):
    who = staff(role)
    night.bank("contact", "response")
    mine = {row["customer_id"] for row in people(who)}
    parties = {
        row["party_id"]
        for row in night.rows("SELECT party_id, customer_id FROM identity")
        if row["customer_id"] in mine
    }
    since = datetime.combine(night.as_of, time()) - timedelta(days=29)
    counted = {
        table: sum(
            row["party_id"] in parties and row["at"] >= since
            for row in night.rows(f"SELECT party_id, {moment} AS at FROM {table}")
        )
        for table, moment in (("contact", "contacted_at"), ("response", "responded_at"))
    }
    assert figures.touched(frame_of(night, who)) == counted
    if role is Role.ANALYST:
        assert counted["contact"] > counted["response"] > 0


def test_figures_stand_beside_those_of_last_month(as_, night):
    earlier = past.before(night)
    assert earlier
    assert (earlier.as_of.year, earlier.as_of.month) < (night.as_of.year, night.as_of.month)
    cards = {card.name: card for card in as_(staff(Role.ANALYST), "en").get(reverse("overview")).context["cards"]}
    assert cards["Customers"].value == night.value("SELECT COUNT(*) FROM customer")
    assert cards["Customers"].before == earlier.value("SELECT COUNT(*) FROM customer")
    assert cards["AUM"].before == earlier.value("SELECT SUM(aum) FROM customer")
    assert cards["Uplift of campaigns"].missing == "Not measured yet"


def test_the_first_night_has_nothing_beside_it(as_, monkeypatch):
    monkeypatch.setattr(past, "nights", lambda workspace: [])
    monkeypatch.setattr("kequn.engage.site.night.Night.kept", lambda self, key, make: make())
    answer = as_(staff(Role.ANALYST), "en").get(reverse("overview"))
    assert "nothing to compare with yet" in answer.content.decode()
    assert all(card.before is None for card in answer.context["cards"])


def test_branches_add_up_and_open_one_by_one(as_, night):
    client = as_(staff(Role.ANALYST))
    answer = client.get(page(("overview",), sort="customers"))
    rows = answer.context["below"]["rows"]
    assert sum(row["customers"] for row in rows) == night.value("SELECT COUNT(*) FROM customer")
    assert [row["customers"] for row in rows] == sorted(row["customers"] for row in rows)
    one = next(row for row in rows if row["link"])
    inside = client.get(one["link"])
    assert inside.context["cards"][0].value == one["customers"]
    assert inside.context["frame"].org == Org.objects.get(pk=one["org_id"])


def test_a_relationship_manager_sees_no_branches(as_):
    assert as_(staff(Role.RM)).get(reverse("overview")).context["below"] is None


@pytest.mark.parametrize("role", SEEING, ids=str)
def test_the_trend_ends_with_tonights_figures(night, role):
    frame = frame_of(night, staff(role))
    rows = trend.trend(frame)
    now = figures.totals(frame)
    assert [row["day"] for row in rows] == [each.as_of.isoformat() for each in past.months(night)]
    assert len(rows) == 3
    assert rows[-1]["customers"] == now["customers"]
    assert {name: rows[-1][name] for name in now["classes"]} == now["classes"]
    earlier = past.before(night)
    assert rows[-2]["month_avg"] == figures.totals(frame.of(earlier))["month_avg"]
