"""Moves between tiers: the transition matrix of two months' ends, and who rose or fell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from kequn.engine.base import Engine
from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query
from kequn.errors import KequnError

TIERS = ("mass", "potential", "gold", "platinum", "diamond", "private")


@dataclass(frozen=True)
class Transition:
    """How many customers stood in ``tier_from`` at the end of one month and in ``tier_to`` at that of another."""

    tier_from: str
    tier_to: str
    customers: int
    month_avg_from_fen: int
    month_avg_to_fen: int


def transition(engine: Engine, parameters: Parameters, month_from: date, month_to: date) -> list[Transition]:
    """All 36 pairs of tiers, mass first; engine tables read: ``tier_month`` and ``customer``.

    The months are named by any of their days. That of as_of counts with the tier that ``customer`` shows, the
    months before it with their month-end's. Whoever is a customer now and had no tier then counts as mass; averages
    are sums over customers and leave out what mass customers held. Raises KequnError for a month without history.
    """
    rows = engine.fetch(_counted(engine, parameters, month_from, month_to)).to_pylist()
    found = {(row["rank_from"], row["rank_to"]): row for row in rows}
    listed = sum(row["customers"] for row in rows)
    everyone = _one(engine, parameters, "SELECT COUNT(*) AS number FROM customer")["number"]
    found[0, 0] = {"customers": everyone - listed, "from_fen": 0, "to_fen": 0}
    nobody = {"customers": 0, "from_fen": 0, "to_fen": 0}
    return [
        Transition(TIERS[old], TIERS[new], cell["customers"], cell["from_fen"], cell["to_fen"])
        for old in range(len(TIERS))
        for new in range(len(TIERS))
        for cell in [found.get((old, new), nobody)]
    ]


def movers(
    engine: Engine, parameters: Parameters, month_from: date, month_to: date, *, way: str, limit: int
) -> list[dict[str, Any]]:
    """Who rose (``way`` "up") or fell ("down") between two months, the largest change of average first.

    Fields: customer_id, tier_from, tier_to, month_avg_from_fen, month_avg_to_fen (0 where the customer was mass and
    the history keeps no average), branch_id, org_id, staff_id. Reads ``tier_month`` and ``customer``.
    """
    if way not in ("up", "down"):
        raise KequnError(f"A move is up or down, not {way}.")
    sign = ">" if way == "up" else "<"
    name = " ".join(f"WHEN {rank} THEN '{tier}'" for rank, tier in enumerate(TIERS))
    text = f"""
        WITH {_both(engine, parameters, month_from, month_to)}
        SELECT moved.customer_id, CASE moved.rank_from {name} END AS tier_from,
          CASE moved.rank_to {name} END AS tier_to,
          moved.from_fen AS month_avg_from_fen, moved.to_fen AS month_avg_to_fen,
          customer.branch_id, customer.org_id, customer.staff_id
        FROM moved JOIN customer ON moved.customer_id = customer.customer_id
        WHERE moved.rank_to {sign} moved.rank_from
        ORDER BY ABS(moved.to_fen - moved.from_fen) DESC, moved.customer_id LIMIT {int(limit)}"""
    rows: list[dict[str, Any]] = engine.fetch(compile_query(text, parameters, "tier moves")).to_pylist()
    return rows


def _counted(engine: Engine, parameters: Parameters, month_from: date, month_to: date) -> Query:
    text = f"""
        WITH {_both(engine, parameters, month_from, month_to)}
        SELECT rank_from, rank_to, COUNT(*) AS customers, isum(from_fen) AS from_fen, isum(to_fen) AS to_fen
        FROM moved WHERE rank_from > 0 OR rank_to > 0 GROUP BY rank_from, rank_to"""
    return compile_query(text, parameters, "tier moves")


def _both(engine: Engine, parameters: Parameters, month_from: date, month_to: date) -> str:
    _check(engine, parameters, month_from, month_to)
    return f"""old AS ({_standing(parameters, month_from)}), fresh AS ({_standing(parameters, month_to)}),
        moved AS (
          SELECT COALESCE(old.customer_id, fresh.customer_id) AS customer_id,
            COALESCE(old.tier_rank, 0) AS rank_from, COALESCE(fresh.tier_rank, 0) AS rank_to,
            COALESCE(old.month_avg_fen, 0) AS from_fen, COALESCE(fresh.month_avg_fen, 0) AS to_fen
          FROM old FULL JOIN fresh ON old.customer_id = fresh.customer_id
        )"""


def _standing(parameters: Parameters, month: date) -> str:
    """SELECT of the customers above mass at the end of a month, or today in the month of as_of."""
    if _first(month) == _first(parameters.as_of):
        return "SELECT customer_id, tier_rank, aum_month_avg AS month_avg_fen FROM customer WHERE tier_rank > 0"
    return f"SELECT customer_id, tier_rank, month_avg_fen FROM tier_month WHERE month = DATE '{_first(month)}'"


def _check(engine: Engine, parameters: Parameters, *months: date) -> None:
    earliest = _one(engine, parameters, "SELECT MIN(month) AS month FROM tier_month")["month"]
    latest = _first(parameters.as_of)
    for month in map(_first, months):
        if month > latest or (month != latest and (earliest is None or month < earliest)):
            span = f"from {(earliest or latest):%Y-%m} to {latest:%Y-%m}"
            raise KequnError(f"There is no tier history for {month:%Y-%m}.", f"This night knows the months {span}.")


def _one(engine: Engine, parameters: Parameters, text: str) -> dict[str, Any]:
    row: dict[str, Any] = engine.fetch(compile_query(text, parameters, "tier moves")).to_pylist()[0]
    return row


def _first(day: date) -> date:
    return day.replace(day=1)
