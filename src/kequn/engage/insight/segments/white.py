"""White lists: who of a segment lacks a product or another segment, the likeliest first."""

from __future__ import annotations

from typing import Any

from kequn.engage.insight.frame import Frame
from kequn.engage.insight.listing import Column, Listing, customer, responsible
from kequn.engage.insight.wording import named
from kequn.engage.language import say
from kequn.engage.site.night import Rows


def targets(frame: Frame, segment: str) -> Rows:
    """The lists of a segment: target, name, customers of the scope on it, address."""
    if not frame.night.has("white_list"):
        return []
    where, values = frame.scope.condition("white_list")
    rows = frame.kept(
        ("white lists", segment),
        lambda: frame.night.rows(
            f"""SELECT target, COUNT(*) AS customers FROM white_list
            WHERE {where} AND segment = $segment GROUP BY target""",
            segment=segment, **values,
        ),
    )  # fmt: skip
    counted = {row["target"]: row["customers"] for row in rows}
    return [
        {"target": target, "name": named(frame.definitions, target), "customers": counted.get(target, 0),
         "address": frame.address("white_list", segment, target)}
        for target in frame.definitions.segments[segment].white_list
    ]  # fmt: skip


def listing(frame: Frame, segment: str, target: str) -> Listing:
    """One list within the scope, in the order of the whole bank's."""
    where, values = frame.scope.condition("white_list")
    text = f"""
        SELECT place, customer_id, likelihood, cell_members, aum_fen, branch_id, staff_id FROM white_list
        WHERE {where} AND segment = $segment AND target = $target ORDER BY place"""
    columns = [
        customer(), Column("place", say("全行名次", "Place"), "count"),
        Column("likelihood", say("同类持有率", "Share of like"), "percent"),
        Column("cell_members", say("同类客户", "Like customers"), "count"),
        Column("aum_fen", say("金融资产", "AUM"), "money"), *responsible(),
    ]  # fmt: skip
    chosen: dict[str, Any] = {"segment": segment, "target": target}
    return Listing(frame, f"white-list-{segment}-{target}", text, values | chosen, columns)
