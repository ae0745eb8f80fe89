"""The figures of the overview as cards: what, how much, against last month, and what is behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kequn.engage.insight import past
from kequn.engage.insight.frame import Frame
from kequn.engage.insight.overview import figures
from kequn.engage.language import say


@dataclass(frozen=True)
class Card:
    """One figure; ``before`` is last month's, ``note`` a few words under it, ``missing`` says what makes it."""

    name: str
    value: float | None
    unit: str
    before: float | None = None
    href: str = ""
    note: str = ""
    missing: str = ""


def cards(frame: Frame) -> list[Card]:
    """All cards, in the order in which one asks."""
    night = past.before(frame.night)
    earlier = frame.of(night) if night else None
    return [*_worth(frame, earlier), *_work(frame, earlier)]


def _worth(frame: Frame, earlier: Frame | None) -> Iterator[Card]:
    now, then = figures.totals(frame), figures.totals(earlier) if earlier else {}
    ladder = frame.address("tiers")
    yield Card(say("客户", "Customers"), now["customers"], "count", then.get("customers"), ladder,
               say(f"本月新客户 {now['moves']['new']:,}", f"{now['moves']['new']:,} new this month"))  # fmt: skip
    yield Card(say("金融资产", "AUM"), now["aum"], "fen", then.get("aum"), frame.address("tag", "aum"))
    yield Card(say("月日均资产", "Monthly average"), now["month_avg"], "fen", then.get("month_avg"),
               frame.address("tag", "aum_month_avg"))  # fmt: skip
    yield Card(
        say("本月升级", "Risen this month"), now["moves"]["up"], "count", (then.get("moves") or {}).get("up"),
        frame.address("tier_movers", way="up"),
        say(f"降级 {now['moves']['down']:,}", f"{now['moves']['down']:,} fell"),
    )  # fmt: skip


def _work(frame: Frame, earlier: Frame | None) -> Iterator[Card]:
    def then(of: Any) -> dict[str, Any]:
        return (of(earlier) if earlier else None) or {}

    risk, prospects = figures.at_risk(frame), figures.found(frame)
    yield _card(
        say("预警风险资产", "AUM at risk"), risk, "aum", "fen", then(figures.at_risk), href=frame.address("warned"),
        note=risk and say(f"{risk['customers']:,} 户", f"{risk['customers']:,} customers"),
        missing=say("尚无评分：kequn scores fit attrition", "No scores yet: kequn scores fit attrition"),
    )  # fmt: skip
    yield _card(
        say("潜力客户", "Prospects"), prospects, "customers", "count", then(figures.found),
        href=frame.address("prospects"), missing=say("尚无名单：kequn night", "No lists yet: kequn night"),
    )  # fmt: skip
    yield _card(
        say("潜客预计资金", "Prospects' money"), prospects, "estimate", "fen", then(figures.found),
        href=frame.address("prospects"), note=say("每户取最大一项", "largest estimate of each"),
        missing=say("尚无名单：kequn night", "No lists yet: kequn night"),
    )  # fmt: skip
    yield _card(
        say("今晚计划触达", "Contacts planned"), figures.planned(frame), "contacts", "count", then(figures.planned),
        href=frame.address("plan"), missing=say("尚无计划：kequn settle", "No plan yet: kequn settle"),
    )  # fmt: skip
    yield from _answers(frame, then)


def _answers(frame: Frame, then: Any) -> Iterator[Card]:
    touched, spared = figures.touched(frame), figures.spared(frame)
    customers = figures.totals(frame)["customers"]
    yield _card(say("近 30 天触达", "Contacts, 30 days"), touched, "contact", "count", then(figures.touched),
                href=frame.address("tag", "contacts_30d"))  # fmt: skip
    note = ""
    if touched["contact"]:
        answered = 100 * touched["response"] / touched["contact"]
        note = say(f"每百次触达 {answered:.1f} 次", f"{answered:.1f} per 100 contacts")
    yield _card(say("近 30 天响应", "Responses, 30 days"), touched, "response", "count", then(figures.touched),
                href=frame.address("tag", "last_response_kind"), note=note)  # fmt: skip
    share = spared["customers"] / customers if spared and customers else None
    yield Card(say("对照组占比", "Held out"), share, "share", href=frame.address("plan"),
               note=say(f"{spared['customers']:,} 户不触达", f"{spared['customers']:,} left alone") if spared else "",
               missing="" if spared else say("尚无活动：kequn settle", "No campaigns yet: kequn settle"))  # fmt: skip
    yield Card(say("活动增量", "Uplift of campaigns"), None, "fen",
               missing=say("尚未衡量", "Not measured yet"))  # fmt: skip


def _card(
    name: str, found: dict[str, Any] | None, field: str, unit: str, then: dict[str, Any], *, href: str = "",
    note: Any = "", missing: str = "",
) -> Card:  # fmt: skip
    value = found[field] if found else None
    return Card(name, value, unit, then.get(field), href, note or "", "" if found else missing)
