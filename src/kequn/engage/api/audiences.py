"""Operations on audiences: list, one, count of a rule, members."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Path, Query, Router

from kequn.engage.api.auth import guarded, looker, owner
from kequn.engage.api.cursors import LARGEST, Cursor, Limit, cursor, position
from kequn.engage.api.problems import ProblemError
from kequn.engage.api.responses import ERRORS, answered, noted
from kequn.engage.api.schemas import Audiences, Count, Members, OneAudience, Rule
from kequn.engage.api.tokens import permits
from kequn.engage.audiences import counting
from kequn.engage.audiences.models import Audience
from kequn.errors import KequnError

router = Router(tags=["audiences"])
AudienceId = Annotated[str, Path(pattern=r"^\d{1,19}$", description="Id of an audience, as text.")]
Columns = Annotated[str, Query("", max_length=2000, description="Names of tags, separated by commas.")]


@router.get("", **guarded("audiences:read"), response={200: Audiences, **ERRORS})
def listed(request: HttpRequest, cursor_: Cursor = None, limit: Limit = 100) -> Any:
    """Audiences of the token's owner and those shared with their org, archived ones left out."""
    after = position(cursor_, int)
    seen = looker(request, after[0] if after else None)
    found = Audience.visible_to(owner(request)).filter(archived_at=None, newest__isnull=False).order_by("pk")
    page = list(found.filter(pk__gt=after[1])[:limit] if after else found[:limit])
    following = cursor(seen.night.key, page[-1].pk) if len(page) == limit else None
    return answered(seen, items=[_told(each) for each in page], next=following)


@router.post("/count", **guarded("audiences:count"), response={200: Count, **ERRORS})
def count(request: HttpRequest, asked: Rule) -> Any:
    """How many customers of the token's scope a rule selects."""
    seen = looker(request)
    size = counting.size(seen, asked.rule)
    return answered(seen, rule=asked.rule, customers=size.customers, of=size.of, share=size.share)


@router.get("/{audience_id}", **guarded("audiences:read"), response={200: OneAudience, **ERRORS})
def one(request: HttpRequest, audience_id: AudienceId) -> Any:
    """One audience, counted in the token's scope."""
    audience = _visible(request, audience_id)
    seen = looker(request)
    size = counting.size(seen, audience.rule)
    return answered(seen, audience=_told(audience), customers=size.customers, of=size.of)


@router.get("/{audience_id}/members", **guarded("customers:read"), response={200: Members, **ERRORS})
def members(
    request: HttpRequest, audience_id: AudienceId, columns: Columns = "", cursor_: Cursor = None, limit: Limit = 100
) -> Any:
    """Members within the token's scope by customer id; needs audiences:read as well."""
    if not permits(request.auth, "audiences:read"):  # type: ignore[attr-defined]
        raise ProblemError(403, "This token lacks the scope audiences:read.")
    after = position(cursor_, int)
    audience = _visible(request, audience_id)
    seen = looker(request, after[0] if after else None)
    names = _columns(seen, columns)
    rows = counting.members(seen, audience.rule, names, after=after[1] if after else None, most=limit)
    noted(request, f"audience:{audience.pk}", len(rows))
    items = [{"customer_id": str(row["customer_id"]), "tags": {name: row[name] for name in names}} for row in rows]
    following = cursor(seen.night.key, rows[-1]["customer_id"]) if len(rows) == limit else None
    return answered(seen, items=items, next=following)


def _visible(request: HttpRequest, audience_id: str) -> Audience:
    number = int(audience_id)
    found = (
        Audience.visible_to(owner(request)).filter(pk=number, newest__isnull=False).first()
        if number <= LARGEST
        else None
    )
    if found is None:
        raise Http404
    return found


def _columns(seen: counting.Looker, columns: str) -> list[str]:
    asked = [name.strip() for name in columns.split(",") if name.strip()]
    names = counting.columns_of(seen, asked)
    unknown = [name for name in asked if name not in names]
    if unknown:
        message = f"There is no tag {unknown[0]}."
        raise ProblemError(422, message, [{"field": "columns", "message": message}])
    return names


def _told(audience: Audience) -> dict[str, Any]:
    version = audience.newest
    if version is None:
        raise KequnError("The audience has no version.")
    return {
        "id": str(audience.pk), "name": audience.name, "owner": audience.owner.username, "shared": audience.shared,
        "version": version.number, "rule": version.rule, "customers": version.customers, "counted_on": version.as_of,
        "changed_at": audience.changed_at,
    }  # fmt: skip
