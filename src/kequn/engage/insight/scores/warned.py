"""Customers with an attrition warning, the most AUM at risk first."""

from __future__ import annotations

from typing import Any

from kequn.engage.insight.choices import Choice, conditions
from kequn.engage.insight.frame import Frame
from kequn.engage.insight.listing import Column, Listing, customer, responsible
from kequn.engage.language import say, spoken

PLACES = (1, 2, 3)


def listing(frame: Frame, *, level: Choice, segment: Choice, tier: Choice) -> Listing:
    """Warned customers of the scope; ``level`` may be watch, warn or urgent, by default the latter two.

    With a segment its own probability and level count, else those of the customer's principal segment.
    """
    table = "score_attrition_segment" if segment.value else "score_attrition"
    chosen, picked = conditions(
        ("score.level = $chosen_level", level), ("score.segment = $chosen_segment", segment),
        ("customer.tier = $chosen_tier", tier),
    )  # fmt: skip
    if not level.value:
        chosen += " AND score.level IN ('warn', 'urgent')"
    drivers = ", ".join(f"score.driver_{place}_{spoken()}" for place in PLACES)
    where, values = frame.scope.condition()
    text = f"""
        SELECT score.customer_id, customer.tier, score.level, score.probability, score.aum_at_risk,
          CONCAT_WS(CHR(10), {drivers}) AS reasons,
          customer.branch_id, customer.staff_id
        FROM {table} AS score JOIN customer ON score.customer_id = customer.customer_id
        WHERE {where} AND {chosen} ORDER BY score.aum_at_risk DESC, score.customer_id"""
    columns = [
        customer(), Column("tier", say("层级", "Tier"), "tier"), Column("level", say("预警", "Warning"), "level"),
        Column("probability", say("流失概率", "Probability"), "percent"),
        Column("aum_at_risk", say("风险资产", "AUM at risk"), "money"),
        Column("reasons", say("原因", "Reasons"), "lines"), *responsible(),
    ]  # fmt: skip
    bound: dict[str, Any] = values | picked
    return Listing(frame, "attrition-warnings", text, bound, columns, tuple(sorted(picked.items())))
