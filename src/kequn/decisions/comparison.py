"""Two plans of the same night beside each other: what a change would bring, and who gains or loses contacts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kequn.engine.base import Engine
from kequn.engine.macros import Parameters
from kequn.engine.query import compile_query

STOPPED = dict.fromkeys(("campaign", "status", "message", "hint"), "VARCHAR")
SUMMARY = {
    "status": "VARCHAR", "message": "VARCHAR", "contacts": "BIGINT", "value_fen": "BIGINT", "bound_fen": "BIGINT",
    "gap": "DOUBLE", "policy": "VARCHAR", "capacity": "VARCHAR",
}  # fmt: skip
COLUMNS = {"customer_id": "BIGINT", "campaign": "VARCHAR", "channel": "VARCHAR", "priority_fen": "BIGINT"}


@dataclass(frozen=True)
class Side:
    """One plan: its status, contacts, value and bound in fen, and the versions it stands on."""

    status: str
    message: str | None
    contacts: int
    value_fen: int
    bound_fen: int
    gap: float
    policy: str
    capacity: str


@dataclass(frozen=True)
class Comparison:
    """``groups``: contacts and value by campaign and by channel, before and after. Customers who gain a contact, lose
    theirs, or keep one but another (``moved``)."""

    before: Side
    after: Side
    groups: list[dict[str, Any]]
    gaining: int
    losing: int
    moved: int
    refused: list[dict[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def compare(engine: Engine, parameters: Parameters, before: Path, after: Path) -> Comparison:
    """Compare the plans in two folders of a night's tables; ``before`` may have none."""
    _attach(engine, "earlier", before / "plan", COLUMNS)
    _attach(engine, "later", after / "plan", COLUMNS)
    _attach(engine, "stopped", after / "campaign", STOPPED)
    moves = _rows(engine, parameters, MOVES)[0]
    return Comparison(
        before=_side(engine, parameters, before),
        after=_side(engine, parameters, after),
        groups=_rows(engine, parameters, GROUPS),
        gaining=int(moves["gaining"]),
        losing=int(moves["losing"]),
        moved=int(moves["moved"]),
        refused=_rows(engine, parameters, REFUSED),
    )


GROUPS = """WITH each AS (
  SELECT 'campaign' AS kind, campaign AS name, 0 AS side, priority_fen FROM earlier
  UNION ALL SELECT 'campaign' AS kind, campaign AS name, 1 AS side, priority_fen FROM later
  UNION ALL SELECT 'channel' AS kind, channel AS name, 0 AS side, priority_fen FROM earlier
  UNION ALL SELECT 'channel' AS kind, channel AS name, 1 AS side, priority_fen FROM later
)
SELECT kind, name, COUNT(CASE WHEN side = 0 THEN 1 END) AS contacts_before,
  COUNT(CASE WHEN side = 1 THEN 1 END) AS contacts_after,
  COALESCE(isum(CASE WHEN side = 0 THEN priority_fen END), 0) AS value_before_fen,
  COALESCE(isum(CASE WHEN side = 1 THEN priority_fen END), 0) AS value_after_fen
FROM each GROUP BY kind, name ORDER BY kind, name"""
MOVES = """WITH old AS (
  SELECT customer_id, string_agg(campaign || '/' || channel, ',' ORDER BY campaign, channel) AS gets
  FROM earlier GROUP BY customer_id
),
new AS (
  SELECT customer_id, string_agg(campaign || '/' || channel, ',' ORDER BY campaign, channel) AS gets
  FROM later GROUP BY customer_id
)
SELECT COUNT(CASE WHEN old.customer_id IS NULL THEN 1 END) AS gaining,
  COUNT(CASE WHEN new.customer_id IS NULL THEN 1 END) AS losing,
  COUNT(CASE WHEN old.gets <> new.gets THEN 1 END) AS moved
FROM old FULL JOIN new ON old.customer_id = new.customer_id"""
REFUSED = "SELECT campaign, status, message, hint FROM stopped WHERE status <> 'bidding' ORDER BY campaign"
NOTHING = Side("none", None, 0, 0, 0, 0.0, "", "")


def _side(engine: Engine, parameters: Parameters, folder: Path) -> Side:
    _attach(engine, "settled", folder / "settlement", SUMMARY)
    found = _rows(engine, parameters, f"SELECT {', '.join(SUMMARY)} FROM settled")
    return Side(**found[0]) if found else NOTHING


def _attach(engine: Engine, name: str, folder: Path, columns: dict[str, str]) -> None:
    engine.attach(name, [folder] if folder.is_dir() else [], columns)


def _rows(engine: Engine, parameters: Parameters, text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = engine.fetch(compile_query(text, parameters, "comparison")).to_pylist()
    return found
