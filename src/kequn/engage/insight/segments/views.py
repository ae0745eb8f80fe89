"""Pages of segments."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from kequn.engage.insight import past
from kequn.engage.insight.frame import Frame, of_a_night
from kequn.engage.insight.listing import listed
from kequn.engage.insight.segments import figures, one, white
from kequn.engage.insight.wording import label, named, sentence
from kequn.engage.language import say
from kequn.engage.orgs.guard import allow
from kequn.engage.orgs.roles import KNOWING
from kequn.engage.site.charts import Chart
from kequn.engage.site.night import Rows
from kequn.insight.catalogue import Segment
from kequn.insight.rules import rule_names


@allow(KNOWING)
@of_a_night
def segments(request: HttpRequest, frame: Frame) -> HttpResponse:
    """Sizes, overlap and the cross-coverage matrix."""
    show = "lift" if request.GET.get("show") == "lift" else "share"
    earlier = past.before(frame.night)
    page = {
        "frame": frame, "rows": _sizes(frame, frame.of(earlier) if earlier else None), "show": show,
        "heat": _heat(frame, show), "several": _several(frame), "earlier": earlier,
        "against": say(f"较 {earlier.as_of:%m-%d}", f"vs {earlier.as_of:%m-%d}") if earlier else "",
        "shows": [(say("占比", "Share"), "share"), (say("提升度", "Lift"), "lift")],
    }  # fmt: skip
    return render(request, "insight/segments.html", page)


@allow(KNOWING)
@of_a_night
def segment(request: HttpRequest, frame: Frame, name: str) -> HttpResponse:
    """One segment in full."""
    found = _of(frame, name)
    settings = frame.night.workspace.settings
    size = next((row for row in figures.sizes(frame) if row["segment"] == name), None)
    if size is None:
        raise Http404
    page = {
        "frame": frame, "segment": found, "label": label(found), "size": size,
        "sentence": sentence(found.rule, frame.definitions, settings),
        "tags": [(named(frame.definitions, tag), frame.address("tag", tag)) for tag in sorted(rule_names(found.rule))],
        "branches": one.branches(frame, name), "traits": one.traits(frame, name), "ladder": one.ladder(frame, name),
        "holdings": one.holdings(frame, name), "churn": one.churn(frame, name), "lists": white.targets(frame, name),
        "parent": frame.address("segments"), "builder": frame.address("audiences", rule=name),
    }  # fmt: skip
    return render(request, "insight/segment.html", page)


@allow(KNOWING)
@of_a_night
def white_list(request: HttpRequest, frame: Frame, name: str, target: str) -> HttpResponseBase:
    """A white list of the segment."""
    found = _of(frame, name, target)
    to = named(frame.definitions, target)
    page = {
        "frame": frame, "title": f"{label(found)} → {to}",
        "parent": frame.address("segment", name), "parent_name": label(found),
        "explained": say(
            f"{label(found)}客户中尚无“{to}”者。同类持有率是同层级、年龄段、产品数的客户中"
            "已持有者的占比，不是响应概率。全行名单每份有上限，此处为其中您范围内的客户。",
            f"Members of {label(found)} without “{to}”. Share of like: how many customers of the same tier, age band"
            " and number of products have it; not a chance to respond. Of the bank's list, these are yours.",
        ),
    }  # fmt: skip
    return listed(request, white.listing(frame, name, target), "insight/list.html", page)


def _of(frame: Frame, name: str, target: str | None = None) -> Segment:
    found = frame.definitions.segments.get(name)
    listed = target is None or (found is not None and target in found.white_list and frame.night.has("white_list"))
    if found is None or not listed:
        raise Http404
    return found


def _sizes(frame: Frame, earlier: Frame | None) -> Rows:
    then = past.by_name(figures.sizes(earlier), "segment") if earlier else {}
    return [
        row | {
            "name": named(frame.definitions, row["segment"]), "before": then.get(row["segment"]),
            "address": frame.address("segment", row["segment"]),
        }
        for row in figures.sizes(frame)
    ]  # fmt: skip


def _heat(frame: Frame, show: str) -> Chart:
    cells = figures.matrix(frame)
    first = named(frame.definitions, cells[0]["segment"]) if cells else ""
    rows = [
        [named(frame.definitions, cell["segment"]), named(frame.definitions, cell["target"]), cell[show]]
        for cell in cells if cell[show] is not None
    ]  # fmt: skip
    best = max((cell for cell in cells if cell["lift"]), key=lambda cell: cell["lift"], default=None)
    title = say("客群交叉覆盖", "Cross-coverage")
    if best:
        one_name, other = named(frame.definitions, best["segment"]), named(frame.definitions, best["target"])
        title = say(
            f"{one_name}客户中“{other}”的占比是平均的 {best['lift']:.1f} 倍",
            f"“{other}” among {one_name}: {best['lift']:.1f} times the average",
        )
    unit = "share" if show == "share" else "plain"
    heads = [
        say("客群", "Segment"),
        say("产品或客群", "Target"),
        say("占比", "Share") if show == "share" else say("提升度", "Lift"),
    ]
    return Chart("heat", "heat", title, unit, heads, [[first, first, None], *rows] if rows else [], height=480)  # type: ignore[arg-type]


def _several(frame: Frame) -> Chart:
    counted = figures.several(frame)
    overlapping = sum(counted[2:])
    everybody = sum(counted)
    title = say("客户所在客群数", "Segments of a customer")
    if everybody:
        share = f"{100 * overlapping / everybody:.1f}%"
        title = say(f"{share} 的客户同时在两个以上客群", f"{share} of customers are in two segments or more")
    rows = [[say(f"{number} 个", f"{number}"), customers] for number, customers in enumerate(counted)]
    heads = [say("客群数", "Segments"), say("客户", "Customers")]
    return Chart("several", "bar", title, "count", heads, rows if everybody else [], height=280)
