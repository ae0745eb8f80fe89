"""Tiers: flows that agree with the engine's, lists that agree with the customers, nobody beyond the scope."""

from __future__ import annotations

import csv
from datetime import date

import pytest

from kequn.engage.audit.models import Entry
from kequn.engage.insight import listing
from kequn.engage.insight.tiers import flow, lists
from kequn.engage.orgs.roles import Role
from kequn.insight import lists as engine

from .conftest import SEEING, frame_of, page, staff

FORM = {"export": "1", "format": "csv", "purpose": "临界客户走访"}

pytestmark = pytest.mark.django_db
ORDER = ("mass", "potential", "gold", "platinum", "diamond", "private")


def spans(night):
    months = flow.months(frame_of(night, staff(Role.ANALYST)))
    return [(months[-2], months[-1]), (months[0], months[-1]), (months[0], months[-3])]


def test_the_whole_banks_flow_is_the_engines(night, bank):
    frame = frame_of(night, staff(Role.ANALYST))
    for start, end in spans(night):
        expected = {
            (ORDER.index(row["tier_from"]), ORDER.index(row["tier_to"])): row["customers"]
            for row in engine.moves(bank, start, end) if row["customers"]
        }  # fmt: skip
        assert flow.cells(frame, start, end) == expected


@pytest.mark.parametrize("role", SEEING, ids=str)
def test_the_flow_of_a_scope_is_that_of_its_customers(night, people, role):
    who = staff(role)
    mine = people(who)
    for start, end in spans(night):
        ranks = {
            month: {
                row["customer_id"]: row["tier_rank"]
                for row in night.rows("SELECT * FROM tier_month WHERE month = $m", m=month)
            }
            for month in (start, end)
        }
        ranks[night.as_of.replace(day=1)] = {row["customer_id"]: row["tier_rank"] for row in mine}
        expected: dict[tuple[int, int], int] = {}
        for row in mine:
            pair = tuple(ranks[month].get(row["customer_id"], 0) for month in (start, end))
            expected[pair] = expected.get(pair, 0) + 1
        frame = frame_of(night, who)
        assert flow.cells(frame, start, end) == expected
        movers = lists.movers(frame, start, end)
        assert movers.total == sum(number for (old, new), number in expected.items() if old != new)
        up = lists.movers(frame, start, end, way="up").rows(10_000, 0)
        assert len(up) == sum(number for (old, new), number in expected.items() if new > old)
        assert all(ORDER.index(row["tier_to"]) > ORDER.index(row["tier_from"]) for row in up)


@pytest.mark.parametrize("role", SEEING, ids=str)
def test_near_and_falling_are_those_of_the_scope(night, people, role):
    who = staff(role)
    mine, frame = people(who), frame_of(night, who)
    near = lists.near(frame).rows(10_000, 0)
    assert {row["customer_id"] for row in near} == {row["customer_id"] for row in mine if row["tier_near"]}
    falling = lists.falling(frame).rows(10_000, 0)
    assert {row["customer_id"] for row in falling} == {
        row["customer_id"] for row in mine if row["tier_earned_rank"] < row["tier_rank"]
    }


def test_a_cell_of_the_matrix_opens_who_is_in_it(as_, night):
    client = as_(staff(Role.ANALYST), "en")
    answer = client.get(page(("tiers",)))
    cells = [cell for row in answer.context["matrix"] for cell in row["cells"] if cell["number"]]
    moved = [cell for cell in cells if cell["way"] != "same"]
    assert moved
    for cell in moved[:5]:
        assert client.get(cell["address"]).context["sheet"].total == cell["number"]
    assert sum(cell["number"] for cell in cells) == night.value("SELECT COUNT(*) FROM customer")


def test_pages_of_a_list_hold_every_customer_once(as_, night):
    client = as_(staff(Role.ANALYST))
    seen: list[str] = []
    first = client.get(page(("tier_falling",))).context["sheet"]
    near = client.get(page(("tier_near",))).context["sheet"]
    assert near.total > listing.SIZE or first.total > listing.SIZE or near.last == 1
    for number in range(1, near.last + 1):
        sheet = client.get(page(("tier_near",), page=str(number))).context["sheet"]
        seen += [row[0]["text"] for row in sheet.cells]
    assert len(seen) == len(set(seen)) == near.total


def test_months_in_the_address_choose_the_flow(as_, night):
    months = flow.months(frame_of(night, staff(Role.ANALYST)))
    assert months[-1] == date(night.as_of.year, night.as_of.month, 1)
    answer = as_(staff(Role.ANALYST)).get(
        page(("tiers",), **{"from": f"{months[0]:%Y-%m}", "to": f"{months[-2]:%Y-%m}"})
    )
    assert (answer.context["month_from"], answer.context["month_to"]) == (f"{months[0]:%Y-%m}", f"{months[-2]:%Y-%m}")
    turned = as_(staff(Role.ANALYST)).get(
        page(("tiers",), **{"to": f"{months[0]:%Y-%m}", "from": f"{months[-2]:%Y-%m}"})
    )
    assert turned.context["month_from"] == f"{months[0]:%Y-%m}"


def test_the_ladder_is_beside_last_months(as_, night):
    rows = as_(staff(Role.ANALYST)).get(page(("tiers",))).context["rows"]
    assert [row["tier"] for row in rows] == list(reversed(ORDER))
    assert sum(row["customer_share"] for row in rows) == pytest.approx(1)
    assert sum(row["aum_share"] for row in rows) == pytest.approx(1)
    assert all(row["before"] is not None for row in rows)


@pytest.mark.parametrize("role", [role for role in SEEING if role is not Role.RM], ids=str)
def test_an_export_has_the_rows_of_the_list_and_no_more(as_, night, people, role):
    who = staff(role)
    answer = as_(who, "en").post(page(("tier_near",)), FORM)
    rows = list(csv.reader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()))
    head = next(place for place, row in enumerate(rows) if row[:1] == ["Customer"])
    near = {str(row["customer_id"]): row for row in people(who) if row["tier_near"]}
    listed = [dict(zip(rows[head], row, strict=False)) for row in rows[head + 1 :] if row and row[0].strip("'") in near]
    assert len(listed) == len(near)
    assert Entry.objects.latest("number").detail["rows"] == len(near)


def test_an_export_asks_for_the_password_again(as_):
    who = staff(Role.ANALYST)
    who.set_password("a-long-password")
    who.save()
    client = as_(who)
    session = client.session
    session["account_authentication_methods"] = []
    session.save()
    answer = client.post(page(("tier_near",)), FORM)
    assert answer.status_code == 302
    assert "reauthenticate" in answer["Location"]
