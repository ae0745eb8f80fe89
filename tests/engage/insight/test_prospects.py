"""Prospects: what rules found within a scope, filters, and the yield against like customers."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date

import pytest

from kequn.engage.insight import past
from kequn.engage.insight.prospects import figures
from kequn.engage.insight.prospects.gained import _later, yields
from kequn.engage.orgs.roles import Role

from .conftest import SEEING, frame_of, page, staff

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", SEEING, ids=str)
def test_sizes_are_those_of_the_scopes_prospects(night, people, role):
    who = staff(role)
    mine = {row["customer_id"] for row in people(who)}
    rows = [row for row in night.rows("SELECT * FROM prospect") if row["customer_id"] in mine]
    found = figures.sizes(frame_of(night, who))
    assert set(found) == {row["rule"] for row in rows}
    for rule, each in found.items():
        listed = [row for row in rows if row["rule"] == rule]
        assert (each["customers"], each["estimate"]) == (len(listed), sum(row["estimate_fen"] for row in listed))
        assert each["confidence"] == pytest.approx(sum(row["confidence_percent"] for row in listed) / len(listed) / 100)


def test_filters_leave_those_who_fit(as_, night):
    client = as_(staff(Role.ANALYST))
    tiers = {row["customer_id"]: row["tier"] for row in night.rows("SELECT customer_id, tier FROM customer")}
    rows = night.rows("SELECT * FROM prospect WHERE rule = 'corporate_executive'")
    branch = next(row["branch_id"] for row in rows if row["staff_id"])
    rm = next(row["staff_id"] for row in rows if row["staff_id"])
    for asked, fits in (
        ({"branch": branch}, lambda row: row["branch_id"] == branch),
        ({"rm": rm}, lambda row: row["staff_id"] == rm),
        ({"tier": "mass"}, lambda row: tiers[row["customer_id"]] == "mass"),
        ({"confidence": "60"}, lambda row: row["confidence_percent"] >= 60),
        ({"branch": branch, "tier": "gold", "confidence": "40"},
         lambda row: row["branch_id"] == branch and tiers[row["customer_id"]] == "gold"
         and row["confidence_percent"] >= 40),
        ({"branch": "nowhere", "tier": "'", "confidence": "x"}, lambda row: True),
    ):  # fmt: skip
        sheet = client.get(page(("prospect_rule", "corporate_executive"), **asked)).context["sheet"]
        assert sheet.total == sum(map(fits, rows)), asked


@pytest.mark.parametrize(("language", "field"), [("zh-hans", "evidence_zh"), ("en", "evidence_en")])
def test_evidence_is_in_the_pages_language(as_, night, language, field):
    answer = as_(staff(Role.ANALYST), language).get(page(("prospect_rule", "corporate_executive")))
    shown = {row[2]["text"] for row in answer.context["sheet"].cells}
    assert shown <= {row[field] for row in night.rows("SELECT * FROM prospect")}
    assert shown


def test_a_yield_is_not_known_before_three_months_are_over(as_, night):
    found = yields(frame_of(night, staff(Role.ANALYST)))
    first = past.months(night)[0].as_of
    assert (found.since, found.rules) == (None, {})
    assert found.on == _later(first, 3) > night.as_of
    assert str(found.on) in as_(staff(Role.ANALYST)).get(page(("prospects",))).content.decode()


@pytest.mark.parametrize("role", SEEING, ids=str)
def test_a_yield_is_that_of_counting_customers_one_by_one(night, people, role):
    who = staff(role)
    frame = frame_of(night, who)
    then = past.before(night)
    found = yields(frame, months=1)
    assert found.since == then.as_of
    now = {row["customer_id"]: row["tier_rank"] for row in night.rows("SELECT customer_id, tier_rank FROM customer")}
    where, values = who.scope.condition()
    seen = {row["customer_id"]: row for row in then.rows(f"SELECT * FROM customer WHERE {where}", **values)}
    listed = [(row["rule"], row["customer_id"]) for row in then.rows("SELECT * FROM prospect")]
    off = set(seen) - {customer for _, customer in listed}
    cells = defaultdict(list)
    for customer in off:
        cells[_cell(seen[customer])].append(now.get(customer, 0) > seen[customer]["tier_rank"])
    rules = defaultdict(list)
    for rule, customer in listed:
        if customer in seen:
            rules[rule].append(customer)
    assert set(found.rules) == set(rules)
    for rule, customers in rules.items():
        rose = [now.get(customer, 0) > seen[customer]["tier_rank"] for customer in customers]
        matched = [cells[_cell(seen[customer])] for customer in customers if cells.get(_cell(seen[customer]))]
        like = sum(sum(cell) / len(cell) for cell in matched) / len(matched) if matched else None
        each = found.rules[rule]
        assert (each.listed, each.promoted, each.matched) == (len(customers), sum(rose), len(matched))
        assert each.like == (pytest.approx(like) if like is not None else None)


def _cell(row):
    return row["tier_rank"], row["tier_near"], math.floor(math.log2(max(row["aum_month_avg"], 1)) * 2)


def test_three_months_later():
    assert _later(date(2026, 4, 30), 3) == date(2026, 7, 31)
    assert _later(date(2025, 11, 29), 3) == date(2026, 2, 28)
    assert _later(date(2026, 3, 15), 3) == date(2026, 6, 15)
    assert _later(date(2026, 10, 31), 3) == date(2027, 1, 31)


def test_yields_are_shown_once_they_are_known(as_, night, monkeypatch):
    monkeypatch.setattr("kequn.engage.insight.prospects.views.yields", lambda frame: yields(frame, months=1))
    answer = as_(staff(Role.ANALYST), "en").get(page(("prospects",)))
    assert "Like customers" in answer.content.decode()
    assert as_(staff(Role.ANALYST)).get(page(("prospect_rule", "corporate_executive"))).status_code == 200


def test_a_night_without_lists_says_so(as_, monkeypatch):
    from kequn.engage.site.night import Night

    monkeypatch.setattr(Night, "has", lambda self, table: table in self.columns and table != "prospect")
    assert "no prospect lists" in as_(staff(Role.ANALYST), "en").get(page(("prospects",))).content.decode()
    assert as_(staff(Role.ANALYST)).get(page(("prospect_rule", "corporate_executive"))).status_code == 404


@pytest.mark.parametrize("role", SEEING, ids=str)
def test_lists_and_places_hold_the_scopes_customers_only(as_, night, people, role):
    who = staff(role)
    mine = {str(row["customer_id"]) for row in people(who)}
    rows = night.rows("SELECT rule, customer_id FROM prospect")
    for rule in sorted({row["rule"] for row in rows}):
        answer = as_(who).get(page(("prospect_rule", rule)))
        expected = {str(row["customer_id"]) for row in rows if row["rule"] == rule} & mine
        sheet = answer.context["sheet"]
        assert sheet.total == len(expected)
        assert {row[0]["text"] for row in sheet.cells} <= expected
        assert sum(each["customers"] for each in answer.context["places"]) == len(expected)
