"""What every answer of the API shares."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from kequn.engage.api.auth import owner
from kequn.engage.api.models import Token
from kequn.engage.api.problems import Problem
from kequn.engage.audiences.counting import Looker
from kequn.engage.audit.chain import record

ERRORS = dict.fromkeys((400, 401, 403, 404, 409, 422, 429, 503), Problem)


def answered(seen: Looker, **parts: Any) -> dict[str, Any]:
    """``parts`` with the night that they come from."""
    return {"night": seen.night.key, "as_of": seen.night.as_of, **parts}


def noted(request: HttpRequest, subject: str, rows: int) -> None:
    """Write onto the audit chain that customers leave the house; whoever calls answers only after that."""
    token: Token = request.auth  # type: ignore[attr-defined]
    record(owner(request), "export", subject, by="api", token=token.pk, rows=rows)
