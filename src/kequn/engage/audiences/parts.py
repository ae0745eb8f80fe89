"""Parts of the builder that come while one draws: the other form of the rule, the size, the profile."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_POST

from kequn.engage.audiences.counting import Looker, sample, size
from kequn.engage.audiences.drawing import drawn
from kequn.engage.audiences.faults import fault_of
from kequn.engage.audiences.models import Audience
from kequn.engage.audiences.profile import OTHERS_MOST, overlaps, profile, reach, sizes_over_nights
from kequn.engage.audiences.tree import Group, as_json, from_json
from kequn.engage.audiences.views import READERS, looker_of
from kequn.engage.audiences.writing import faults, written
from kequn.engage.language import say
from kequn.engage.orgs.guard import allow, person
from kequn.engage.site import figures
from kequn.engage.site.charts import Chart
from kequn.engage.site.night import Rows, opened
from kequn.engine.publish import nights
from kequn.errors import KequnError

NIGHTS_MOST = 3
BODY_MOST = 200_000


@allow(READERS)
@require_POST
def other_form(request: HttpRequest) -> JsonResponse:
    """The rule's other form, as JSON.

    ``{"rule": ...}`` gives ``tree``, or ``fault``; ``{"tree": ...}`` gives ``rule``, or ``faults`` by path.
    """
    try:
        given = json.loads(request.body[:BODY_MOST])
        tags = looker_of(request).known.tags
        if isinstance(given, dict) and isinstance(given.get("tree"), dict):
            tree = from_json(given["tree"])
            wrong = {path: _told(error) for path, error in faults(_root(tree), tags)}
            return JsonResponse({"faults": wrong} if wrong else {"rule": written(tree, tags)})
        rule = str(given["rule"]) if isinstance(given, dict) and "rule" in given else ""
        return JsonResponse({"tree": as_json(drawn(rule, tags))})
    except json.JSONDecodeError:
        return JsonResponse({"fault": say("内容不是 JSON。", "The body is not JSON.")}, status=400)
    except KequnError as error:
        return JsonResponse({"fault": _told(error)})


def _root(tree: Any) -> Group:
    return tree if isinstance(tree, Group) else Group("and", (tree,))


def _told(error: KequnError) -> str:
    fault = fault_of(error, "")
    return f"{fault.message} {fault.hint}".strip()


@allow(READERS)
def count(request: HttpRequest) -> HttpResponse:
    """How many customers the rule selects; a mistake in it is shown at its place."""
    rule = _rule(request)
    if not rule:
        return render(request, "audiences/part_count.html", {})
    try:
        found = size(looker_of(request), rule)
    except KequnError as error:
        return render(request, "audiences/part_count.html", {"fault": fault_of(error, rule), "rule": rule})
    return render(
        request, "audiences/part_count.html", {"size": found, "rule": rule, "except": request.POST.get("except", "")}
    )


@allow(READERS)
def details(request: HttpRequest) -> HttpResponse:
    """Profile, reach and a few members of the rule's customers."""
    rule = _rule(request)
    looker = looker_of(request)
    try:
        whole = size(looker, rule)
    except KequnError as error:
        return render(request, "audiences/part_count.html", {"fault": fault_of(error, rule), "rule": rule})
    context = {
        "size": whole, "profile": profile(looker, rule), "reach": reach(looker, rule), "sample": _sample(looker, rule),
    }  # fmt: skip
    return render(request, "audiences/part_details.html", context)


@allow(READERS)
def beside(request: HttpRequest) -> HttpResponse:
    """The rule's customers beside other audiences, and beside themselves on earlier nights."""
    rule, looker = _rule(request), looker_of(request)
    try:
        size(looker, rule)
    except KequnError as error:
        return render(request, "audiences/part_count.html", {"fault": fault_of(error, rule), "rule": rule})
    context = {"overlaps": overlaps(looker, rule, _others(request)), "trend": _trend(looker, rule)}
    return render(request, "audiences/part_beside.html", context)


def _rule(request: HttpRequest) -> str:
    given = request.POST if request.method == "POST" else request.GET
    return given.get("rule", "").strip().replace("\r\n", "\n")


def _others(request: HttpRequest) -> list[tuple[int, str, str]]:
    """Other audiences that the person may see, the last changed first; all but the one being edited."""
    given = request.POST if request.method == "POST" else request.GET
    itself = given.get("except", "")
    found = Audience.visible_to(person(request)).filter(archived_at=None)[: OTHERS_MOST + 1]
    return [(each.pk, each.name, each.rule) for each in found if str(each.pk) != itself]


def _sample(looker: Looker, rule: str) -> Rows:
    tiers = looker.known.tags["tier"]
    return [
        row | {"tier_label": figures.tag(row["tier"], tiers.unit, tiers.values)} for row in linked(sample(looker, rule))
    ]


def _trend(looker: Looker, rule: str) -> Chart | None:
    """Sizes on the last nights, where there are two that know the rule's tags."""
    past = nights(looker.night.workspace)[-NIGHTS_MOST:]
    lookers = [Looker(opened(looker.night.workspace, each), looker.scope) for each in past]
    sizes = sizes_over_nights(lookers, rule)
    if len(sizes) < 2:
        return None
    title = say("最近几次夜批的人数", "Size on the last nights")
    columns = [say("日期", "Night"), say("客户数", "Customers")]
    return Chart(
        "audience-trend",
        "line",
        title,
        "count",
        columns,
        [[f"{row['as_of']}", row["customers"]] for row in sizes],
        height=160,
    )


def linked(rows: Rows) -> Rows:
    """Rows of customers, each with the ``address`` of the customer's page (empty where there is none)."""
    return [row | {"address": _address(row["customer_id"])} for row in rows]


def _address(customer_id: int) -> str:
    try:
        return reverse("customer", args=[customer_id])
    except NoReverseMatch:
        return ""
