"""Pages of the plan: what the night settled, one campaign, and why for one customer."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from kequn.engage.language import say
from kequn.engage.orgs.guard import allow, person
from kequn.engage.orgs.roles import KNOWING, PLANNERS, Role
from kequn.engage.plan.explaining import told, within
from kequn.engage.plan.settled import Settled, part, settled
from kequn.engage.plan.settled import campaign as one_campaign
from kequn.engage.site.charts import Chart
from kequn.engage.site.night import Night, shown

SEES = PLANNERS | {Role.AUDITOR, Role.BRANCH_MANAGER, Role.CHIEF_RM}
CUSTOMER_DIGITS = 19


@allow(SEES)
@require_GET
def plan(request: HttpRequest) -> HttpResponse:
    """Tonight's plan: the whole for who sees the whole bank, else the part of the person's scope."""
    night: Night | None = request.night  # type: ignore[attr-defined]
    found = settled(night) if night else None
    if night is None or found is None:
        return render(request, "plan/none.html", {"night": night})
    scope = person(request).scope
    context: dict[str, Any] = {"found": found, "part": part(night, scope), "whole": scope.everything}
    if scope.everything:
        context |= {"departments": _departments(found), "priced": [row for row in found.prices if row["price_fen"]],
                    "free": sum(not row["price_fen"] for row in found.prices)}  # fmt: skip
    return render(request, "plan/plan.html", context)


@allow(SEES)
@require_GET
def campaign(request: HttpRequest, name: str) -> HttpResponse:
    """One campaign of the night: terms, funnel, exclusions, budget, holdout, whom it reaches."""
    night, scope = shown(request), person(request).scope
    found = one_campaign(night, name, scope)
    if found is None:
        raise Http404
    charts = {"funnel": _funnel(found), "excluded": _excluded(found)}
    context = {"campaign": found, "whole": scope.everything, "reach": _reach(found), "as_of": night.as_of}
    return render(request, "plan/campaign.html", context | charts)


@allow(KNOWING)
@require_GET
def explain(request: HttpRequest) -> HttpResponse:
    """Why, for one customer whose number was asked for."""
    asked = request.GET.get("customer", "").strip()
    context: dict[str, Any] = {"asked": asked}
    if asked and not (asked.isascii() and asked.isdecimal() and len(asked) <= CUSTOMER_DIGITS):
        return render(request, "plan/explain.html", context | {"wrong": True}, status=422)
    if asked:
        night = shown(request)
        number = _known(request, night, int(asked))
        context |= {"told": told(night, number), "customer_id": number}
    return render(request, "plan/explain.html", context)


@allow(KNOWING)
@require_GET
def explain_part(request: HttpRequest, customer_id: int) -> HttpResponse:
    """The explanation alone, for other pages; opened by itself it leads to the whole page."""
    night = shown(request)
    number = _known(request, night, customer_id)
    if not request.headers.get("HX-Request"):
        return redirect(f"{reverse('explain')}?customer={customer_id}")
    return render(request, "plan/explain_part.html", {"told": told(night, number), "customer_id": number})


def _known(request: HttpRequest, night: Night, customer_id: int) -> int:
    """The customer's number; 404 for one that does not exist or is not the person's."""
    if customer_id >= 2**63 or not within(night, customer_id, person(request).scope):
        raise Http404
    return customer_id


def _departments(found: Settled) -> Chart:
    rows = [
        (say(row["zh"], row["en"]), row["contact_share"] or 0.0, row["value_share"] or 0.0) for row in found.departments
    ]
    title = say("各部门占触达和价值的份额", "Each department's share of contacts and of value")
    columns = (say("部门", "Department"), say("触达", "Contacts"), say("价值", "Value"))
    return Chart("departments", "rows", title, "share", columns, rows)


def _funnel(found: dict[str, Any]) -> Chart:
    title = say("从目标客群到计划，每一步留下多少客户", "How many customers are left at each step")
    columns = (say("步骤", "Step"), say("客户", "Customers"), say("少了", "Lost"))
    return Chart("funnel", "funnel", title, "count", columns, found["funnel"])


def _excluded(found: dict[str, Any]) -> Chart:
    rows = [(say(row["zh"] or row["code"], row["en"] or row["code"]), row["customers"]) for row in found["excluded"]]
    title = say("规则排除了谁（按首要原因）", "Who is excluded, by first reason")
    height = 280 if len(rows) < 9 else 360
    return Chart(
        "excluded", "rows", title, "count", (say("原因", "Reason"), say("客户", "Customers")), rows, height=height
    )


def _reach(found: dict[str, Any]) -> list[Chart]:
    names = {"tier": ("层级", "Tier"), "segment": ("客群", "Segment"), "branch": ("支行", "Branch")}
    titles = {
        "tier": ("触达客户的层级", "Tiers that it reaches"), "segment": ("触达客户所在客群（可重叠）",
          "Segments that it reaches (they overlap)"),
        "branch": ("触达客户最多的支行", "Branches that it reaches most"),
    }  # fmt: skip
    return [
        Chart(
            f"reach-{kind}", "rows", say(*titles[kind]), "count", (say(*names[kind]), say("客户", "Customers")),
            [(_label(row), row["customers"]) for row in rows[:10]],
        )
        for kind, rows in found["reach"].items()
    ]  # fmt: skip


def _label(row: dict[str, Any]) -> str:
    code = row["code"] or "–"
    return say(row["zh"] or code, row["en"] or code)
