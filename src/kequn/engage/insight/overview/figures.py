"""The figures of one night for one scope, each group of them in one pass over the published tables."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from kequn.engage.insight.frame import Frame
from kequn.engage.site.night import Rows

CLASSES = ("aum_deposit", "aum_wealth", "aum_fund", "aum_insurance", "aum_metal", "aum_other")
WARNED = ("warn", "urgent")
DAYS = 30
Figures = dict[str, Any]


def totals(frame: Frame) -> Figures:
    """Customers, AUM, month average, AUM by class, tiers, moves and segments of the scope; fen and counts.

    ``tiers`` and ``segments`` give customers and aum by name, ``moves`` customers by move.
    """
    return frame.kept("totals", lambda: _summed(frame, _counted(frame)))


def _counted(frame: Frame) -> Rows:
    columns = frame.night.columns["customer"]
    segments = [name for name in frame.definitions.segments if name in columns]
    parts = [f"SUM({name})::BIGINT AS {name}" for name in _classes(columns)]
    for name in segments:
        parts += [f"SUM(CASE WHEN {name} THEN 1 ELSE 0 END)::BIGINT AS members_{name}",
                  f"SUM(CASE WHEN {name} THEN aum ELSE 0 END)::BIGINT AS worth_{name}"]  # fmt: skip
    where, values = frame.scope.condition()
    return frame.night.rows(
        f"""SELECT tier, tier_move, COUNT(*) AS customers, SUM(aum)::BIGINT AS aum,
          SUM(aum_month_avg)::BIGINT AS month_avg, SUM(CASE WHEN tier_near THEN 1 ELSE 0 END)::BIGINT AS near,
          {", ".join(parts)}
        FROM customer WHERE {where} GROUP BY tier, tier_move""",
        **values,
    )


def _classes(columns: Iterable[str]) -> list[str]:
    return [name for name in CLASSES if name in columns]


def _summed(frame: Frame, rows: Rows) -> Figures:
    def total(name: str, among: Rows = rows) -> int:
        return sum(row[name] or 0 for row in among)

    def of(field: str, value: str) -> Rows:
        return [row for row in rows if row[field] == value]

    columns = frame.night.columns["customer"]
    ladder = frame.definitions.tags["tier"].values
    return {
        "customers": total("customers"), "aum": total("aum"), "month_avg": total("month_avg"),
        "classes": {name: total(name) for name in _classes(columns)},
        "tiers": {
            tier: {name: total(name, of("tier", tier)) for name in ("customers", "aum", "month_avg", "near")}
            for tier in ladder
        },
        "moves": {move: total("customers", of("tier_move", move)) for move in ("up", "down", "new")},
        "segments": {
            name: {"customers": total(f"members_{name}"), "aum": total(f"worth_{name}")}
            for name in frame.definitions.segments if name in columns
        },
    }  # fmt: skip


def at_risk(frame: Frame) -> Figures | None:
    """Customers with an attrition warning and their AUM at risk (fen); None where the night has no such scores."""
    if not frame.night.has("score_attrition"):
        return None
    where, values = frame.scope.condition()
    return frame.kept(
        "at_risk",
        lambda: frame.night.row(
            f"""SELECT COUNT(*) AS customers, COALESCE(SUM(score.aum_at_risk), 0)::BIGINT AS aum
            FROM score_attrition AS score JOIN customer ON score.customer_id = customer.customer_id
            WHERE score.level IN (SELECT unnest($warned::VARCHAR[])) AND {where}""",
            warned=list(WARNED), **values,
        ),
    )  # fmt: skip


def found(frame: Frame) -> Figures | None:
    """Customers on any prospect list and their estimated money, each customer with the largest estimate only."""
    if not frame.night.has("prospect"):
        return None
    where, values = frame.scope.condition("prospect")
    return frame.kept(
        "found",
        lambda: frame.night.row(
            f"""SELECT COUNT(*) AS customers, COALESCE(SUM(most), 0)::BIGINT AS estimate
            FROM (SELECT MAX(estimate_fen) AS most FROM prospect WHERE {where} GROUP BY customer_id)""",
            **values,
        ),
    )


def planned(frame: Frame) -> Figures | None:
    """Contacts and customers of tonight's plan; None where nothing was settled."""
    return _joined(frame, "plan", "COUNT(*) AS contacts, COUNT(DISTINCT plan.customer_id) AS customers")


def spared(frame: Frame) -> Figures | None:
    """Customers in any holdout, who are left alone so that effects can be measured; None without campaigns."""
    return _joined(frame, "holdout", "COUNT(DISTINCT holdout.customer_id) AS customers")


def _joined(frame: Frame, table: str, counted: str) -> Figures | None:
    if not frame.night.has(table):
        return None
    where, values = frame.scope.condition()
    joined = f"JOIN customer ON {table}.customer_id = customer.customer_id" if where != "TRUE" else ""
    query = f"SELECT {counted} FROM {table} {joined} WHERE {where}"
    return frame.kept(table, lambda: frame.night.row(query, **values))


def touched(frame: Frame) -> Figures:
    """Contacts and responses of the last DAYS days up to the night, whatever they were for."""
    return frame.kept("touched", lambda: _touched(frame))


def _touched(frame: Frame) -> Figures:
    night = frame.night
    night.bank("contact", "response")
    since = datetime.combine(night.as_of - timedelta(days=DAYS - 1), time())
    until = datetime.combine(night.as_of + timedelta(days=1), time())
    where, values = frame.scope.condition()
    mine = f"""SELECT identity.party_id FROM identity
        JOIN customer ON identity.customer_id = customer.customer_id WHERE {where}"""
    within = "" if where == "TRUE" else "AND party_id IN (SELECT party_id FROM mine)"
    counts = (
        f"(SELECT COUNT(*) FROM {name} WHERE {moment} >= $since AND {moment} < $until {within}) AS {name}"
        for name, moment in (("contact", "contacted_at"), ("response", "responded_at"))
    )
    known = f"WITH mine AS MATERIALIZED ({mine})" if within else ""
    query = f"{known} SELECT {', '.join(counts)}"
    return night.row(query, since=since, until=until, **values) or {}


def orgs(frame: Frame) -> tuple[str, Rows]:
    """The level below (branch_id, else org_id) with customers, aum, month_avg, risen and fallen of each; else nothing.

    A person who sees a single branch is shown its outlets; a relationship manager sees none of either.
    """
    return frame.kept("orgs", lambda: _orgs(frame))


def _orgs(frame: Frame) -> tuple[str, Rows]:
    if frame.scope.staff is not None:
        return "", []
    where, values = frame.scope.condition()
    for level in ("branch_id", "org_id"):
        rows = frame.night.rows(
            f"""SELECT {level} AS org_id, COUNT(*) AS customers, SUM(aum)::BIGINT AS aum,
              SUM(aum_month_avg)::BIGINT AS month_avg, COUNT(*) FILTER (tier_move = 'up') AS risen,
              COUNT(*) FILTER (tier_move = 'down') AS fallen
            FROM customer WHERE {where} GROUP BY {level} ORDER BY aum DESC, {level}""",
            **values,
        )
        if len(rows) > 1:
            return level, rows
    return "", []
