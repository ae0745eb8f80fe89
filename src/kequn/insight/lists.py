"""Read what a night published about tiers, segments and prospects."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from kequn.errors import KequnError
from kequn.insight.reading import Reading, definitions, reading
from kequn.insight.tiers import moves as tiers
from kequn.workspace import Workspace

Rows = list[dict[str, Any]]
FEN = 100


@dataclass(frozen=True)
class Ladder:
    """Customers and AUM of each tier, the highest tier first."""

    as_of: date
    rows: Rows


@dataclass(frozen=True)
class Prospects:
    """How many customers each rule found (``sizes``), and the chosen ones (``rows``)."""

    as_of: date
    sizes: Rows
    rows: Rows


@dataclass(frozen=True)
class Drift:
    """How many accounts drift, and those with the largest gaps."""

    as_of: date
    accounts: int
    rows: Rows


def ladder(workspace: Workspace, as_of: date | None = None) -> Ladder:
    """Tier, from_fen, customers, customer_share, aum_fen, aum_share and near (close to the next tier)."""
    with reading(workspace, "customer", as_of=as_of) as night:
        counted = night.rows(
            """SELECT tier, COUNT(*) AS customers, COALESCE(isum(aum), 0) AS aum_fen,
                isum(CASE WHEN tier_near THEN 1 ELSE 0 END) AS near
            FROM customer GROUP BY tier""",
            "tiers",
        )
        found = {row["tier"]: row for row in counted}
        customers, aum = (sum(row[name] for row in counted) for name in ("customers", "aum_fen"))
        rows = [
            _step(workspace, tier, found.get(tier, {}), customers, aum)
            for tier in reversed(definitions(workspace).tags["tier"].values)
        ]
        return Ladder(night.night.as_of, rows)


def _step(workspace: Workspace, tier: str, row: dict[str, Any], customers: int, aum: int) -> dict[str, Any]:
    settings = workspace.settings
    bound = settings.integer(f"tiers.{tier}_yuan") * FEN if f"tiers.{tier}_yuan" in settings.values else 0
    return {
        "tier": tier,
        "from_fen": bound,
        "customers": row.get("customers", 0),
        "customer_share": row.get("customers", 0) / customers if customers else None,
        "aum_fen": row.get("aum_fen", 0),
        "aum_share": row.get("aum_fen", 0) / aum if aum else None,
        "near": row.get("near", 0),
    }


def segments(workspace: Workspace, as_of: date | None = None) -> Rows:
    """Sizes of the segments in the catalogue's order."""
    with reading(workspace, "segment_size", as_of=as_of) as night:
        rows = night.rows(
            "SELECT segment, members, customer_share, aum_fen, aum_share FROM segment_size", "segment_size"
        )
    return _in_order(rows, definitions(workspace).segments)


def matrix(workspace: Workspace, as_of: date | None = None) -> Rows:
    """The cross-coverage matrix, one row for each segment and target."""
    with reading(workspace, "segment_matrix", as_of=as_of) as night:
        rows = night.rows(
            """SELECT segment, target, kind, members, target_members, both_members, share, base_share, lift
            FROM segment_matrix ORDER BY segment, kind DESC, target""",
            "segment_matrix",
        )
    return _in_order(rows, definitions(workspace).segments)


def white_list(workspace: Workspace, segment: str, target: str, limit: int, as_of: date | None = None) -> Rows:
    """The first ``limit`` rows of a white list; raises KequnError where the segment has none for ``target``."""
    defined = definitions(workspace).segments
    _known(segment, defined, "segment")
    targets = defined[segment].white_list
    if target not in targets:
        raise KequnError(
            f"Segment {segment} has no white list for {target}.",
            f"It has lists for {', '.join(targets)}." if targets else f"Add one in segments/{segment}.yaml.",
        )
    with reading(workspace, "white_list", as_of=as_of) as night:
        return night.rows(
            f"""SELECT place, customer_id, likelihood, basis, cell_members, aum_fen, branch_id, org_id, staff_id
            FROM white_list WHERE segment = '{segment}' AND target = '{target}' ORDER BY place LIMIT {int(limit)}""",
            "white_list",
        )


