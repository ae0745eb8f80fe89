"""The overview's page, and its trends as a part that comes after it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kequn.engage.insight import past
from kequn.engage.insight.frame import Frame, of_a_night
from kequn.engage.insight.listing import SIZE
from kequn.engage.insight.overview import charts, figures, trend
from kequn.engage.insight.overview.cards import cards
from kequn.engage.language import say
from kequn.engage.orgs.guard import allow
from kequn.engage.orgs.models import Org
from kequn.engage.orgs.roles import KNOWING
from kequn.engage.site.night import Rows

SORTS = ("aum", "customers", "change", "risen", "fallen")


@allow(KNOWING)
@of_a_night
def overview(request: HttpRequest, frame: Frame) -> HttpResponse:
    """What the person's customers are worth tonight, beside last month."""
    earlier = past.before(frame.night)
    against = say(f"较 {earlier.as_of:%m-%d}", f"vs {earlier.as_of:%m-%d}") if earlier else ""
    page = {
        "frame": frame, "cards": cards(frame), "earlier": earlier, "against": against,
        "ladder": charts.ladder(frame), "segments": charts.segments(frame), "below": _below(request, frame),
        "trend": frame.address("overview_trend"),
    }  # fmt: skip
    return render(request, "insight/overview.html", page)


@allow(KNOWING)
@of_a_night
def overview_trend(request: HttpRequest, frame: Frame) -> HttpResponse:
    """Trends over the nights that there are."""
    return render(request, "insight/trend.html", {"charts": trend.charts(frame)})


def _below(request: HttpRequest, frame: Frame) -> dict[str, Any] | None:
    """The table of branches, or of the outlets of a single branch, sorted as asked; None where there are none."""
    level, rows = figures.orgs(frame)
    if not rows:
        return None
    earlier = past.before(frame.night)
    then = past.by_name(figures.orgs(frame.of(earlier))[1], "org_id") if earlier else {}
    known = set(Org.visible_to(frame.staff).values_list("org_id", flat=True))
    told = [_row(frame, row, then.get(row["org_id"]), known) for row in rows]
    sort = request.GET.get("sort", "")
    sort = sort if sort.removeprefix("-") in SORTS else "-aum"
    told.sort(key=lambda row: (row[sort.removeprefix("-")] or 0, row["org_id"] or ""), reverse=sort.startswith("-"))
    title = say("支行", "Branches") if level == "branch_id" else say("网点", "Outlets")
    everything = "all" in request.GET
    shown = told if everything else told[:SIZE]
    return {"title": title, "rows": shown, "sort": sort, "total": len(told), "heads": _heads(sort)}


def _row(frame: Frame, row: dict[str, Any], then: dict[str, Any] | None, known: set[str]) -> dict[str, Any]:
    org = row["org_id"]
    link = frame.address("overview", org=org) if org in known else ""
    name = frame.orgs.get(org, org) if org else say("未归属机构", "No branch")
    change = (row["aum"] - then["aum"]) / then["aum"] if then and then["aum"] else None
    return row | {"name": name, "link": link, "before": then and then["aum"], "change": change}


def _heads(sort: str) -> Rows:
    words = (
        ("customers", "客户", "Customers"), ("aum", "金融资产", "AUM"), ("change", "较上月", "Change"),
        ("risen", "升级", "Risen"), ("fallen", "降级", "Fallen"),
    )  # fmt: skip
    return [
        {"name": say(zh, en), "sort": f"-{field}" if sort != f"-{field}" else field,
         "on": sort.removeprefix("-") == field, "down": sort.startswith("-")}
        for field, zh, en in words
    ]  # fmt: skip
