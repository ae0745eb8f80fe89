"""From which columns of which tables an output column comes, read off the query itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import TypeAlias

from sqlglot import exp
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

from kequn.engine.query import Query

Columns: TypeAlias = frozenset[tuple[str, str]]
Tables: TypeAlias = Mapping[str, Query | Mapping[str, str]]
NONE: Columns = frozenset()


@dataclass(frozen=True)
class Sources:
    """Pairs (table, column): ``values`` enter the result, ``conditions`` decide which rows do (filters, joins, groups).

    The column ``*`` stands for the rows of a table, which ``count(*)`` counts.
    """

    values: Columns = NONE
    conditions: Columns = NONE

    def __or__(self, other: Sources) -> Sources:
        return Sources(self.values | other.values, self.conditions | other.conditions)

    @property
    def all(self) -> Columns:
        return self.values | self.conditions

    def as_condition(self) -> Sources:
        """The same columns, where they only decide on rows."""
        return Sources(NONE, self.all)


def lineage(query: Query, tables: Tables) -> dict[str, set[tuple[str, str]]]:
    """For each output column, the (table, column) pairs it depends on, filters and joins included.

    ``tables`` gives each table that the query reads as columns (name to type), or as the Query of a view, which is
    followed to its own tables.
    """
    return {name: set(sources.all) for name, sources in trace(query, tables).items()}


def trace(query: Query, tables: Tables) -> dict[str, Sources]:
    """As `lineage`, with values and conditions apart."""
    return dict(_Tracer(tables).query(query).columns)


@dataclass(frozen=True)
class _Traced:
    """The outputs of one SELECT, and what decides on its rows."""

    columns: Mapping[str, Sources]
    rows: Sources


@dataclass
class _Tracer:
    tables: Tables
    views: dict[str, _Traced] = field(default_factory=dict)
    scopes: dict[Scope, _Traced] = field(default_factory=dict)

    def query(self, query: Query) -> _Traced:
        schema: dict[str, object] = {name: dict.fromkeys(_names(table), "TEXT") for name, table in self.tables.items()}
        tree = qualify(
            query.tree.copy(), dialect="duckdb", schema=schema, quote_identifiers=False, identify=False,
            validate_qualify_columns=False,
        )  # fmt: skip
        scope = build_scope(tree)
        if scope is None:
            raise TypeError(query.origin)
        return self.scope(scope)

    def scope(self, scope: Scope) -> _Traced:
        """Trace a SELECT, or both sides of a UNION; a CTE that is read twice is traced once."""
        if scope not in self.scopes:
            self.scopes[scope] = self._scope(scope)
        return self.scopes[scope]

    def _scope(self, scope: Scope) -> _Traced:
        if isinstance(scope.expression, exp.SetOperation):
            left, right = (self.scope(side) for side in scope.set_operation_scopes)
            pairs = zip(left.columns.items(), right.columns.values(), strict=True)
            return _Traced({name: one | other for (name, one), other in pairs}, left.rows | right.rows)
        return _Select(self, scope).traced()

    def source(self, source: exp.Expr | Scope) -> _Traced:
        """Trace what a SELECT reads: a subquery, a view or a table."""
        if isinstance(source, Scope):
            return self.scope(source)
        table = self.tables.get(source.name)
        if isinstance(table, Query):
            if source.name not in self.views:
                self.views[source.name] = self.query(table)
            return self.views[source.name]
        names = [*(table or {}), "*"]
        return _Traced({name: Sources(frozenset({(source.name, name)})) for name in names}, Sources())


class _Select:
    """One SELECT with what it reads already traced."""

    def __init__(self, tracer: _Tracer, scope: Scope) -> None:
        self.tracer, self.scope = tracer, scope
        self.read = {name: tracer.source(source) for name, (_, source) in scope.selected_sources.items()}
        self.joins: dict[str, exp.Join] = {
            join.alias_or_name: join for join in scope.expression.args.get("joins") or []
        }

    def traced(self) -> _Traced:
        rows = self._rows()
        columns = {item.alias_or_name: self._column(item, rows) for item in self.scope.expression.expressions}
        return _Traced(columns, rows)

    def _column(self, item: exp.Expr, rows: Sources) -> Sources:
        found = self._of(item)
        for name in {column.table for column in item.find_all(exp.Column)}:
            join = self.joins.get(name)
            if join is not None and _outer(join):
                found |= self._joined(name, join)
        if any(isinstance(count.this, exp.Star) for count in item.find_all(exp.Count)):
            found |= reduce(Sources.__or__, (self._counted(traced) for traced in self.read.values()), Sources())
        return found | rows

    def _rows(self) -> Sources:
        """What decides which rows there are; an outer join only decides for columns from its own side."""
        found = Sources()
        for name in ("where", "group", "having", "qualify", "distinct"):
            clause = self.scope.expression.args.get(name)
            if isinstance(clause, exp.Expr):
                found |= self._of(clause)
        for name, traced in self.read.items():
            join = self.joins.get(name)
            if join is None:
                found |= traced.rows
            elif not _outer(join):
                found |= self._joined(name, join)
        return found.as_condition()

    def _joined(self, name: str, join: exp.Join) -> Sources:
        on = join.args.get("on")
        return ((self._of(on) if on is not None else Sources()) | self.read[name].rows).as_condition()

    def _of(self, node: exp.Expr) -> Sources:
        """Everything that an expression mentions, subqueries included."""
        found = Sources()
        for column in node.find_all(exp.Column):
            found |= self._resolved(column)
        for inner in self.scope.subquery_scopes:
            if _within(inner.expression, node):
                traced = self.tracer.scope(inner)
                found |= reduce(Sources.__or__, traced.columns.values(), traced.rows)
        return found

    def _resolved(self, column: exp.Column) -> Sources:
        traced = self.read.get(column.table)
        return traced.columns.get(column.name, Sources()) if traced else Sources()

    @staticmethod
    def _counted(traced: _Traced) -> Sources:
        return traced.columns.get("*", traced.rows)


def _names(table: Query | Mapping[str, str]) -> list[str]:
    return table.columns() if isinstance(table, Query) else list(table)


def _outer(join: exp.Join) -> bool:
    return str(join.args.get("side") or "").upper() == "LEFT"


def _within(inner: exp.Expr, node: exp.Expr) -> bool:
    around: exp.Expr | None = inner
    while around is not None and around is not node:
        around = around.parent
    return around is node
