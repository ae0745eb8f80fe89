"""The left bar: five groups in the order of the loop, and what is at the foot; each person sees what their role may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, resolve, reverse

from kequn.engage.language import say
from kequn.engage.orgs.guard import roles_of
from kequn.engage.orgs.roles import Role
from kequn.engage.site.figures import red_up
from kequn.engage.site.tour import Step, steps


@dataclass(frozen=True)
class Entry:
    """One page of the bar: the name of its URL, its words and its icon."""

    view: str
    zh: str
    en: str
    icon: str


GROUPS: tuple[tuple[str, str, tuple[Entry, ...]], ...] = (
    ("总览", "Overview", (Entry("overview", "总览", "Overview", "layout-dashboard"),)),
    (
        "客户", "Customers",
        (
            Entry("customer_search", "客户", "Customers", "user-search"),
            Entry("tiers", "分层", "Tiers", "stairs-up"),
            Entry("segments", "客群", "Segments", "circles-relation"),
            Entry("prospects", "潜客", "Prospects", "diamond"),
        ),
    ),
    (
        "洞察", "Insight",
        (
            Entry("audiences", "目标客群", "Audiences", "users-group"),
            Entry("tags", "标签", "Tags", "tags"),
            Entry("scores", "评分", "Scores", "chart-dots"),
        ),
    ),
    (
        "经营", "Engage",
        (
            Entry("plan", "统筹计划", "Plan", "calendar-stats"),
            Entry("changes", "变更审批", "Changes", "checkup-list"),
        ),
    ),
    (
        "治理", "Govern",
        (
            Entry("nights", "数据", "Data", "database"),
            Entry("policy", "触达规则", "Contact policy", "shield-check"),
            Entry("audit", "审计", "Audit", "file-search"),
            Entry("people", "人员", "People", "id-badge-2"),
            Entry("tokens", "接口令牌", "API tokens", "key"),
        ),
    ),
)  # fmt: skip

# Where each role starts, and the four pages of a phone's bottom bar.
HOMES: dict[Role, str] = {
    Role.RM: "customer_search",
    Role.CHIEF_RM: "overview",
    Role.BRANCH_MANAGER: "overview",
    Role.ANALYST: "audiences",
    Role.MAKER: "audiences",
    Role.APPROVER: "changes",
    Role.DEPARTMENT_HEAD: "overview",
    Role.DATA_ENGINEER: "nights",
    Role.AUDITOR: "audit",
    Role.ADMINISTRATOR: "people",
}
PHONE_MOST = 4
FOOT = "Govern"


def navigation(request: HttpRequest) -> dict[str, Any]:
    """For every template: the bar of this person, the night in the head, and which way red points."""
    night = getattr(request, "night", None)
    found: dict[str, Any] = {"night": night, "red_up": red_up()}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return found
    staff = user
    groups = _groups(staff.duty, request.path)
    entries = [entry for group in groups for entry in group["entries"]]
    return found | {
        "groups": groups,
        "phone": entries[:PHONE_MOST],
        "tour": _tour(request, staff.duty, staff.toured),
        "stale": night is not None and (date.today() - night.as_of).days > _stale_days(),
    }


def home_of(role: Role) -> str:
    """The address of the page that answers what a person of ``role`` came for."""
    return reverse(HOMES[role])


def _tour(request: HttpRequest, role: Role, toured: bool) -> list[Step]:
    """The steps, on the home page of who has not seen them or asks again."""
    wanted = not toured or "tour" in request.GET
    return steps(HOMES[role]) if wanted and role in HOMES and request.path == home_of(role) else []


def _groups(role: Role, path: str) -> list[dict[str, Any]]:
    """Groups with the entries that ``role`` may open; the one whose address begins ``path`` is active."""
    groups = []
    for zh, en, entries in GROUPS:
        open_to = [
            {"address": address, "label": say(entry.zh, entry.en), "icon": entry.icon, "view": entry.view,
             "active": path.startswith(address)}
            for entry in entries
            if (address := _address(entry.view)) and role in _roles(address)
        ]  # fmt: skip
        if open_to:
            groups.append({"label": say(zh, en), "entries": open_to, "foot": en == FOOT})
    return groups


@lru_cache(maxsize=128)
def _address(view: str) -> str:
    try:
        return reverse(view)
    except NoReverseMatch:
        return ""


@lru_cache(maxsize=128)
def _roles(address: str) -> frozenset[Role]:
    return roles_of(resolve(address).func)


def _stale_days() -> int:
    days: int = settings.WORKSPACE.settings.integer("console.stale_days")
    return days
