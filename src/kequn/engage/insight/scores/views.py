"""Pages of scores."""

from __future__ import annotations

import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.safestring import mark_safe

from kequn.engage.insight.choices import Choice, chosen, shown
from kequn.engage.insight.frame import Frame, of_a_night
from kequn.engage.insight.listing import listed
from kequn.engage.insight.scores import cards, spread, warned
from kequn.engage.insight.wording import codes, label
from kequn.engage.language import say, spoken
from kequn.engage.orgs.guard import allow
from kequn.engage.orgs.roles import KNOWING, Role
from kequn.engage.site.charts import Chart
from kequn.engage.site.night import Rows
from kequn.errors import KequnError
from kequn.insight.catalogue import Catalogue
from kequn.insight.scores import overview, store
from kequn.insight.scores.card import as_dict
from kequn.insight.scores.families import NIGHTLY
from kequn.insight.scores.figures import KNOWN, Figures
from kequn.insight.scores.model import Model
from kequn.insight.scores.wording import Wording
from kequn.insight.scores.words import CLASSES, LEVELS

CODE = re.compile(r"\b[a-z]+(?:_[a-z]+)*\b", re.ASCII)
PAIR = re.compile(r"\b([a-z_]+)/([a-z_]+)\b")
COUNTS = ("customers", "taken", "takers", "forbidden")
DRIVERS_MOST = 12
DRIFTS = {
    "steady": ("稳定", "Steady", "good"),
    "watch": ("关注", "Watch", "warn"),
    "warn": ("变化大", "Shifted", "bad"),
}
RANKS = ("steady", "watch", "warn")
ACTS = {"promote": ("启用", "Promoted"), "rollback": ("退回", "Rolled back to")}


@allow(KNOWING, Role.DATA_ENGINEER)
@of_a_night
def scores(request: HttpRequest, frame: Frame) -> HttpResponse:
    """Every family with its champion."""
    return render(request, "insight/scores.html", {"frame": frame, "rows": [_row(frame, name) for name in NIGHTLY]})


@allow(KNOWING, Role.DATA_ENGINEER)
@of_a_night
def score(request: HttpRequest, frame: Frame, family: str) -> HttpResponse:
    """The card of a family's champion, and what it says tonight."""
    if family not in NIGHTLY:
        raise Http404
    workspace = frame.night.workspace
    model = cards.champion(workspace, family)
    page = {
        "frame": frame, "family": family, "label": label(NIGHTLY[family]), "model": model,
        "parent": frame.address("scores"), "tonight": spread.chart(frame, family),
        "levels": spread.levels(frame) if family == "attrition" else [], "warned": frame.address("warned"),
        "drift": _drift(frame, family), "realised": _realised(frame, family), "history": _history(frame, family),
        "versions": cards.versions(workspace, family), "may_list": frame.staff.duty in KNOWING,
        "used": frame.night.published.manifest.get("models", {}).get(family),
    }  # fmt: skip
    return render(request, "insight/score.html", page | (_card(frame, model) if model else {}))


@allow(KNOWING)
@of_a_night
def warned_list(request: HttpRequest, frame: Frame) -> HttpResponseBase:
    """Customers with an attrition warning."""
    filters = _filters(request, frame)
    page = {"frame": frame, "levels": spread.levels(frame), "parent": frame.address("score", "attrition")}
    page |= shown(request, *filters.values())
    if not frame.night.has("score_attrition"):
        return render(request, "insight/warned.html", page)
    return listed(request, warned.listing(frame, **filters), "insight/warned.html", page)


def _filters(request: HttpRequest, frame: Frame) -> dict[str, Choice]:
    levels = [(level, say(*LEVELS[level])) for level in ("urgent", "warn", "watch")]
    segments = [(name, label(each)) for name, each in frame.definitions.segments.items()]
    return {
        "level": chosen(request, "level", say("级别", "Level"), levels),
        "segment": chosen(request, "segment", say("客群", "Segment"), segments),
        "tier": chosen(request, "tier", say("层级", "Tier"), codes(frame.definitions, "tier")),
    }  # fmt: skip


def _row(frame: Frame, family: str) -> dict[str, Any]:
    workspace = frame.night.workspace
    model, listed = cards.champion(workspace, family), cards.versions(workspace, family)
    newest = next((each for each in listed if not each.is_champion and not each.fault), None)
    found = _drift(frame, family)
    worst = max((row["level"] for row in found), key=RANKS.index, default=None)
    main = overview.headline(model) if model else None
    return {
        "label": label(NIGHTLY[family]), "address": frame.address("score", family), "model": model,
        "main": main, "metric": _metric(main["metric"]) if main else "", "challenger": newest,
        "fault": next((each.fault for each in listed if each.is_champion and each.fault), ""),
        "fitted": next((each.created_on[:10] for each in listed if each.is_champion), ""),
        "period": _period(model), "worst": (say(*DRIFTS[worst][:2]), DRIFTS[worst][2]) if worst else None,
        "command": f"kequn scores fit {family}",
    }  # fmt: skip


def _metric(name: str | None) -> str:
    known = {"ndcg_5": ("NDCG@5", "NDCG@5"), "rank_correlation": ("秩相关", "Rank correlation")}
    if name is None:
        return ""
    return say(*(known.get(name) or KNOWN.get(name, (name, name, ""))[:2]))


