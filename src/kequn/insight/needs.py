"""Which columns of which standard tables the definitions of a catalogue read."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from kequn.bank.contract import contracts
from kequn.engine.macros import Parameters
from kequn.engine.query import Query
from kequn.insight.catalogue import Catalogue
from kequn.insight.compose import topic_queries
from kequn.insight.months import DEFINITIONS, definition


def needed_columns(catalogue: Catalogue, parameters: Parameters) -> dict[str, set[str]]:
    """Standard table -> columns at rest that tags and the tables of months read."""
    queries = list(topic_queries(catalogue, parameters).values())
    queries += [definition(name, parameters) for name in DEFINITIONS]
    needed: dict[str, set[str]] = {}
    for query in queries:
        for table, column in _columns(query):
            needed.setdefault(table, set()).add(column)
    return dict(sorted(needed.items()))


def _columns(query: Query) -> Iterator[tuple[str, str]]:
    for scope in traverse_scope(query.tree):
        for column in scope.columns:
            yield from _origin(scope, column)


def _origin(scope: Scope, column: exp.Column) -> Iterator[tuple[str, str]]:
    for alias, source in scope.sources.items():
        if isinstance(source, exp.Table) and column.table in ("", alias):
            contract = contracts().get(source.name)
            if contract and column.name in contract.stored_columns:
                yield contract.name, column.name
