"""The restricted SQL: what a definition may contain so that every engine gives the same rows.

Allowed are the constructs and functions of `kequn.engine.allowed` and the macros of `kequn.engine.macros`. Beyond
those lists: no ``/`` (it rounds), no ``*`` but over a subquery of the same text, no result that depends on the order
of rows, every output column named, whole numbers summed as BIGINT (see `kequn.engine.even`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from kequn.engine import allowed
from kequn.engine.constructs import CONSTRUCTS, Finding
from kequn.engine.macros import MACROS, nearest
from kequn.engine.place import Place, fault


def check(tree: exp.Expr, text: str, origin: str) -> None:
    """Raise KequnError, with line and column, for the first construct outside the grammar."""
    findings = sorted(
        (
            (Place.of(node, text), message, hint)
            for item in tree.walk()
            for node, message, hint in _findings(item, tree)
        ),
        key=lambda finding: (finding[0].line, finding[0].column),
    )
    for place, message, hint in findings[:1]:
        raise fault(origin, place, text, message, hint)


def _findings(node: exp.Expr, tree: exp.Expr) -> Iterator[Finding]:
    """What is wrong with one node: the node to point at, the message, the hint."""
    if isinstance(node, exp.Anonymous):
        yield from _macro(node)
    elif not isinstance(node, allowed.GRAMMAR) and not _belongs(node):
        hint = next((hint for family, hint in allowed.INSTEAD.items() if isinstance(node, family)), "")
        yield node, f"{_named(node)} is not part of the grammar.", hint
    for family, find in CONSTRUCTS:
        if isinstance(node, family):
            yield from find(node, tree)


def _belongs(node: exp.Expr) -> bool:
    """Parts of a refused construct; the construct itself is reported."""
    return isinstance(node.parent, (exp.Interval, exp.TableSample, exp.Pivot)) or type(node).__name__ in PARTS


PARTS = {"PropertyEQ", "JSONPath", "JSONPathRoot", "JSONPathSubscript", "JSONPathKey", "Hint"}


def _named(node: exp.Expr) -> str:
    if isinstance(node, exp.Div):
        return "/"
    text = node.sql("duckdb")
    called = re.match(r"(\w+)\(", text) if isinstance(node, exp.Func) else None
    return f"{called[1].lower()}()" if called else text.split("\n", 1)[0][:60]


def _macro(node: exp.Anonymous) -> Iterator[Finding]:
    name, given = str(node.this).lower(), len(node.expressions)
    if name not in MACROS:
        near = nearest(name)
        hint = allowed.FUNCTION_INSTEAD.get(name, f"Did you mean {near}()?" if near else "")
        yield node, f"function {name}() is not part of the grammar.", hint
    elif given != MACROS[name]:
        yield node, f"{name}() takes {MACROS[name]} arguments, not {given}.", ""