def _period(model: Model | None) -> dict[str, str]:
    """Training and validation, each as one text."""
    period = (model.about.get("period") or {}) if model else {}
    return {name: " – ".join(dict.fromkeys(map(str, period.get(name) or []))) for name in ("train", "validate")}


def _card(frame: Frame, model: Model) -> dict[str, Any]:
    """What the card says, in the page's language."""
    words, card = cards.wording(model, spoken().value), as_dict(model)
    told = Figures(_shares(card["metrics"] or {}), words)
    rows = (card["data"] or {}).get("rows")
    # The card's own tables: every text in them is escaped where it is made.
    return {
        "headline": mark_safe(told.headline()), "table": mark_safe(told.table()), "period": _period(model),
        "purpose": _text(card["purpose"]), "limits": _texts(card["limits"]),
        "notes": [named(text, frame.definitions) for text in _texts(card["notes"])],
        "rows": rows, "calibration": _calibration(card["calibration"]), "drivers": _drivers(card["drivers"], words),
        "owner": card["owner"], "features": len(card["features"] or []),
    }  # fmt: skip


def _shares(metrics: dict[str, Any]) -> dict[str, Any]:
    """Without sums and counts among the figures of all: they say how large the validation was, not how good."""
    pooled = metrics.get("pooled") or {}
    kept = {name: value for name, value in pooled.items() if not name.endswith("_fen") and name not in COUNTS}
    return metrics | {"pooled": kept}


def _text(given: Any) -> str:
    if isinstance(given, dict):
        return str(say(given.get("zh", ""), given.get("en", "")))
    zh, split, en = str(given or "").partition(" | ")
    return say(zh, en if split else zh)


def named(text: str, definitions: Catalogue) -> str:
    """A note with the names of segments, and of a class of products with a tier, in the page's language."""
    segments, tiers = definitions.segments, definitions.tags["tier"].values

    def pair(found: re.Match[str]) -> str:
        if found[1] not in CLASSES or found[2] not in tiers:
            return found[0]
        return f"{say(*CLASSES[found[1]])}·{say(*tiers[found[2]])}"

    text = PAIR.sub(pair, text)
    return CODE.sub(lambda found: label(segments[found[0]]) if found[0] in segments else found[0], text)


def _texts(given: Any) -> list[str]:
    listed = given if isinstance(given, list) else [given]
    return [text for text in map(_text, listed) if text]


def _calibration(rows: Any) -> Chart | None:
    if not isinstance(rows, list) or not rows:
        return None
    drawn = [[row["predicted"], row["observed"], row["rows"]] for row in rows]
    gap = sum(row["rows"] * abs(row["predicted"] - row["observed"]) for row in rows) / sum(row["rows"] for row in rows)
    title = say(
        f"预测与实际平均相差 {100 * gap:.1f} 个百分点",
        f"Predicted and observed differ by {100 * gap:.1f} points on average",
    )
    heads = [say("预测概率", "Predicted"), say("实际比例", "Observed"), say("客户", "Customers")]
    note = say(
        "每个点是一组验证期客户；落在虚线上即概率与实际一致。",
        "A dot is a group of the validation's customers; on the dashed line probabilities come true.",
    )
    return Chart("calibration", "calibration", title, "share", heads, drawn, note=note)


def _drivers(drivers: Any, words: Wording) -> Chart | None:
    if not drivers:
        return None
    names = {each["name"]: say(each.get("zh", ""), each.get("en", "")) for each in drivers}
    drawn = [
        [names[each["name"]] or say(*words.names.get(each["name"], (each["name"],) * 2)), float(each["share"])]
        for each in drivers[:DRIVERS_MOST]
    ]
    title = say(f"最看重的是{drawn[0][0]}", f"It looks most at: {drawn[0][0]}")
    heads = [say("因素", "Driver"), say("占比", "Share")]
    note = say(
        "占全部分裂增益的比例，说明模型用到什么，不说明因果。",
        "Share of the gain of all splits: what the model uses, not what causes the outcome.",
    )
    return Chart("drivers", "rows", title, "share", heads, drawn, height=360, note=note)


def _drift(frame: Frame, family: str) -> Rows:
    """Features of the family with their drift, the score first, then the farthest."""
    if not frame.night.has("score_drift"):
        return []
    rows = frame.night.rows(
        """SELECT feature, psi, level, words_zh, words_en FROM score_drift WHERE family = $family
        ORDER BY feature <> 'score', psi DESC NULLS LAST, feature""",
        family=family,
    )
    return [row | {"chip": DRIFTS[row["level"]][2], "name": say(*DRIFTS[row["level"]][:2])} for row in rows]


def _realised(frame: Frame, family: str) -> Rows:
    if not frame.night.has("score_realised"):
        return []
    return frame.night.rows(
        "SELECT * FROM score_realised WHERE family = $family ORDER BY scored_on DESC", family=family
    )


def _history(frame: Frame, family: str) -> Rows:
    try:
        log = store.history(frame.night.workspace, family)
    except KequnError:
        return []
    return [entry | {"name": say(*ACTS.get(entry["act"], (entry["act"],) * 2))} for entry in reversed(log)]
