"""The list of customers that a person looks after: filtered, sorted, by pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kequn.engage.customers.vault import masked_values
from kequn.engage.orgs.models import Staff
from kequn.engage.site.night import Night, Rows
from kequn.insight.reading import definitions

PAGE = 50
EXPORT_BATCH = 5_000
SORTS = {
    "aum": "customer.aum DESC",
    "risk": "aum_at_risk DESC NULLS LAST",
    "gap": "customer.tier_gap ASC NULLS LAST",
    "maturing": "customer.next_maturity_on ASC NULLS LAST",
    "trend": "customer.aum_trend_90d ASC NULLS LAST",
}
COLUMNS = """customer.customer_id, customer.tier, customer.aum, customer.aum_trend_90d, customer.tier_next,
  customer.tier_gap, customer.tier_near, customer.tier_deposit_needed, customer.maturing_30d_fen,
  customer.next_maturity_on, customer.org_id, customer.staff_id"""
WARNED = ("watch", "warn", "urgent")


@dataclass(frozen=True)
class Filters:
    """What the address asks for; what it cannot mean counts as not asked."""

    tier: str = ""
    segment: str = ""
    staff: str = ""
    warned: bool = False
    near: bool = False
    maturing: bool = False
    sort: str = "aum"

    @classmethod
    def of(cls, asked: Mapping[str, str], night: Night) -> Filters:
        """From the parameters of an address."""
        known = definitions(night.workspace)
        tier, segment = asked.get("tier", ""), asked.get("segment", "")
        return cls(
            tier if tier in known.tags["tier"].values else "", segment if segment in known.segments else "",
            asked.get("staff", "")[:150].replace("\x00", ""), "warned" in asked and night.has("score_attrition"),
            "near" in asked, "maturing" in asked, asked["sort"] if asked.get("sort") in SORTS else "aum",
        )  # fmt: skip

    def condition(self) -> tuple[str, dict[str, Any]]:
        """SQL and its parameters."""
        parts, values = ["TRUE"], {}
        if self.tier:
            parts.append("customer.tier = $tier")
            values["tier"] = self.tier
        if self.segment:
            parts.append(f'customer."{self.segment}"')  # a name of the catalogue
        if self.staff:
            parts.append("customer.staff_id = $staff")
            values["staff"] = self.staff
        if self.warned:
            parts.append(f"score_attrition.level IN {WARNED}")
        if self.near:
            parts.append("customer.tier_near")
        if self.maturing:
            parts.append("customer.next_maturity_on <= LAST_DAY(CAST($as_of AS DATE))")
        return " AND ".join(parts), values


def page(night: Night, user: Staff, filters: Filters, number: int) -> tuple[Rows, int]:
    """Rows of a page (from 1) with masked names, and how many customers there are in all."""
    total = count(night, user, filters)
    rows = _rows(night, user, filters, PAGE, (number - 1) * PAGE)
    return rows, total


def count(night: Night, user: Staff, filters: Filters) -> int:
    """How many customers the filters leave, remembered for the night."""
    where, values = _where(night, user, filters)
    key = ("portfolio", user.scope, filters)
    return int(
        night.kept(key, lambda: night.value(f"SELECT COUNT(*) FROM {_from(night, filters)} WHERE {where}", **values))
    )


def totals(night: Night, user: Staff) -> dict[str, Any]:
    """Customers and money of all that the person looks after."""
    scope, values = user.scope.condition("customer")
    levels = f"COUNT(*) FILTER (score_attrition.level IN {WARNED})" if night.has("score_attrition") else "NULL"
    text = f"""SELECT COUNT(*) AS customers, CAST(COALESCE(SUM(customer.aum), 0) AS BIGINT) AS aum,
        CAST(COALESCE(SUM(customer.aum_month_avg), 0) AS BIGINT) AS now,
        CAST(COALESCE(SUM(customer.aum_last_month_avg), 0) AS BIGINT) AS before,
        COUNT(*) FILTER (customer.tier_near) AS near, {levels} AS warned,
        COUNT(*) FILTER (customer.next_maturity_on <= LAST_DAY(CAST($as_of AS DATE))) AS maturing
        FROM {_from(night, Filters(warned=True))} WHERE {scope}"""
    return night.kept(("portfolio totals", user.scope), lambda: night.rows(text, **values, as_of=night.as_of)[0])


def every(night: Night, user: Staff, filters: Filters, most: int) -> Iterator[dict[str, Any]]:
    """All rows of the list up to ``most``, for a file."""
    for start in range(0, most, EXPORT_BATCH):
        rows = _rows(night, user, filters, min(EXPORT_BATCH, most - start), start)
        yield from rows
        if len(rows) < EXPORT_BATCH:
            return


def some(night: Night, user: Staff, ids: list[int]) -> Rows:
    """Rows of these customers, as far as they are in the person's scope and in the night."""
    scope, values = user.scope.condition("customer")
    text = f"""SELECT {COLUMNS}, NULL AS level, NULL AS aum_at_risk FROM customer
        WHERE customer.customer_id IN (SELECT unnest($ids::BIGINT[])) AND {scope}
        ORDER BY customer.aum DESC, customer.customer_id"""
    return _named(night.rows(text, ids=ids, **values))


def _rows(night: Night, user: Staff, filters: Filters, most: int, start: int) -> Rows:
    where, values = _where(night, user, filters)
    scored = "score_attrition.level, score_attrition.aum_at_risk"
    scored = scored if night.has("score_attrition") else "NULL AS level, NULL AS aum_at_risk"
    text = f"""SELECT {COLUMNS}, {scored} FROM {_from(night, Filters(warned=True))} WHERE {where}
        ORDER BY {SORTS[filters.sort]}, customer.customer_id LIMIT $most OFFSET $start"""
    return _named(night.rows(text, **values, most=most, start=start))


def _where(night: Night, user: Staff, filters: Filters) -> tuple[str, dict[str, Any]]:
    scope, values = user.scope.condition("customer")
    asked, more = filters.condition()
    return f"{scope} AND {asked}", values | more | {"as_of": night.as_of}


def _from(night: Night, filters: Filters) -> str:
    if filters.warned and night.has("score_attrition"):
        return "customer LEFT JOIN score_attrition ON score_attrition.customer_id = customer.customer_id"
    return "customer"


def _named(rows: Rows) -> Rows:
    names = masked_values(row["customer_id"] for row in rows)
    return [row | {"name": names.get(row["customer_id"], {}).get("name", "")} for row in rows]
