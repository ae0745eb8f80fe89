"""The scores of one customer in words: leaving and why, products with reasons, channels, value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kequn.amounts import percent, yuan
from kequn.cli.screen import Screen
from kequn.insight.scores.words import CLASSES, DAYPARTS, LEVELS, REASONS

DRIVERS = 3

Rows = list[dict[str, Any]]


def show_scores(screen: Screen, scores: Mapping[str, Rows]) -> None:
    """Print what the night's models say of a customer; nothing where there are none."""
    if scores.get("attrition"):
        _attrition(screen, scores["attrition"])
    if scores.get("product"):
        _products(screen, scores["product"], scores.get("liking") or [])
    if scores.get("channel"):
        _channels(screen, scores["channel"])
    if scores.get("value"):
        _value(screen, scores["value"], scores.get("uplift") or [])


def _attrition(screen: Screen, rows: Rows) -> None:
    say, first = screen.say, rows[0]
    at_risk = yuan(first["aum_at_risk"], screen.language)
    screen.line(
        say(
            f"流失预警：{say(*LEVELS[first['level']])}，90天内流失概率 {percent(first['probability'])}，"
            f"风险资产 {at_risk}",
            f"Attrition: {say(*LEVELS[first['level']])}, {percent(first['probability'])} to leave within 90 days,"
            f" {at_risk} at risk",
        ),
        "bold",
    )
    for place in range(1, DRIVERS + 1):
        words = first[f"driver_{place}_{screen.language.value}"]
        if words:
            raises = first[f"driver_{place}_direction"] == "up"
            screen.line(f"  {'↑' if raises else '↓'} {words}")
    if len(rows) > 1:
        others = ", ".join(f"{row['segment']} {percent(row['probability'])}" for row in rows)
        screen.line(say(f"  按客群：{others}", f"  by segment: {others}"), "dim")


def _products(screen: Screen, rows: Rows, liking: Rows) -> None:
    say = screen.say
    heads = ["#", say("产品", "product"), say("编号", "id"), say("理由", "reason"), say("得分", "score")]
    cells = [
        [str(row["rank"]), row.get(f"name_{screen.language.value}") or "", row["product_id"],
         row[f"reason_{screen.language.value}"], f"{row['score']:.3f}"]
        for row in rows
    ]  # fmt: skip
    screen.table(say("推荐产品", "Recommended products"), heads, cells, left=4)
    for row in liking:
        wealth, fund = percent(row["wealth"]), percent(row["fund"])
        zh, en = f"90天内购买概率：理财 {wealth}，基金 {fund}", f"To buy within 90 days: wealth {wealth}, fund {fund}"
        screen.line(say(zh, en))


def _channels(screen: Screen, rows: Rows) -> None:
    say = screen.say
    heads = ["#", say("渠道", "channel"), say("时段", "hours"), say("说明", "note"), say("响应概率", "response")]
    cells = [
        [
            str(row["rank"] or ""), row["channel"] or "–", say(*DAYPARTS.get(row["daypart"] or "", ("", ""))),
            say(*REASONS.get(row["reason"], (row["reason"], row["reason"]))), percent(row["probability"]),
        ]
        for row in sorted(rows, key=lambda row: (row["rank"] is None, row["rank"] or 0, row["channel"]))
    ]  # fmt: skip
    screen.table(say("渠道偏好", "Channels"), heads, cells, left=4)


def _value(screen: Screen, rows: Rows, uplift: Rows) -> None:
    say = screen.say
    gained = {row["product_class"]: row["uplift"] for row in uplift}
    heads = [say("产品大类", "class"), screen.money("新增资金", "new money"), screen.money("挽留资金", "retained"),
             screen.money("预期价值", "value"), say("触达增益", "uplift of a contact")]  # fmt: skip
    money = ("new_money_fen", "retained_fen", "value_fen")
    cells = [
        [_class_in_words(screen, row["product_class"]), *(yuan(row[name], screen.language) for name in money),
         percent(gained.get(row["product_class"]))]
        for row in rows
    ]  # fmt: skip
    screen.table(say("接受后的价值", "Value of a taken offer"), heads, cells)


def _class_in_words(screen: Screen, name: str) -> str:
    return screen.say(*CLASSES.get(name, (name, name)))
