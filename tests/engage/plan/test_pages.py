"""What the pages of the plan show is what the night published, within the scope of who looks."""

from __future__ import annotations

import pytest
from django.urls import reverse

from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import Role
from kequn.engage.plan import settled

pytestmark = pytest.mark.django_db
PAGES = ("plan", "explain", "policy", "capacity", "changes")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_needs_few_queries(as_, django_assert_max_num_queries, name, language):
    client = as_(Role.APPROVER, language)
    with django_assert_max_num_queries(12):
        assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_a_page_before_the_first_night(as_, no_night, name):
    assert as_(Role.ANALYST).get(reverse(name)).status_code == 200


def test_the_plan_is_the_one_that_was_published(as_, night):
    found = as_(Role.ANALYST).get(reverse("plan")).context["found"]
    assert found.settlement["contacts"] == night.value("SELECT count(*) FROM plan")
    assert sum(row["contacts"] for row in found.departments) == found.settlement["contacts"]
    counted = night.rows("SELECT channel, count(*) AS contacts FROM plan GROUP BY channel")
    by_channel = {row["channel"]: row["contacts"] for row in counted}
    assert {row["channel"]: row["used"] for row in found.channels if row["used"]} == by_channel
    worst = min(row["value_fen"] for row in found.simple)
    assert found.simple[0]["share"] == pytest.approx(worst / found.settlement["value_fen"])


def test_a_manager_sees_the_own_part(as_, night):
    manager = Staff.objects.filter(role=Role.BRANCH_MANAGER, is_active=True).first()
    part = as_(manager).get(reverse("plan")).context["part"]
    own = night.rows(
        "SELECT plan.* FROM plan JOIN customer USING (customer_id) WHERE branch_id = $b OR org_id = $b",
        b=manager.org_id,
    )
    assert part["contacts"] == len(own) < night.value("SELECT count(*) FROM plan")
    assert part["value_fen"] == sum(row["priority_fen"] for row in own)


def test_a_campaigns_funnel_ends_in_its_plan(as_, night):
    names = [row["campaign"] for row in night.rows("SELECT DISTINCT campaign FROM plan ORDER BY 1")]
    for name in names:
        found = as_(Role.ANALYST).get(reverse("plan_campaign", args=[name])).context["campaign"]
        assert found["funnel"][-1][1] == found["planned"] == found["planned_here"]
        left = [step[1] for step in found["funnel"]]
        assert left == sorted(left, reverse=True)
        assert sum(row["customers"] for row in found["reach"]["tier"]) == found["planned"]
    assert as_(Role.ANALYST).get(reverse("plan_campaign", args=["nothing"])).status_code == 404


def test_exclusions_within_a_scope_are_part_of_the_funnels(as_, night):
    manager = Staff.objects.filter(role=Role.BRANCH_MANAGER, is_active=True).first()
    everybody = Staff.objects.filter(role=Role.ANALYST, is_active=True, org__parent=None).first()
    name = night.value(
        "SELECT campaign FROM exclusion WHERE offer IS NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
    )
    part, whole = (settled.campaign(night, name, who.scope)["excluded"] for who in (manager, everybody))
    counted = {row["code"]: row["customers"] for row in whole}
    assert part
    assert all(row["customers"] <= counted[row["code"]] for row in part)
    assert as_(manager).get(reverse("plan_campaign", args=[name])).context["campaign"]["funnel"] == []


def test_why_for_one_customer(as_, night):
    customer = night.value("SELECT customer_id FROM plan ORDER BY customer_id LIMIT 1")
    page = as_(Role.ANALYST).get(reverse("explain"), {"customer": customer})
    planned = night.rows("SELECT campaign, channel FROM plan WHERE customer_id = $c ORDER BY rank", c=customer)
    shown = page.context["told"].planned
    assert [(row["campaign"], row["channel"]) for row in shown] == [(r["campaign"], r["channel"]) for r in planned]
    part = as_(Role.ANALYST).get(reverse("explain_part", args=[customer]), headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert "<html" not in part.content.decode()


def test_a_stranger_is_not_explained(as_, night):
    rm = Staff.objects.filter(role=Role.RM, is_active=True).first()
    own = night.value("SELECT min(customer_id) FROM customer WHERE staff_id = $s", s=rm.username)
    other = night.value("SELECT min(customer_id) FROM customer WHERE staff_id <> $s", s=rm.username)
    answers = [as_(rm).get(reverse("explain"), {"customer": each}).status_code for each in (own, other)]
    assert answers == [200 if own else 404, 404]


@pytest.mark.parametrize(
    ("asked", "status"),
    [("x", 422), ("-1", 422), ("9" * 19, 404), ("9" * 30, 422), ("٣", 422), ("%", 422), ("", 200)],
)
def test_odd_numbers(as_, asked, status):
    assert as_(Role.ANALYST).get(reverse("explain"), {"customer": asked}).status_code == status
