"""Cursors: where a page ended, and in which night, so that pages of one list never mix two nights."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Annotated, Any

from ninja import Query

from kequn.engage.api.problems import ProblemError

LARGEST = 2**63 - 1
Cursor = Annotated[
    str | None,
    Query(None, alias="cursor", max_length=300, pattern=r"^[A-Za-z0-9_-]+$", description="`next` of the page before."),
]
Limit = Annotated[int, Query(100, ge=1, le=1000, description="Rows a page.")]


def cursor(night: str, *position: int | str) -> str:
    """An opaque text for a position in a list of ``night``."""
    text = json.dumps([night, *position], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def position(given: str | None, *kinds: type) -> list[Any] | None:
    """Night and position, of ``kinds``; None for the first page. Raises ProblemError for what is no cursor."""
    if given is None:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        found = None
    if isinstance(found, list) and [type(each) for each in found] == [str, *kinds] and _in_range(found):
        return found
    message = "This is no cursor of this list: send `next` of the page before, as it is."
    raise ProblemError(422, message, [{"field": "cursor", "message": message}])


def _in_range(found: list[Any]) -> bool:
    return all(not isinstance(each, int) or 0 <= each <= LARGEST for each in found)
