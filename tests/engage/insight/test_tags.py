"""The tag catalogue: what is found, how values are spread, where they come from and who uses them."""

from __future__ import annotations

import re
import statistics
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from kequn.engage.insight.tags import catalogue, spread, uses
from kequn.engage.insight.tags.snippet import snippet
from kequn.engage.orgs.roles import Role
from kequn.engine.macros import Parameters
from kequn.insight.catalogue import Tag
from kequn.insight.origins import origins
from kequn.insight.rules import compile_rule

from .conftest import SEEING, frame_of, page, staff

pytestmark = pytest.mark.django_db


def test_search_finds_names_labels_and_meanings_in_both_languages(night):
    frame = frame_of(night, staff(Role.ANALYST))

    def found(words: str, **more: str) -> list[str]:
        return [tag.name for tag in catalogue.search(frame, catalogue.Wanted(words, **more))]

    assert found("aum_month_avg")[0] == "aum_month_avg"
    assert "aum_month_avg" in found("月日均")
    assert "aum" in found("Funds insurance PRECIOUS")
    assert len(found("%")) < 5  # a sign like any other, no wildcard
    assert found("没有这样的标签") == []
    tags = frame.definitions.tags
    assert set(found("", dimension="tier")) == {name for name, tag in tags.items() if tag.dimension == "tier"}
    assert set(found("", sensitivity="sensitive")) == {n for n, t in tags.items() if t.sensitivity == "sensitive"}
    assert set(found("", owner="retail-data")) == {n for n, t in tags.items() if t.owner == "retail-data"}
    assert len(found("")) == len(tags)


def test_the_list_is_paged_and_says_how_many(as_, night):
    client = as_(staff(Role.ANALYST), "en")
    seen: list[str] = []
    for number in range(1, 5):
        seen += [row["name"] for row in client.get(page(("tags",), page=str(number))).context["rows"]]
    assert sorted(seen) == sorted(frame_of(night, staff(Role.ANALYST)).definitions.tags)
    assert "No such tag" in client.get(f"{reverse('tags')}?q=zzzz").content.decode()


@pytest.mark.parametrize("role", SEEING, ids=str)
def test_coverage_is_counted_within_the_scope(night, people, role):
    who = staff(role)
    mine, frame = people(who), frame_of(night, who)
    tags = list(frame.definitions.tags.values())[:60]
    for name, share in catalogue.coverage(frame, tags).items():
        assert share == pytest.approx(sum(row[name] is not None for row in mine) / len(mine))


@pytest.mark.parametrize("role", SEEING, ids=str)
@pytest.mark.parametrize(
    "name", ["aum", "age", "payroll", "tier", "next_maturity_on", "credit_used_share", "branch_id"]
)
def test_figures_and_bars_are_those_of_the_customers(night, people, role, name):
    who = staff(role)
    frame = frame_of(night, who)
    tag = frame.definitions.tags[name]
    values = [row[name] for row in people(who)]
    known = sorted(value for value in values if value is not None)
    found = spread.summary(frame, tag)
    assert (found["customers"], found["present"]) == (len(values), len(known))
    empty = None if tag.empty is None else tag.empty
    assert found["filled"] == sum(value != empty for value in known)
    if tag.type in ("BIGINT", "DOUBLE", "DATE") and known:
        assert (found["lowest"], found["highest"]) == (known[0], known[-1])
        assert found["median"] == statistics.median_low(known)
    drawn = spread.chart(frame, tag)
    assert (drawn is None) == (not known)
    if drawn:
        assert sum(row[1] for row in drawn.rows) == len(known)
        assert len(drawn.rows) <= 40


def number(kind: str = "BIGINT", unit: str = "count") -> Tag:
    return Tag(
        name="x", zh="数", en="Number", unit=unit, type=kind, dimension="asset", sensitivity="internal", owner="o",
        topic="t", description_zh="。", description_en=".",
    )  # fmt: skip


@given(
    st.lists(st.one_of(st.integers(-(10**6), 10**12), st.integers(0, 30)), min_size=1, max_size=60),
    st.sampled_from(["count", "fen", "days"]),
)
def test_bins_rise_are_few_and_have_as_many_names(values, unit):
    values.sort()
    last = len(values) - 1
    found = {
        "lowest": values[0], "highest": values[-1], "median": values[last // 2], "present": len(values),
        "ends": [values[last // 100], values[last - last // 100]],
    }  # fmt: skip
    bounds = spread.edges(number(unit=unit), found)
    assert bounds == sorted(set(bounds))
    assert len(bounds) <= 25
    assert len(spread._names(number(unit=unit), bounds, found)) == len(bounds) + 1


def test_few_whole_numbers_have_a_bar_each():
    found = {"lowest": 0, "highest": 3, "median": 1, "ends": [0, 3]}
    assert spread.edges(number(), found) == [1.0, 2.0, 3.0]


def test_every_snippet_is_a_rule_that_the_builder_takes(night):
    frame = frame_of(night, staff(Role.ANALYST))
    known = frame.definitions
    parameters = Parameters(night.as_of, night.workspace.settings)
    for tag in known.tags.values():
        for found in (None, spread.summary(frame, tag)):
            compile_rule(snippet(tag, found, None), known.types, parameters, "snippet", known.values)


def test_lineage_names_the_columns_of_the_engine_and_every_user(night, chinese):
    frame = frame_of(night, staff(Role.ANALYST))
    tag = frame.definitions.tags["payroll_months_3m"]
    found = origins(frame.definitions, Parameters(night.as_of, night.workspace.settings), tag.name)
    sources = uses.sources(frame, tag)
    assert {(each.table, each.column) for each in sources} == set(found.all)
    assert {(each.table, each.column) for each in sources if not each.decides} == set(found.values)
    segments = {s.zh for s in frame.definitions.segments.values() if re.search(rf"\b{tag.name}\b", s.rule)}
    used = uses.uses(frame, tag)
    assert segments == {each.name for each in used if each.kind == "客群"} != set()
    campaigns = [r["zh"] for r in night.rows("SELECT * FROM campaign") if re.search(r"\bpayroll\b", r["audience"])]
    assert campaigns
    assert sorted(campaigns) == sorted(
        each.name for each in uses.uses(frame, frame.definitions.tags["payroll"]) if each.kind == "活动"
    )
    assert "评分" in {each.kind for each in uses.uses(frame, frame.definitions.tags["aum"])}
    assert "潜客规则" in {each.kind for each in uses.uses(frame, frame.definitions.tags["corporate_role"])}
    drawn = uses.lineage(frame, tag, sources, used)
    assert all(one != other for one, other in drawn.rows)


def test_the_page_shows_the_definition_and_leads_to_the_builder(as_, monkeypatch):
    monkeypatch.setattr("kequn.engage.insight.frame.reverse", lambda view, args=(): f"/{view}/")
    answer = as_(staff(Role.ANALYST), "en").get("/tags/aum_month_avg/")
    text = answer.content.decode()
    assert "isum(" in text
    assert parse_qs(urlsplit(answer.context["builder"]).query)["rule"] == [answer.context["rule"]]
    assert "retail-data" in text


def test_a_tag_that_the_night_does_not_have_yet_says_so(as_, night, monkeypatch):
    columns = {name: kind for name, kind in night.columns["customer"].items() if name != "age"}
    monkeypatch.setitem(night.columns, "customer", columns)
    assert "does not have the tag yet" in as_(staff(Role.ANALYST), "en").get("/tags/age/").content.decode()
