"""``kequn explain``: why a customer is contacted as planned, and why not otherwise."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kequn.amounts import percent, yuan
from kequn.cli.options import AsOf, a_day
from kequn.cli.screen import Json, Screen
from kequn.errors import KequnError
from kequn.insight.scores.words import DAYPARTS

if TYPE_CHECKING:
    from kequn.decisions.explain import Explanation

Rows = list[dict[str, Any]]


def explain(
    context: typer.Context,
    customer_id: Annotated[str, typer.Argument(help="客户号 | Customer's id")],
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show every candidate of a customer: planned, lost, excluded, not worth it."""
    from kequn.decisions.explain import explain as explained

    screen = Screen.of(context, as_json)
    if not customer_id.lstrip("-").isdigit():
        raise KequnError("A customer's id is a whole number.", "Find one: kequn audience list RULE.")
    found = explained(screen.workspace(), int(customer_id), a_day(as_of))
    if screen.json:
        screen.emit(asdict(found))
    else:
        show_explanation(screen, found)


def show_explanation(screen: Screen, found: Explanation, brief: bool = False) -> None:
    """Print it; ``brief``: the best lost bid of each campaign, and exclusions counted by reason."""
    say = screen.say
    screen.line(
        say(
            f"客户 {found.customer_id}，{found.planned_day} 的计划",
            f"Customer {found.customer_id}: the plan for {found.planned_day}",
        ),
        "bold",
    )
    if not any((found.planned, found.lost, found.excluded, found.worthless)):
        text = say("不在任何活动的目标客群中。", "The customer is in no campaign's audience.")
        screen.line(f"{text} {_outside(screen, found)}")
        return
    for row in found.planned:
        _planned(screen, row)
    if not found.planned:
        screen.line(say("未列入任何计划。", "Nothing is planned."))
    _lost(screen, _best_of_each(found.lost) if brief else found.lost)
    _excluded(screen, found.excluded, brief)
    _worthless(screen, found.worthless)
    screen.line(_outside(screen, found), "dim")


def _planned(screen: Screen, row: dict[str, Any]) -> None:
    say, language = screen.say, screen.language
    money = {name: yuan(row[f"{name}_fen"], language) for name in ("value", "cost", "priority", "price", "gain")}
    parts = say(*DAYPARTS.get(row["daypart"], (row["daypart"], row["daypart"])))
    by = say(f"，由 {row['staff_id']} 联系", f", by {row['staff_id']}") if row["staff_id"] else ""
    screen.line(say(f"计划：{_name(screen, row)}，{parts}{by}", f"Planned: {_name(screen, row)}, {parts}{by}"), "green")
    factors = f"{_chance(row)} × {money['value']} × {row['lever']:g} − {money['cost']} = {money['priority']}"
    drawn = say("，抽签选出", ", drawn by lot") if row["explored"] else ""
    screen.line(
        say(
            f"  概率 × 价值 × 杠杆 − 成本 = 优先值：{factors} 元；付价 {money['price']}，净得 {money['gain']}；"
            f"倾向概率 {row['propensity']:.3f}{drawn}",
            f"  chance x value x lever - cost = priority: {factors} yuan; pays {money['price']}, gains {money['gain']};"
            f" propensity {row['propensity']:.3f}{drawn}",
        )
    )


def _lost(screen: Screen, rows: Rows) -> None:
    say, language = screen.say, screen.language
    money = (("优先值", "priority"), ("价格", "price"), ("净得", "gain"))
    heads = [say("落选的竞价", "bid that lost"), say("原因", "why"), say("让位于", "to"), say("概率", "chance"),
             *(screen.money(*each) for each in money)]  # fmt: skip
    cells = [
        [_name(screen, row), say(row["zh"], row["en"]), _short(row["to"]), _chance(row),
         yuan(row["priority_fen"], language), yuan(row["toll_fen"], language), yuan(row["gain_fen"], language)]
        for row in sorted(rows, key=_by_gain)
    ]  # fmt: skip
    if cells:
        screen.table(say("落选", "Lost"), heads, cells, left=3)


def _by_gain(row: dict[str, Any]) -> tuple[bool, int]:
    return row["gain_fen"] is None, -(row["gain_fen"] or 0)


def _best_of_each(rows: Rows) -> Rows:
    best: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=_by_gain):
        best.setdefault(row["campaign"], row)
    return list(best.values())


def _excluded(screen: Screen, rows: Rows, brief: bool) -> None:
    say = screen.say
    if brief and rows:
        names: dict[str, list[str]] = {}
        for row in rows:
            names.setdefault(say(row["zh"], row["en"]), []).append(row["campaign"])
        told = "; ".join(f"{reason}: {', '.join(dict.fromkeys(each))}" for reason, each in names.items())
        screen.line(say(f"排除：{told}", f"Excluded: {told}"))
        return
    heads = [say("被排除", "excluded"), say("层面", "level"), say("原因", "reason"), say("说明", "meaning"),
             say("全部原因", "all reasons")]  # fmt: skip
    levels = {"campaign": say("整个活动", "campaign"), "offer": say("产品", "offer"), "pair": say("渠道", "channel")}
    cells = [
        [_name(screen, row), levels[row["level"]], say(row["zh"], row["en"]), say(row["explain_zh"], row["explain_en"]),
         ", ".join(row["reasons"])]
        for row in rows
    ]  # fmt: skip
    if cells:
        screen.table(say("按规则排除", "Excluded by rule"), heads, cells, left=5)


def _worthless(screen: Screen, rows: Rows) -> None:
    if rows:
        names = ", ".join(_name(screen, row) for row in rows)
        screen.line(screen.say(f"预期收益不抵成本：{names}", f"Not worth the cost: {names}"))


def _outside(screen: Screen, found: Explanation) -> str:
    return screen.say(
        f"另有 {found.outside} 个活动的目标客群不含该客户。",
        f"The audiences of {found.outside} campaigns do not include the customer.",
    )


def _name(screen: Screen, row: dict[str, Any]) -> str:
    campaign = screen.say(row["campaign_zh"], row["campaign_en"])
    if row["offer"] is None:
        return campaign
    offer = screen.say(row["offer_zh"], row["offer_en"]) or row["offer"]
    return f"{campaign} / {offer} / {row['channel']}"


def _short(contact: dict[str, Any] | None) -> str:
    return "" if contact is None else f"{contact['campaign']} / {contact['channel']}"


def _chance(row: dict[str, Any]) -> str:
    return percent(row["probability"]) if row["probability"] >= 0.01 else f"{100 * row['probability']:.2g}%"
