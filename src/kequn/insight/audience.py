"""Audiences: who a rule over tags selects, counted or listed from the published customers."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlglot import exp

from kequn.engine.query import Query
from kequn.errors import KequnError
from kequn.insight.catalogue import Catalogue
from kequn.insight.reading import Reading, definitions, reading
from kequn.insight.rules import compile_rule, rule_names
from kequn.workspace import Workspace

ORIGIN = "rule"


@dataclass(frozen=True)
class Audience:
    """How many customers a rule selects, of how many, on which business date."""

    rule: str
    as_of: date
    customers: int
    of: int


@dataclass(frozen=True)
class Listing:
    """Customers that a rule selects, by customer_id: at most as many as were asked for."""

    rule: str
    as_of: date
    columns: tuple[str, ...]
    rows: list[dict[str, Any]]


def count(workspace: Workspace, rule: str, as_of: date | None = None) -> Audience:
    """Count the customers for whom ``rule`` holds; raises KequnError with the position of a mistake in it."""
    known = definitions(workspace)
    with reading(workspace, as_of=as_of) as night:
        columns = night.attach("customer")
        query = exp.select(exp.alias_(exp.Count(this=exp.Star()), "customers")).from_("customer")
        chosen = query.where(condition(night, known, columns, rule))
        row = night.fetch(Query(ORIGIN, chosen))[0]
        total = int(night.night.manifest["tables"]["customer"]["rows"])
        return Audience(rule, night.night.as_of, int(row["customers"]), total)


def rows(workspace: Workspace, rule: str, columns: Sequence[str], limit: int, as_of: date | None = None) -> Listing:
    """The first ``limit`` customers by customer_id for whom ``rule`` holds, with customer_id and ``columns``."""
    known = definitions(workspace)
    with reading(workspace, as_of=as_of) as night:
        present = night.attach("customer")
        chosen = ("customer_id", *(name for name in dict.fromkeys(columns) if name != "customer_id"))
        for name in chosen:
            _present(name, present, known)
        query = exp.select(*(exp.column(name) for name in chosen)).from_("customer")
        query = query.where(condition(night, known, present, rule)).order_by("customer_id").limit(limit)
        return Listing(rule, night.night.as_of, chosen, night.fetch(Query(ORIGIN, query)))


def condition(night: Reading, known: Catalogue, columns: Mapping[str, str], rule: str) -> exp.Expr:
    """``rule`` as a condition over the published ``customer``, checked against the catalogue and the night."""
    tree = compile_rule(rule, known.types, night.parameters, ORIGIN, known.values)
    for name in sorted(rule_names(rule)):
        _present(name, columns, known)
    return tree


def _present(name: str, columns: Mapping[str, str], known: Catalogue) -> None:
    if name in columns:
        return
    if name in known.types:
        raise KequnError(f"Tag {name} is newer than the published night.", "Run: kequn night.")
    close = difflib.get_close_matches(name, columns, n=1)
    raise KequnError(
        f"There is no tag {name}.", f"Did you mean {close[0]}?" if close else "See all tags: kequn catalogue."
    )
