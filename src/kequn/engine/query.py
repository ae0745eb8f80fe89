"""Compile a definition: parse the restricted SQL, check it, expand macros; the result runs on any engine."""

from __future__ import annotations

from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError

from kequn.engine.grammar import check
from kequn.engine.macros import Parameters, expand
from kequn.errors import KequnError


@dataclass(frozen=True)
class Query:
    """A checked definition. ``origin`` names the file or rule it came from, for messages."""

    origin: str
    tree: exp.Expression

    def sql(self, dialect: str = "duckdb") -> str:
        """The statement in the dialect of an engine: ``duckdb`` or ``spark``."""
        return self.tree.sql(dialect=dialect)

    def columns(self) -> list[str]:
        """Names of the output columns, in order."""
        return [str(name) for name in self.tree.named_selects]


def compile_query(text: str, parameters: Parameters, origin: str = "query") -> Query:
    """Compile one SELECT in the restricted grammar; raises KequnError with line and column."""
    tree = parse(text, origin)
    check(tree, text, origin)
    return Query(origin, expand(tree, parameters, origin))


def parse(text: str, origin: str) -> exp.Expression:
    """Parse exactly one SELECT; raises KequnError with line and column."""
    try:
        trees = [tree for tree in sqlglot.parse(text, read="duckdb") if tree is not None]
    except ParseError as error:
        place = error.errors[0] if error.errors else {}
        where = f"line {place.get('line', 1)}, column {place.get('col', 1)}"
        raise KequnError(f"{origin}, {where}: {place.get('description', error)}.") from None
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise KequnError(f"{origin}: expected one SELECT statement.")
    return trees[0]
