"""People who look at the knowing pages, and the customers of each counted one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from kequn.engage.insight.frame import Frame
from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import Role
from kequn.engage.site.night import Night

PLAIN = ("overview", "overview_trend", "tags", "tiers", "tier_movers", "tier_near", "tier_falling", "segments",
         "prospects", "scores", "warned")  # fmt: skip
NAMED = (
    ("tag", "aum"), ("tag", "tier"), ("tag", "payroll"), ("tag", "next_maturity_on"), ("tag", "branch_id"),
    ("tag_lineage", "tier_gap"), ("segment", "payroll"), ("white_list", "payroll", "has_wealth"),
    ("prospect_rule", "corporate_executive"), ("score", "attrition"), ("score", "product"), ("score", "channel"),
    ("score", "value"), ("score", "uplift"),
)  # fmt: skip
EXPORTS = (
)  # fmt: skip
PAGES = tuple((name,) for name in PLAIN) + NAMED
SEEING = (Role.ANALYST, Role.BRANCH_MANAGER, Role.RM)
People = Callable[[Staff], list[dict[str, Any]]]


def page(named: tuple[str, ...], **asked: str) -> str:
    """The address of a page."""
    found = reverse(named[0], args=named[1:])
    return f"{found}?{'&'.join(f'{name}={value}' for name, value in asked.items())}" if asked else found


def staff(role: Role) -> Staff:
    """Somebody of ``role`` who has customers to see."""
    from kequn.engage.site.night import newest

    found = Staff.objects.filter(role=role, is_active=True).order_by("org__path", "username")
    if role is not Role.RM:
        return found[0]
    from django.conf import settings

    night = newest(settings.WORKSPACE)
    assert night
    busiest = night.value(
        "SELECT staff_id FROM customer GROUP BY staff_id HAVING staff_id IS NOT NULL ORDER BY COUNT(*) DESC, 1 LIMIT 1"
    )
    return found.get(username=busiest)


def frame_of(night: Night, who: Staff) -> Frame:
    """What ``who`` sees without having chosen an org."""
    return Frame(night, who.scope, None, who)


@pytest.fixture
def people(night: Night) -> People:
    """``people(staff)``: rows of ``customer`` that somebody may see, filtered one by one."""
    rows = night.rows("SELECT * FROM customer")
    night.bank("org")
    parents = {row["org_id"]: row["parent_org_id"] for row in night.rows("SELECT org_id, parent_org_id FROM org")}

    def within(org: str | None, top: str | None) -> bool:
        while org is not None and org != top:
            org = parents.get(org)
        return org == top

    def seen(who: Staff) -> list[dict[str, Any]]:
        if who.duty == Role.RM:
            return [row for row in rows if row["staff_id"] == who.username]
        return [row for row in rows if within(row["org_id"], who.org_id) or within(row["branch_id"], who.org_id)]

    return seen


@pytest.fixture
def chinese() -> Iterator[None]:
    """Whatever page was asked for before, words are Chinese."""
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def scoreless(monkeypatch: pytest.MonkeyPatch) -> None:
    """The night as it is where no model was fitted and no campaign settled."""
    missing = ("score_", "churn_profile", "campaign", "plan", "holdout", "settlement")
    monkeypatch.setattr(Night, "has", lambda self, table: table in self.columns and not table.startswith(missing))
