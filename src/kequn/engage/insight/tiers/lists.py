"""Lists by tier: who moved, who is close to the next tier, who is about to fall."""

from __future__ import annotations

from datetime import date
from typing import Any

from kequn.engage.insight.frame import Frame
from kequn.engage.insight.listing import Column, Listing, customer, responsible
from kequn.engage.insight.tiers.flow import moved
from kequn.engage.insight.wording import tiers
from kequn.engage.language import say

WAYS = {"up": "rank_to > rank_from", "down": "rank_to < rank_from"}


def movers(
    frame: Frame, month_from: date, month_to: date, *, way: str = "", tier_from: str = "", tier_to: str = ""
) -> Listing:
    """Customers by their move, the largest change of average first; without a choice everybody who moved."""
    query, values = moved(frame, month_from, month_to)
    order = tiers(frame.definitions)
    ranks: dict[str, Any] = {}
    wanted = [WAYS.get(way, "TRUE" if tier_from and tier_to else "rank_to <> rank_from")]
    for name, tier in (("from", tier_from), ("to", tier_to)):
        if tier in order:
            wanted.append(f"rank_{name} = $rank_{name}")
            ranks[f"rank_{name}"] = order.index(tier)
    names = " ".join(f"WHEN {rank} THEN '{tier}'" for rank, tier in enumerate(order))
    text = f"""
        SELECT customer_id, CASE rank_from {names} END AS tier_from, CASE rank_to {names} END AS tier_to, from_fen,
          to_fen, to_fen - from_fen AS change_fen, branch_id, staff_id
        FROM ({query}) WHERE {" AND ".join(wanted)}
        ORDER BY ABS(COALESCE(to_fen, 0) - COALESCE(from_fen, 0)) DESC, customer_id"""
    columns = [
        customer(), Column("tier_from", say("期初层级", "Tier then"), "tier"),
        Column("tier_to", say("期末层级", "Tier now"), "tier"),
        Column("from_fen", say("期初月日均", "Average then"), "money"),
        Column("to_fen", say("期末月日均", "Average now"), "money"),
        Column("change_fen", say("变动", "Change"), "money"), *responsible(),
    ]  # fmt: skip
    return Listing(frame, "tier-movers", text, values | ranks, columns, (month_from, month_to, *ranks.items()))


def near(frame: Frame) -> Listing:
    """Customers within reach of the next tier, the highest tier and the smallest gap first."""
    where, values = frame.scope.condition()
    text = f"""
        SELECT customer_id, tier, tier_next, aum_month_avg, tier_gap, tier_deposit_needed, branch_id, staff_id
        FROM customer WHERE {where} AND tier_near ORDER BY tier_earned_rank DESC, tier_gap, customer_id"""
    columns = [
        customer(), Column("tier", say("层级", "Tier"), "tier"), Column("tier_next", say("下一层级", "Next"), "tier"),
        Column("aum_month_avg", say("月日均", "Average"), "money"), Column("tier_gap", say("差额", "Gap"), "money"),
        Column("tier_deposit_needed", say("今日需存入", "Needed today"), "money"), *responsible(),
    ]  # fmt: skip
    return Listing(frame, "near-next-tier", text, values, columns)


def falling(frame: Frame) -> Listing:
    """Customers whose month so far does not earn the tier that they have, the highest tier first."""
    where, values = frame.scope.condition()
    text = f"""
        SELECT customer_id, tier, tier_earned, aum_month_avg, tier_hold_needed, aum_trend_90d, branch_id, staff_id
        FROM customer WHERE {where} AND tier_earned_rank < tier_rank
        ORDER BY tier_rank DESC, tier_hold_needed, customer_id"""
    columns = [
        customer(), Column("tier", say("当前层级", "Tier"), "tier"),
        Column("tier_earned", say("本月达标", "Earned"), "tier"),
        Column("aum_month_avg", say("月日均", "Average"), "money"),
        Column("tier_hold_needed", say("保级今日需存入", "Needed to hold"), "money"),
        Column("aum_trend_90d", say("近 90 天资金变动", "Change, 90 days"), "money"), *responsible(),
    ]  # fmt: skip
    return Listing(frame, "about-to-fall", text, values, columns)
