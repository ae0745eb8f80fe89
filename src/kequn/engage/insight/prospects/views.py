"""Pages of prospects."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from kequn.engage.insight import past
from kequn.engage.insight.choices import Choice, branches, chosen, shown
from kequn.engage.insight.frame import Frame, of_a_night
from kequn.engage.insight.listing import listed
from kequn.engage.insight.prospects import figures
from kequn.engage.insight.prospects.gained import Known, yields
from kequn.engage.insight.wording import codes, label, plain, sentence
from kequn.engage.language import say
from kequn.engage.orgs.guard import allow
from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import KNOWING
from kequn.engage.site import figures as written
from kequn.engage.site.charts import Chart
from kequn.engage.site.night import Rows
from kequn.insight.catalogue import Prospect

CONFIDENCES = (("80", "≥ 80%"), ("60", "≥ 60%"), ("40", "≥ 40%"))


@allow(KNOWING)
@of_a_night
def prospects(request: HttpRequest, frame: Frame) -> HttpResponse:
    """All rules with what they found."""
    earlier = past.before(frame.night)
    rows = _rules(frame, frame.of(earlier) if earlier else None)
    page = {
        "frame": frame, "rows": rows, "yield_note": _told(yields(frame)), "chart": _chart(rows),
        "against": say(f"较 {earlier.as_of:%m-%d}", f"vs {earlier.as_of:%m-%d}") if earlier else "",
        "none": not frame.night.has("prospect"),
    }  # fmt: skip
    return render(request, "insight/prospects.html", page)


@allow(KNOWING)
@of_a_night
def prospect_rule(request: HttpRequest, frame: Frame, rule: str) -> HttpResponseBase:
    """The customers that one rule found."""
    found = _of(frame, rule)
    filters = _filters(request, frame)
    size, gained = figures.sizes(frame).get(rule, figures.NOTHING), yields(frame)
    page = {
        "frame": frame, "rule": found, "label": label(found), "size": size, "parent": frame.address("prospects"),
        "means": plain(say(found.estimate_zh, found.estimate_en)),
        "sentence": sentence(found.condition, frame.definitions, frame.night.workspace.settings),
        "places": _places(frame, rule),
        "gained": gained.rules.get(rule), "yield_note": _told(gained),
    }  # fmt: skip
    listing = figures.listing(frame, rule, **filters)
    return listed(request, listing, "insight/prospect_rule.html", page | shown(request, *filters.values()))


def _of(frame: Frame, rule: str) -> Prospect:
    found = frame.definitions.prospects.get(rule)
    if found is None or not frame.night.has("prospect"):
        raise Http404
    return found


def _filters(request: HttpRequest, frame: Frame) -> dict[str, Choice]:
    return {
        "branch": branches(request, frame, "prospect"), "rm": _rms(request, frame),
        "tier": chosen(request, "tier", say("层级", "Tier"), codes(frame.definitions, "tier")),
        "confidence": chosen(request, "confidence", say("可信度", "Confidence"), CONFIDENCES),
    }  # fmt: skip


def _rms(request: HttpRequest, frame: Frame) -> Choice:
    """The relationship managers whom the lists name; nothing to choose for one of them."""
    if frame.scope.staff is not None:
        return Choice("rm", "", "")
    where, values = frame.scope.condition("prospect")
    ids = frame.kept(
        "prospect rms",
        lambda: [
            row["id"]
            for row in frame.night.rows(
                f"SELECT DISTINCT staff_id AS id FROM prospect WHERE {where} AND staff_id IS NOT NULL ORDER BY 1",
                **values,
            )
        ],
    )
    names = dict(Staff.objects.filter(username__in=ids).values_list("username", "name")) if len(ids) <= 500 else {}
    return chosen(
        request, "rm", say("客户经理", "RM"), [(each, f"{each} {names.get(each, '')}".strip()) for each in ids]
    )


def _rules(frame: Frame, earlier: Frame | None) -> Rows:
    now, then, gained = figures.sizes(frame), figures.sizes(earlier) if earlier else {}, yields(frame)
    return [
        figures.NOTHING | now.get(name, {}) | {
            "name": label(rule), "means": plain(say(rule.estimate_zh, rule.estimate_en)), "before": then.get(name),
            "address": frame.address("prospect_rule", name), "gained": gained.rules.get(name),
        }
        for name, rule in frame.definitions.prospects.items()
    ]  # fmt: skip


def _places(frame: Frame, rule: str) -> Rows:
    return [
        row | {
            "name": frame.orgs.get(row["org"], row["org"]) if row["org"] else say("未归属机构", "No branch"),
            "address": frame.address("prospect_rule", rule, branch=row["org"]) if row["org"] else "",
        }
        for row in figures.places(frame, rule)
    ]  # fmt: skip


def _chart(rows: Rows) -> Chart:
    listed = sorted((row for row in rows if row["customers"]), key=lambda row: (-row["estimate"], row["name"]))
    drawn = [[row["name"], row["estimate"]] for row in listed]
    title = say("各规则预计资金", "Estimated money by rule")
    if drawn:
        money = written.money(drawn[0][1])
        title = say(f"预计资金最多的是{drawn[0][0]}，{money}", f"Most money: {drawn[0][0]}, {money}")
    heads = [say("规则", "Rule"), say("预计资金", "Estimate")]
    return Chart("estimates", "rows", title, "fen", heads, drawn, links=[row["address"] for row in listed], height=360)


def _told(known: Known) -> dict[str, Any]:
    """From which list yields are read, or since when they can be."""
    if known.since is None:
        text = say(
            f"名单满三个月后才能看成效：最早 {known.on} 起可知。",
            f"A list shows its yield after three months: from {known.on} at the earliest.",
        )
    else:
        text = say(
            f"成效：{known.since} 名单上的客户到 {known.on} 升级的比例；"
            "相近客户为同层级、同资产水平而不在任何名单上的客户。",
            f"Yield: how many of the list of {known.since} rose a tier by {known.on}; like customers are on no list, of"
            " the same tier and AUM.",
        )
    return {"text": text, "known": known.since is not None}
