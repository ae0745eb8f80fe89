"""From a rule's text to the drawn form; what cannot be drawn stays in it as the text it is."""

from __future__ import annotations

from decimal import Decimal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from kequn.engage.audiences.operands import Kind, kind_of, typed
from kequn.engage.audiences.operators import OF_KIND
from kequn.engage.audiences.splitting import Joined, Part, pieces
from kequn.engage.audiences.tree import Condition, Group, Node, Text, tidy
from kequn.engage.audiences.writing import Tags, leaf, written
from kequn.engine.dialect import Definitions
from kequn.errors import KequnError

COMPARISONS: dict[type[exp.Expr], str] = {
    exp.GTE: "ge", exp.LTE: "le", exp.GT: "gt", exp.LT: "lt", exp.EQ: "eq", exp.NEQ: "ne",
    exp.StartsWith: "starts", exp.Contains: "contains",
}  # fmt: skip


def drawn(text: str, tags: Tags) -> Group:
    """``text`` as a tree whose own text is the same expression; raises KequnError where it cannot be taken apart."""
    if not text.strip():
        return Group("and", ())
    tree = tidy(_node(pieces(text), tags))
    try:
        kept = same(written(tree, tags), text)
    except KequnError:
        kept = False
    return tree if kept else Group("and", (Text(text.strip()),))


def same(one: str, other: str) -> bool:
    """Whether two rules are the same expression, whatever their parentheses and the spelling of their numbers."""
    first, second = _bare(one), _bare(other)
    return first is not None and first == second


def _bare(text: str) -> exp.Expr | None:
    try:
        tree = sqlglot.parse_one(f"SELECT {text}", read=Definitions)
    except (SqlglotError, RecursionError):
        return None
    for paren in list(tree.find_all(exp.Paren)):
        paren.replace(paren.this)
    for literal in tree.find_all(exp.Literal):
        if not literal.is_string and literal.this.replace(".", "", 1).isdigit():
            literal.set("this", f"{Decimal(literal.this).normalize():f}")
    return tree


def _node(part: Part, tags: Tags) -> Node:
    if isinstance(part, Joined):
        return Group(part.join, tuple(_node(each, tags) for each in part.parts), part.negated)
    found = _condition(part.text, tags)
    return found or Text(part.text)


def _condition(text: str, tags: Tags) -> Condition | None:
    """The condition that ``text`` is, if the drawn form has fields for all of it."""
    try:
        node = sqlglot.parse_one(f"SELECT {text}", read=Definitions).expressions[0]
    except (SqlglotError, RecursionError):
        return None
    negated = isinstance(node, exp.Not)
    found = _compared(node.this if negated else node, tags)
    if found and negated:
        turned = {"in": "not_in", "unknown": "known"}.get(found.op)
        found = Condition(found.tag, turned, found.values) if turned else None
    try:
        return found if found and same(leaf(found, tags), text) else None
    except KequnError:
        return None


def _compared(node: exp.Expr, tags: Tags) -> Condition | None:
    column = node if isinstance(node, exp.Column) else node.this
    if not isinstance(column, exp.Column) or column.table or column.name not in tags:
        return None
    kind = kind_of(tags[column.name])
    op, operands = _operation(node)
    if op not in OF_KIND[kind]:
        return None
    values = _values(operands, kind)
    return None if values is None else Condition(column.name, op, values)


def _operation(node: exp.Expr) -> tuple[str, list[exp.Expr]]:
    """Name of the operator and what stands on its right; an empty name for one that is not drawn."""
    if isinstance(node, exp.Column):
        return "yes", []
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        return "unknown", []
    if isinstance(node, exp.Between):
        return "between", [node.args["low"], node.args["high"]]
    if isinstance(node, exp.In) and node.expressions:
        return "in", list(node.expressions)
    op = COMPARISONS.get(type(node), "")
    return op, [node.expression] if op else []


def _values(nodes: list[exp.Expr], kind: Kind) -> tuple[str, ...] | None:
    values = [typed(node, kind) for node in nodes]
    return None if any(value is None for value in values) else tuple(value for value in values if value is not None)
