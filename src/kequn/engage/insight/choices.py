"""What a list is filtered by: choices in the address, each checked against what there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from kequn.engage.insight.frame import Frame
from kequn.engage.language import say


@dataclass(frozen=True)
class Choice:
    """One filter; a choice without ``options`` is typed in."""

    name: str
    label: str
    value: str
    options: Sequence[tuple[str, str]] = field(default=())
    hint: str = ""


def chosen(request: HttpRequest, name: str, label: str, options: Sequence[tuple[str, str]]) -> Choice:
    """A choice among ``options``; what is not one of them counts as all."""
    asked = request.GET.get(name, "")
    return Choice(name, label, asked if asked in dict(options) else "", options)


def typed(request: HttpRequest, name: str, label: str, hint: str = "") -> Choice:
    """A text that is typed in."""
    return Choice(name, label, request.GET.get(name, "").strip()[:80], hint=hint)


def branches(request: HttpRequest, frame: Frame, table: str) -> Choice:
    """The branches that ``table``, which has branch_id, names within the scope."""
    where, values = frame.scope.condition(table)
    found = frame.kept(
        ("branches", table),
        lambda: frame.night.rows(
            f"SELECT DISTINCT branch_id AS id FROM {table} WHERE {where} AND branch_id IS NOT NULL ORDER BY 1", **values
        ),
    )
    options = [(str(row["id"]), frame.orgs.get(row["id"]) or str(row["id"])) for row in found]
    return chosen(request, "branch", say("支行", "Branch"), options)


def conditions(*pairs: tuple[str, Choice]) -> tuple[str, dict[str, Any]]:
    """SQL and its values for the choices that were made; each pair has a condition with ``$name`` in it."""
    made = [(text, choice) for text, choice in pairs if choice.value]
    words = " AND ".join(text for text, _ in made) or "TRUE"
    return words, {f"chosen_{choice.name}": choice.value for _, choice in made}


def shown(request: HttpRequest, *listed: Choice) -> dict[str, Any]:
    """What the template of filters needs."""
    org = request.GET.get("org")
    offered = [choice for choice in listed if len(choice.options) > 1 or choice.hint]
    return {
        "choices": offered,
        "carried": [("org", org)] if org else [],
        "filtered": any(choice.value for choice in offered),
    }
