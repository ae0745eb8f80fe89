"""Compile a definition: parse the restricted SQL, check it, expand macros; the result runs on any engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from kequn.engine.dialect import Definitions, KequnSpark
from kequn.engine.grammar import check
from kequn.engine.macros import Parameters, dated, undated
from kequn.engine.place import Place, fault
from kequn.errors import KequnError
from kequn.workspace import Settings


@dataclass(frozen=True)
class Query:
    """A checked definition. ``origin`` names the file or rule it came from, for messages."""

    origin: str
    tree: exp.Expr

    def sql(self, dialect: str = "duckdb") -> str:
        """The statement in the dialect of an engine: ``duckdb`` or ``spark``."""
        if dialect not in self._texts:
            self._texts[dialect] = str(self.tree.sql(dialect=KequnSpark if dialect == "spark" else dialect))
        return self._texts[dialect]

    @cached_property
    def _texts(self) -> dict[str, str]:
        """Statements generated so far: a night asks for each several times."""
        return {}

    def columns(self) -> list[str]:
        """Names of the output columns, in order."""
        return list(self.tree.named_selects) if isinstance(self.tree, exp.Query) else []


def compile_query(text: str, parameters: Parameters, origin: str = "query") -> Query:
    """Compile one SELECT in the restricted grammar; raises KequnError with line and column."""
    return Query(origin, dated(_undated(text, parameters.settings, origin), parameters.as_of))


@lru_cache(maxsize=512)
def _undated(text: str, settings: Settings, origin: str) -> exp.Expr:
    """The compiled tree but for its day: replays ask for the same definitions at one date after the other."""
    tree = parse(text, origin)
    check(tree, text, origin)
    return undated(tree, settings, origin)


def renamed(query: Query, tables: Mapping[str, str]) -> Query:
    """The query reading other tables in place of some; columns keep referring to the old names."""

    def step(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Table) and node.name in tables:
            return exp.alias_(exp.to_table(tables[node.name]), node.alias or node.name, table=True)
        return node

    return Query(query.origin, query.tree.transform(step))


def parse(text: str, origin: str) -> exp.Expr:
    """Parse exactly one SELECT; raises KequnError with line and column."""
    trees = [tree for tree in statements(text, origin) if tree is not None]
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise KequnError(f"{origin}: expected one SELECT statement.")
    return trees[0]


def statements(text: str, origin: str, shown: str | None = None) -> list[exp.Expr | None]:
    """Parse; an error points into ``shown``, the end of ``text`` that the user wrote (default: all of it)."""
    shown = text if shown is None else shown
    try:
        return list(sqlglot.parse(text, read=Definitions))
    except ParseError as error:
        details = error.errors[0] if error.errors else {}
        offset = _offset(text, int(details.get("line") or 1), int(details.get("col") or 1))
        described = str(details.get("description") or error).split(" for <class")[0].rstrip(".")
        raise fault(origin, Place.at(shown, offset - len(text) + len(shown)), shown, f"{described}.", "") from None
    except TokenError:
        quote = max(shown.rfind("'"), shown.rfind('"'), 0)
        raise fault(origin, Place.at(shown, quote), shown, "a quote or comment is not closed.", "") from None


def _offset(text: str, line: int, column: int) -> int:
    """Offset of the token that ends at ``column``; its first character where it is a word."""
    end = sum(len(part) + 1 for part in text.split("\n")[: line - 1]) + column - 1
    start = min(end, len(text) - 1)
    while start > 0 and text[start].isidentifier() and text[start - 1].isidentifier():
        start -= 1
    return start
