"""Segments: sizes and cross-coverage counted one by one, the bank's tables for the whole bank, lists within scope."""

from __future__ import annotations

import pytest

from kequn.engage.insight.segments import figures, one, white
from kequn.engage.orgs.roles import Role
from kequn.engage.orgs.scope import Scope

from .conftest import SEEING, frame_of, page, staff

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", SEEING, ids=str)
def test_sizes_and_matrix_are_those_of_the_scopes_customers(night, people, role):
    who = staff(role)
    mine, frame = people(who), frame_of(night, who)
    for row in figures.sizes(frame):
        members = [each for each in mine if each[row["segment"]]]
        assert (row["members"], row["aum_fen"]) == (len(members), sum(each["aum"] for each in members))
        assert row["customer_share"] == pytest.approx(len(members) / len(mine))
    cells = figures.matrix(frame)
    assert len(cells) == len(frame.definitions.segments) * (len(figures.names(frame)) - 1)
    for cell in cells:
        members = [each for each in mine if each[cell["segment"]]]
        both = sum(bool(each[cell["target"]]) for each in members)
        base = sum(bool(each[cell["target"]]) for each in mine) / len(mine)
        assert cell["both_members"] == both
        assert cell["share"] == (pytest.approx(both / len(members)) if members else None)
        assert cell["base_share"] == pytest.approx(base)
        if members and base:
            assert cell["lift"] == pytest.approx(both / len(members) / base)
        else:
            assert cell["lift"] is None


def test_the_banks_matrix_is_that_of_counting_all_customers(night):
    """The tables of the night, and what is counted where there is none, agree."""
    frame = frame_of(night, staff(Role.ANALYST))
    night.bank("org")
    everywhere = Scope(orgs=tuple(row["org_id"] for row in night.rows("SELECT org_id FROM org")))
    counted = frame.__class__(night, everywhere, None, frame.staff)
    key = ("segment", "target", "members", "both_members")
    mine, bank = ({tuple(cell[name] for name in key) for cell in figures.matrix(each)} for each in (counted, frame))
    assert mine == bank


@pytest.mark.parametrize("role", SEEING, ids=str)
def test_customers_in_several_segments(night, people, role):
    who = staff(role)
    frame = frame_of(night, who)
    names = list(frame.definitions.segments)
    number = [sum(bool(row[name]) for name in names) for row in people(who)]
    assert figures.several(frame) == [number.count(each) for each in range(max(number) + 1)]


@pytest.mark.parametrize("role", SEEING, ids=str)
def test_white_lists_hold_customers_of_the_scope_who_lack_the_target(night, people, role):
    who = staff(role)
    frame = frame_of(night, who)
    mine = {row["customer_id"]: row for row in people(who)}
    for name, segment in frame.definitions.segments.items():
        counted = {each["target"]: each["customers"] for each in white.targets(frame, name)}
        for target in segment.white_list:
            rows = white.listing(frame, name, target).rows(10_000, 0)
            everybody = night.rows(
                "SELECT customer_id FROM white_list WHERE segment = $s AND target = $t", s=name, t=target
            )
            assert {row["customer_id"] for row in rows} == {row["customer_id"] for row in everybody} & set(mine)
            assert len(rows) == counted[target]
            assert all(mine[row["customer_id"]][name] and not mine[row["customer_id"]][target] for row in rows)
            assert [row["place"] for row in rows] == sorted(row["place"] for row in rows)


def test_traits_are_means_of_the_members(night, people):
    who = staff(Role.BRANCH_MANAGER)
    mine = people(who)
    members = [row for row in mine if row["silver"]]
    rows = {row["unit"] + str(place): row for place, row in enumerate(one.traits(frame_of(night, who), "silver"))}
    ages = [row["age"] for row in members if row["age"] is not None]
    assert rows["plain0"]["members"] == f"{sum(ages) / len(ages):,.1f}"
    share = sum(row["staff_id"] is not None for row in mine) / len(mine)
    assert rows["share5"]["everybody"] == f"{100 * share:.1f}%"


def test_the_page_says_which_customers_it_counts(as_):
    assert "The whole bank" in as_(staff(Role.ANALYST), "en").get(page(("segments",))).content.decode()
    assert "of your scope" in as_(staff(Role.BRANCH_MANAGER), "en").get(page(("segments",))).content.decode()


def test_the_switch_shows_lifts(as_, night):
    answer = as_(staff(Role.ANALYST)).get(page(("segments",), show="lift"))
    cells = [cell["lift"] for cell in figures.matrix(frame_of(night, staff(Role.ANALYST))) if cell["lift"] is not None]
    assert [row[2] for row in answer.context["heat"].rows if row[2] is not None] == cells


def test_the_churn_profile_is_the_nights(as_, night, scoreless):
    answer = as_(staff(Role.ANALYST), "en").get(page(("segment", "payroll")))
    assert answer.context["churn"] is None
    assert "No churn profile yet" in answer.content.decode()


def test_the_churn_profile_shows_the_share_of_leavers(as_, night):
    answer = as_(staff(Role.ANALYST), "en").get(page(("segment", "payroll")))
    share = night.value("SELECT leavers FROM churn_profile WHERE segment = 'payroll' AND kind = 'share'")
    assert answer.context["churn"]["share"]["leavers"] == share
    assert f"{100 * share:.1f}%" in answer.content.decode()
