"""Who moved between tiers from one month to another, within a scope."""

from __future__ import annotations

from datetime import date
from typing import Any

from kequn.engage.insight.frame import Frame
from kequn.engage.insight.wording import code, tiers
from kequn.engage.language import say
from kequn.engage.site import figures
from kequn.engage.site.charts import Chart
from kequn.engage.site.night import Rows

Values = dict[str, Any]


def months(frame: Frame) -> list[date]:
    """The months that a flow may be read between, oldest first: those of the history, and the night's own."""

    def read() -> list[date]:
        past = frame.night.rows("SELECT DISTINCT month FROM tier_month ORDER BY month")
        own = frame.night.as_of.replace(day=1)
        return [*(row["month"] for row in past if row["month"] < own), own]

    return frame.night.kept("tier months", read)


def moved(frame: Frame, month_from: date, month_to: date) -> tuple[str, Values]:
    """SELECT of every customer of the scope with rank_from, rank_to, from_fen, to_fen, branch_id and staff_id.

    The night's own month counts with the tier of the night, an earlier one with that of its end. Whoever had no tier
    above mass then counts as mass; averages (fen) that the history does not keep are NULL.
    """
    where, values = frame.scope.condition()
    then, now = _standing(frame, month_from, "from"), _standing(frame, month_to, "to")
    query = f"""
        SELECT customer.customer_id, COALESCE({then[0]}, 0) AS rank_from, COALESCE({now[0]}, 0) AS rank_to,
          {then[1]} AS from_fen, {now[1]} AS to_fen, customer.branch_id, customer.staff_id
        FROM customer {then[2]} {now[2]} WHERE {where}"""
    return query, values | {"month_from": month_from, "month_to": month_to}


def _standing(frame: Frame, month: date, end: str) -> tuple[str, str, str]:
    """Rank, average and join of one end of the flow."""
    if month == frame.night.as_of.replace(day=1):
        return "customer.tier_rank", "customer.aum_month_avg", ""
    joined = f"LEFT JOIN tier_month AS tier_{end} ON customer.customer_id = tier_{end}.customer_id"
    return f"tier_{end}.tier_rank", f"tier_{end}.month_avg_fen", f"{joined} AND tier_{end}.month = $month_{end}"


def cells(frame: Frame, month_from: date, month_to: date) -> dict[tuple[int, int], int]:
    """Customers by (rank then, rank now)."""

    def read() -> dict[tuple[int, int], int]:
        query, values = moved(frame, month_from, month_to)
        rows = frame.night.rows(
            f"SELECT rank_from, rank_to, COUNT(*) AS customers FROM ({query}) GROUP BY ALL", **values
        )
        return {(row["rank_from"], row["rank_to"]): row["customers"] for row in rows}

    return frame.kept(("flow", month_from, month_to), read)


def chart(frame: Frame, found: dict[tuple[int, int], int]) -> Chart:
    """The flow of everybody who is or was above mass."""
    names = [code(frame.definitions, "tier", tier) for tier in tiers(frame.definitions)]
    pairs = sorted(((old, new) for old, new in found if old or new), reverse=True)
    rows = [[names[old], names[new], found[old, new]] for old, new in pairs]
    up, down = (sum(number for pair, number in found.items() if _way(pair) == way) for way in ("up", "down"))
    title = say(
        f"{figures.count(up)} 户升级，{figures.count(down)} 户降级",
        f"{figures.count(up)} customers rose, {figures.count(down)} fell",
    )
    note = say("不含两月均为大众的客户。", "Without those who were mass in both months.")
    heads = [say("期初", "Then"), say("期末", "Now"), say("客户", "Customers")]
    return Chart("flow", "sankey", title, "count", heads, rows, height=360, note=note)


def _way(pair: tuple[int, int]) -> str:
    return "up" if pair[1] > pair[0] else "down" if pair[1] < pair[0] else "same"


def matrix(frame: Frame, found: dict[tuple[int, int], int], month_from: date, month_to: date) -> Rows:
    """The rows of the transition matrix, highest tier first: name, total, and a cell for each tier."""
    order = list(enumerate(tiers(frame.definitions)))[::-1]
    asked = {"from": f"{month_from:%Y-%m}", "to": f"{month_to:%Y-%m}"}
    return [
        {
            "name": code(frame.definitions, "tier", old),
            "total": sum(found.get((rank, other), 0) for other, _ in order),
            "cells": [
                {"number": found.get((rank, other), 0), "way": _way((rank, other)),
                 "name": code(frame.definitions, "tier", new),
                 "address": frame.address("tier_movers", **asked, tier_from=old, tier_to=new)}
                for other, new in order
            ],
        }
        for rank, old in order
    ]  # fmt: skip
