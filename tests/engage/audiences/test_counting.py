"""Counts, profiles and members, each beside a plain query."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import translation

from kequn.engage.audiences.counting import Looker, members, sample, size
from kequn.engage.audiences.keeping import Draft, create
from kequn.engage.audiences.profile import overlaps, profile, reach
from kequn.engage.orgs.roles import Role
from kequn.engage.site.night import Night
from tests.engage.conftest import staff_of

RULE = "age >= 30 and not credit_card"
SQL = "age >= 30 AND NOT credit_card"


@pytest.fixture(params=[Role.ANALYST, Role.BRANCH_MANAGER])
def seen(request, db, night: Night) -> Iterator[Looker]:
    """The night as somebody sees it, in Chinese."""
    with translation.override("zh-hans"):
        yield Looker(night, staff_of(request.param).scope)


def plain(seen: Looker, sql: str) -> int:
    where, values = seen.scope.condition("customer")
    return seen.night.value(f"SELECT COUNT(*) FROM customer WHERE ({where}) AND ({sql})", **values)


def test_a_rule_is_counted_in_scope(seen):
    found = size(seen, RULE)
    assert (found.customers, found.of) == (plain(seen, SQL), plain(seen, "TRUE"))


def test_the_profile_compares_with_everybody_in_scope(seen):
    whole = size(seen, RULE)
    sections = dict(profile(seen, RULE))
    tiers = {part.label: part for part in sections["层级"]}
    mass = tiers["大众"]
    assert mass.customers == plain(seen, f"{SQL} AND tier = 'mass'")
    assert mass.share == mass.customers / whole.customers
    assert mass.base == plain(seen, "tier = 'mass'") / whole.of
    assert mass.lift == pytest.approx(mass.share / mass.base)
    assert sum(part.customers for part in sections["层级"]) == whole.customers
    ages = {part.label: part.customers for part in sections["年龄段"]}
    assert ages["35–44 岁"] == plain(seen, f"{SQL} AND age BETWEEN 35 AND 44")
    assert ages["65 岁及以上"] == plain(seen, f"{SQL} AND age >= 65")
    payroll = next(part for part in sections["客群（可重叠）"] if part.label == "代发")
    assert payroll.customers == plain(seen, f"{SQL} AND payroll")


def test_reach_counts_consents(seen):
    found = {label: number for label, number, _ in reach(seen, RULE)}
    sms = seen.known.tags["consent_sms"].zh
    assert found[sms] == plain(seen, f"{SQL} AND consent_sms")
    assert found["至少一个渠道"] >= max(number for label, number in found.items() if label != "至少一个渠道")


def test_overlap_is_counted_both_ways(seen):
    found = overlaps(
        seen, RULE, [(1, "gold", "tier = 'gold'"), (2, "broken", "no_such > 1"), (3, "payroll", "payroll")]
    )
    by_name = {each.name: each for each in found}
    both = plain(seen, f"{SQL} AND payroll")
    assert set(by_name) == {"gold", "payroll"}
    assert by_name["payroll"].customers == both
    assert by_name["payroll"].share == both / size(seen, RULE).customers
    assert by_name["payroll"].of_other == both / plain(seen, "payroll")


def test_a_sample_is_the_same_each_time_and_within_the_rule(seen):
    first, again = sample(seen, "tier = 'gold'"), sample(seen, "tier = 'gold'")
    assert first == again
    assert {row["tier"] for row in first} == {"gold"}
    assert len(first) == min(20, plain(seen, "tier = 'gold'"))


def test_members_by_page_are_all_members(seen):
    total = size(seen, RULE).customers
    by_page = [
        row["customer_id"] for skip in range(0, total, 40) for row in members(seen, RULE, [], skip=skip, most=40)
    ]
    assert by_page == [row["customer_id"] for row in members(seen, RULE, [], most=None)]
    assert by_page == sorted(set(by_page))
    assert len(by_page) == total


def test_an_unknown_tag_makes_no_member(seen):
    """What is unknown for a customer is neither so nor not so."""
    known = size(seen, "days_since_login > 5").customers + size(seen, "not days_since_login > 5").customers
    assert known == plain(seen, "days_since_login IS NOT NULL")


def test_the_page_of_members_has_the_columns_asked_for(as_, db, night):
    owner = staff_of(Role.ANALYST)
    audience = create(Looker(night, owner.scope), owner, Draft("a", "tier = 'gold'"))
    browser = as_(Role.ANALYST)
    page = browser.get(
        reverse("audience_members", args=[audience.pk]), {"columns": ["tier", "age", "no_such"], "page": "99999"}
    )
    assert [tag.name for tag in page.context["tags"]] == ["tier", "age"]
    assert page.context["page"] == page.context["last"]
    assert page.context["rows"][0]["cells"][0][1] == "贵宾金"


def test_an_export_asks_a_purpose_and_gives_money_in_yuan(as_, db, night, monkeypatch):
    from django.http import HttpResponse

    from kequn.engage.audit import export

    given = {}

    def download(request, name, columns, rows, *, total):
        given.update(columns=list(columns), rows=list(rows), total=total)
        return HttpResponse("file")

    monkeypatch.setattr(export, "download", download)
    owner = staff_of(Role.ANALYST)
    audience = create(Looker(night, owner.scope), owner, Draft("a", "tier = 'gold'"))
    address = reverse("audience_members", args=[audience.pk])
    browser = as_(Role.ANALYST)
    asked = {"export": "1", "format": "csv", "purpose": "到期客户回访"}
    assert browser.post(f"{address}?columns=aum&columns=tier", asked).content == b"file"
    row = night.row("SELECT customer_id, aum FROM customer WHERE tier = 'gold' ORDER BY customer_id LIMIT 1")
    assert given["rows"][0] == [str(row["customer_id"]), Decimal(row["aum"]) / 100, "贵宾金"]
    assert len(given["rows"]) == given["total"]


def test_the_other_form_of_a_rule(as_, db, night):
    browser = as_(Role.ANALYST)

    def ask(given) -> dict:
        return browser.post(reverse("audience_form"), json.dumps(given), content_type="application/json").json()

    tree = ask({"rule": RULE})["tree"]
    assert ask({"tree": tree}) == {"rule": RULE}
    tree["items"][0]["values"] = ["x"]
    assert list(ask({"tree": tree})["faults"]) == ["0"]
    assert "fault" in ask({"rule": "age >= 30 and ("})
    assert "fault" in ask({"tree": {"items": [{"odd": 1}], "join": "and"}})
    assert ask({"tree": {"items": [], "join": "and"}}) == {"rule": ""}
    deep = {"join": "and", "items": []}
    for _ in range(60):
        deep = {"join": "and", "items": [deep]}
    assert "fault" in ask({"tree": deep})
    assert browser.post(reverse("audience_form"), "{", content_type="application/json").status_code == 400
