"""What each prospect rule found within a scope, and the list of one rule."""

from __future__ import annotations

from typing import Any

from kequn.engage.insight.choices import Choice, conditions
from kequn.engage.insight.frame import Frame
from kequn.engage.insight.listing import Column, Listing, customer, responsible
from kequn.engage.language import say, spoken
from kequn.engage.site.night import Rows


def sizes(frame: Frame) -> dict[str, dict[str, Any]]:
    """customers, estimate (fen) and mean confidence (share) by rule; nothing where the night has no lists."""
    if not frame.night.has("prospect"):
        return {}
    where, values = frame.scope.condition("prospect")
    rows = frame.kept(
        "rules",
        lambda: frame.night.rows(
            f"""SELECT rule, COUNT(*) AS customers, COALESCE(SUM(estimate_fen), 0)::BIGINT AS estimate,
              (AVG(confidence_percent) / 100)::DOUBLE AS confidence
            FROM prospect WHERE {where} GROUP BY rule""",
            **values,
        ),
    )
    return {row["rule"]: row for row in rows}


NOTHING: dict[str, Any] = {"customers": 0, "estimate": 0, "confidence": None}


def listing(frame: Frame, rule: str, *, branch: Choice, rm: Choice, tier: Choice, confidence: Choice) -> Listing:
    """The customers that a rule found, the largest estimate first."""
    chosen, picked = conditions(
        ("prospect.branch_id = $chosen_branch", branch), ("prospect.staff_id = $chosen_rm", rm),
        ("customer.tier = $chosen_tier", tier),
        ("prospect.confidence_percent >= $chosen_confidence::BIGINT", confidence),
    )  # fmt: skip
    where, values = frame.scope.condition("prospect")
    text = f"""
        SELECT prospect.customer_id, customer.tier, prospect.evidence_{spoken()} AS evidence, prospect.estimate_fen,
          prospect.confidence_percent, prospect.branch_id, prospect.staff_id
        FROM prospect JOIN customer ON prospect.customer_id = customer.customer_id
        WHERE {where} AND prospect.rule = $rule AND {chosen}
        ORDER BY COALESCE(prospect.estimate_fen, 0) DESC, prospect.confidence_percent DESC, prospect.customer_id"""
    columns = [
        customer(), Column("tier", say("层级", "Tier"), "tier"), Column("evidence", say("依据", "Evidence")),
        Column("estimate_fen", say("预计资金", "Estimate"), "money"),
        Column("confidence_percent", say("可信度", "Confidence"), "whole_percent"), *responsible(),
    ]  # fmt: skip
    bound = values | picked | {"rule": rule}
    return Listing(frame, f"prospects-{rule}", text, bound, columns, (*sorted(picked.items()), rule))


def places(frame: Frame, rule: str) -> Rows:
    """Prospects of a rule by branch: org, customers, estimate, RMs and how many have none; the most money first."""
    where, values = frame.scope.condition("prospect")
    return frame.kept(
        ("places", rule),
        lambda: frame.night.rows(
            f"""SELECT branch_id AS org, COUNT(*) AS customers, COALESCE(SUM(estimate_fen), 0)::BIGINT AS estimate,
              COUNT(DISTINCT staff_id) AS rms, COUNT(*) FILTER (staff_id IS NULL) AS alone
            FROM prospect WHERE {where} AND rule = $rule GROUP BY 1 ORDER BY estimate DESC, org""",
            rule=rule, **values,
        ),
    )  # fmt: skip