def prospects(
    workspace: Workspace,
    *,
    rule: str | None = None,
    branch: str | None = None,
    rm: str | None = None,
    limit: int = 20,
    as_of: date | None = None,
) -> Prospects:
    """Sizes of the chosen rules, and their customers with the largest estimates."""
    defined = definitions(workspace).prospects
    if rule is not None:
        _known(rule, defined, "prospect rule")
    chosen = {"rule": rule, "branch_id": branch, "staff_id": rm}
    where = " AND ".join(f"{name} = {_quoted(value)}" for name, value in chosen.items() if value is not None) or "TRUE"
    with reading(workspace, "prospect", as_of=as_of) as night:
        sizes = night.rows(
            f"""SELECT rule, COUNT(*) AS customers, COALESCE(isum(estimate_fen), 0) AS estimate_fen
            FROM prospect WHERE {where} GROUP BY rule ORDER BY rule""",
            "prospect",
        )
        rows = _largest(night, where, limit)
        return Prospects(night.night.as_of, _in_order(sizes, defined, "rule"), rows)


def _largest(night: Reading, where: str, limit: int) -> Rows:
    return night.rows(
        f"""SELECT rule, customer_id, evidence_zh, evidence_en, estimate_fen, confidence_percent,
          branch_id, org_id, staff_id
        FROM prospect WHERE {where}
        ORDER BY COALESCE(estimate_fen, 0) DESC, confidence_percent DESC, customer_id, rule LIMIT {int(limit)}""",
        "prospect",
    )


def reconciliation(workspace: Workspace, limit: int, as_of: date | None = None) -> Drift:
    """Accounts whose balances and postings disagree, the largest gap of a day first."""
    with reading(workspace, "reconciliation", as_of=as_of) as night:
        rows = night.rows(
            f"""SELECT account_id, source_ref, first_day, last_day, days_apart, largest_gap_fen, total_gap_fen
            FROM reconciliation ORDER BY largest_gap_fen DESC, days_apart DESC, account_id LIMIT {int(limit)}""",
            "reconciliation",
        )
        return Drift(night.night.as_of, int(night.night.manifest["tables"]["reconciliation"]["rows"]), rows)


def moves(workspace: Workspace, month_from: date, month_to: date) -> Rows:
    """The transition matrix between two months: tier_from, tier_to, customers and their average AUM then and now."""
    with reading(workspace, "customer", "tier_month") as night:
        return [asdict(cell) for cell in tiers.transition(night.engine, night.parameters, month_from, month_to)]


def movers(workspace: Workspace, month_from: date, month_to: date, way: str, limit: int) -> Rows:
    """Who rose (``up``) or fell (``down``) between two months, the largest change first."""
    with reading(workspace, "customer", "tier_month") as night:
        return tiers.movers(night.engine, night.parameters, month_from, month_to, way=way, limit=limit)


def _known(name: str, defined: Iterable[str], kind: str) -> None:
    names = list(defined)
    if name not in names:
        close = difflib.get_close_matches(name, names, n=1)
        raise KequnError(
            f"There is no {kind} {name}.", f"Did you mean {close[0]}?" if close else f"There are: {', '.join(names)}."
        )


def _in_order(rows: Rows, defined: Iterable[str], field: str = "segment") -> Rows:
    place = {name: position for position, name in enumerate(defined)}
    return sorted(rows, key=lambda row: place.get(row[field], len(place)))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def warned(workspace: Workspace, segment: str | None = None, limit: int = 20, as_of: date | None = None) -> Rows:
    """Customers with an attrition warning, the most AUM at risk first; nobody where the night has no scores.

    Of one segment, with that segment's probability, where ``segment`` is given; else of the principal one.
    """
    with reading(workspace, "customer", as_of=as_of) as night:
        if not night.has("score_attrition_segment"):
            return []
        night.attach("score_attrition_segment")
        chosen = "s.principal" if segment is None else f"s.segment = {_text(segment)}"
        return night.rows(
            f"""SELECT s.customer_id, s.segment, s.level, s.probability, s.aum_at_risk, s.driver_1_zh, s.driver_1_en,
                c.tier, c.branch_id, c.staff_id
            FROM score_attrition_segment AS s JOIN customer AS c ON s.customer_id = c.customer_id
            WHERE {chosen} AND s.level <> 'none'
            ORDER BY s.aum_at_risk DESC, s.customer_id LIMIT {int(limit)}""",
            "warned",
        )


def published(workspace: Workspace, table: str, order: str, as_of: date | None = None) -> Rows:
    """All rows of a small published table; none where the night has no such table."""
    with reading(workspace, as_of=as_of) as night:
        if not night.has(table):
            return []
        columns = ", ".join(night.attach(table))
        return night.rows(f"SELECT {columns} FROM {table} ORDER BY {order}", table)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
