"""Operations that only read: catalogue, customers, plan."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Path, Router

from kequn.decisions.explain import explained
from kequn.engage.api.auth import guarded, looker
from kequn.engage.api.cursors import LARGEST, Cursor, Limit, cursor, position
from kequn.engage.api.problems import ProblemError
from kequn.engage.api.responses import ERRORS, answered, noted
from kequn.engage.api.schemas import Catalogue, Contacts, Customer, Explanation, Plan
from kequn.engage.audiences.counting import Looker
from kequn.engage.site.night import Rows

router = Router()
CustomerId = Annotated[str, Path(pattern=r"^\d{1,19}$", description="customer_id, as text.")]
CONTACT = (
    "customer_id", "campaign", "offer", "channel", "department", "purpose", "planned_day", "daypart", "rank",
    "probability", "priority_fen", "staff_id",
)  # fmt: skip


@router.get("/catalogue", **guarded("catalogue:read"), response={200: Catalogue, **ERRORS}, tags=["catalogue"])
def catalogue(request: HttpRequest) -> Any:
    """All tags, segments and prospect rules."""
    seen = looker(request)
    known = seen.known
    there = seen.night.columns["customer"]
    return answered(
        seen, tags=[tag for name, tag in known.tags.items() if name in there],
        segments=list(known.segments.values()), prospects=list(known.prospects.values()),
    )  # fmt: skip


@router.get(
    "/customers/{customer_id}", **guarded("customers:read"), response={200: Customer, **ERRORS}, tags=["customers"]
)
def customer(request: HttpRequest, customer_id: CustomerId) -> Any:
    """One customer within the token's scope."""
    seen = looker(request)
    number = known_customer(seen, customer_id)
    tags = [name for name in seen.known.tags if name in seen.night.columns["customer"]]
    listed = ", ".join(f'"{name}"' for name in tags)
    row = seen.rows(f"SELECT {listed} FROM customer WHERE customer_id = $id AND {seen.within}", id=number)[0]
    segments = [name for name in seen.known.segments if row.get(name)]
    noted(request, f"customer:{number}", 1)
    return answered(seen, customer_id=str(number), tier=row.get("tier"), segments=segments, tags=row)


def known_customer(seen: Looker, customer_id: str) -> int:
    """The id as a number; 404 for a customer who does not exist or is not in scope."""
    number = int(customer_id)
    query = f"SELECT 1 AS one FROM customer WHERE customer_id = $id AND {seen.within}"
    if number > LARGEST or not seen.rows(query, id=number):
        raise Http404
    return number


@router.get("/plan", **guarded("plan:read"), response={200: Plan, **ERRORS}, tags=["plan"])
def plan(request: HttpRequest) -> Any:
    """What tonight's settlement planned."""
    seen = _decided(looker(request))
    told = seen.rows("SELECT planned_day, status, value_fen, bound_fen, gap FROM settlement ORDER BY planned_day")[0]
    channels = seen.kept("api plan", make=lambda: _by_channel(seen))
    return answered(seen, **told, contacts=sum(row["contacts"] for row in channels), by_channel=channels)


def _by_channel(seen: Looker) -> Rows:
    return seen.rows(
        f"""SELECT plan.campaign, plan.channel, COUNT(*) AS contacts, SUM(plan.priority_fen)::BIGINT AS value_fen
        FROM plan JOIN customer ON plan.customer_id = customer.customer_id WHERE {seen.within}
        GROUP BY plan.campaign, plan.channel ORDER BY plan.campaign, plan.channel"""
    )


@router.get("/plan/contacts", **guarded("plan:read"), response={200: Contacts, **ERRORS}, tags=["plan"])
def contacts(request: HttpRequest, cursor_: Cursor = None, limit: Limit = 100) -> Any:
    """Planned contacts of customers in the token's scope."""
    after = position(cursor_, int, int)
    seen = _decided(looker(request, after[0] if after else None))
    beyond = "AND (plan.customer_id, plan.rank) > ($customer, $rank)" if after else ""
    names = ", ".join(f"plan.{name}" for name in CONTACT)
    rows = seen.rows(
        f"""SELECT {names} FROM plan JOIN customer ON plan.customer_id = customer.customer_id
        WHERE {seen.within} {beyond} ORDER BY plan.customer_id, plan.rank LIMIT {int(limit)}""",
        customer=after[1] if after else 0, rank=after[2] if after else 0,
    )  # fmt: skip
    last = rows[-1] if len(rows) == limit else None
    noted(request, "plan:contacts", len(rows))
    return answered(
        seen, items=[row | {"customer_id": str(row["customer_id"])} for row in rows],
        next=cursor(seen.night.key, last["customer_id"], last["rank"]) if last else None,
    )  # fmt: skip


@router.get(
    "/plan/customers/{customer_id}", **guarded("plan:read"), response={200: Explanation, **ERRORS}, tags=["plan"]
)
def explain(request: HttpRequest, customer_id: CustomerId) -> Any:
    """Why one customer is contacted as planned, and why not otherwise."""
    seen = _decided(looker(request))
    number = known_customer(seen, customer_id)
    found = explained(seen.night.workspace, number, seen.night.as_of)
    if found is None:
        raise Http404
    noted(request, f"customer:{number}", 1)
    parts = {
        name: [_texts(row) for row in getattr(found, name)] for name in ("planned", "lost", "excluded", "worthless")
    }
    return answered(seen, customer_id=str(number), outside=found.outside, **parts)


def _texts(row: dict[str, Any]) -> dict[str, Any]:
    """Ids as text."""
    return row | ({"customer_id": str(row["customer_id"])} if "customer_id" in row else {})


def _decided(seen: Looker) -> Looker:
    if not seen.night.has("settlement") or not seen.night.has("plan"):
        raise ProblemError(404, f"The night of {seen.night.as_of} planned nothing.")
    return seen
