"""Pages of tiers."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from kequn.engage.insight import past
from kequn.engage.insight.choices import chosen, shown
from kequn.engage.insight.frame import Frame, a_month, of_a_night
from kequn.engage.insight.listing import Listing, listed
from kequn.engage.insight.overview import charts
from kequn.engage.insight.overview.figures import totals
from kequn.engage.insight.tiers import flow, lists
from kequn.engage.insight.wording import code, codes
from kequn.engage.language import say
from kequn.engage.orgs.guard import allow
from kequn.engage.orgs.roles import KNOWING
from kequn.engage.site.night import Rows

FEN = 100


@allow(KNOWING)
@of_a_night
def tiers(request: HttpRequest, frame: Frame) -> HttpResponse:
    """The ladder beside last month's, and the flow between two months."""
    month_from, month_to = _span(request, frame)
    found = flow.cells(frame, month_from, month_to)
    known = [(f"{month:%Y-%m}", f"{month:%Y-%m}") for month in reversed(flow.months(frame))]
    earlier = past.before(frame.night)
    page = {
        "frame": frame, "rows": _ladder(frame, frame.of(earlier) if earlier else None), "earlier": earlier,
        "ladder": charts.ladder(frame), "flow": flow.chart(frame, found), "known": known,
        "month_from": f"{month_from:%Y-%m}", "month_to": f"{month_to:%Y-%m}",
        "matrix": flow.matrix(frame, found, month_from, month_to),
        "near": {"address": frame.address("tier_near"), "number": lists.near(frame).total},
        "falling": {"address": frame.address("tier_falling"), "number": lists.falling(frame).total},
        "movers": [
            frame.address("tier_movers", **{"from": f"{month_from:%Y-%m}", "to": f"{month_to:%Y-%m}", "way": way})
            for way in ("up", "down")
        ],
        "against": say(f"较 {earlier.as_of:%m-%d}", f"vs {earlier.as_of:%m-%d}") if earlier else "",
    }  # fmt: skip
    return render(request, "insight/tiers.html", page)


@allow(KNOWING)
@of_a_night
def tier_movers(request: HttpRequest, frame: Frame) -> HttpResponseBase:
    """Who moved between two months."""
    listing, context = _movers(request, frame)
    return _page(request, frame, listing, context)


@allow(KNOWING)
@of_a_night
def tier_near(request: HttpRequest, frame: Frame) -> HttpResponseBase:
    """Who is close to the next tier."""
    share = frame.night.workspace.settings.integer("tiers.near_share_percent")
    context = {
        "title": say("临界客户", "Near the next tier"),
        "explained": say(
            f"本月月日均低于下一层级门槛不超过 {share}%。“今日需存入”是今天存入并留存至月末即可达标的最小金额。",
            f"This month's average lies at most {share}% under the next bound. Needed today: the least amount that must"
            " come in today and stay until the month's end.",
        ),
    }  # fmt: skip
    return _page(request, frame, lists.near(frame), context)


@allow(KNOWING)
@of_a_night
def tier_falling(request: HttpRequest, frame: Frame) -> HttpResponseBase:
    """Who is about to fall."""
    context = {
        "title": say("可能降级", "About to fall"),
        "explained": say(
            "本月迄今月日均达不到当前层级；连续两个月末未达标即降级。",
            "This month's average does not earn the present tier; two month-ends in a row under it, and it is lost.",
        ),
    }  # fmt: skip
    return _page(request, frame, lists.falling(frame), context)


def _span(request: HttpRequest, frame: Frame) -> tuple[date, date]:
    """The months of ``?from=`` and ``?to=``; the last two where they are not months that there are."""
    known = flow.months(frame)
    usual = (known[-2] if len(known) > 1 else known[-1], known[-1])
    asked = [a_month(request.GET.get(name, "")) for name in ("from", "to")]
    start, end = (each if each and each in known else other for each, other in zip(asked, usual, strict=True))
    return (start, end) if start <= end else (end, start)


def _movers(request: HttpRequest, frame: Frame) -> tuple[Listing, dict[str, Any]]:
    month_from, month_to = _span(request, frame)
    way = chosen(request, "way", say("方向", "Way"), [("up", say("升级", "Up")), ("down", say("降级", "Down"))])
    ladder = codes(frame.definitions, "tier")
    old = chosen(request, "tier_from", say("期初层级", "Tier then"), ladder)
    new = chosen(request, "tier_to", say("期末层级", "Tier now"), ladder)
    listing = lists.movers(
        frame, month_from, month_to, way=way.value, tier_from=old.value, tier_to=new.value
    )  # fmt: skip
    months = [("from", f"{month_from:%Y-%m}"), ("to", f"{month_to:%Y-%m}")]
    filters = shown(request, way, old, new)
    return listing, filters | {
        "title": say(f"层级变动 {month_from:%Y-%m} → {month_to:%Y-%m}", f"Moves {month_from:%Y-%m} → {month_to:%Y-%m}"),
        "carried": filters["carried"] + months,
    }  # fmt: skip


def _page(request: HttpRequest, frame: Frame, listing: Listing, context: dict[str, Any]) -> HttpResponseBase:
    page = {"frame": frame, "parent": frame.address("tiers"), "parent_name": say("分层", "Tiers")}
    return listed(request, listing, "insight/list.html", page | context)


def _ladder(frame: Frame, earlier: Frame | None) -> Rows:
    """Customers and AUM of each tier, highest first, beside last month's."""
    now, then = totals(frame), totals(earlier) if earlier else None
    settings = frame.night.workspace.settings
    return [
        {
            "tier": tier, "name": code(frame.definitions, "tier", tier),
            "bound": settings.integer(f"tiers.{tier}_yuan") * FEN if f"tiers.{tier}_yuan" in settings.values else 0,
            "customer_share": each["customers"] / now["customers"] if now["customers"] else None,
            "aum_share": each["aum"] / now["aum"] if now["aum"] else None,
            "before": then["tiers"].get(tier) if then else None, **each,
        }
        for tier, each in reversed(now["tiers"].items())
    ]  # fmt: skip
