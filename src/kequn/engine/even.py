"""Give an expression the same values and types on every engine where their defaults differ.

DuckDB sums whole numbers to HUGEINT and Spark counts days in INT; one answers NULL to a division by zero and the
other fails. After ``even`` whole numbers that functions compute are BIGINT, decimal literals are DOUBLE, and a
division by zero gives NULL.
"""

from __future__ import annotations

from sqlglot import exp

# Their result is a whole number whose width depends on the engine.
WHOLE = (
    exp.Sum, exp.IntDiv, exp.Extract, exp.Year, exp.Month, exp.Day, exp.Quarter, exp.Hour, exp.DateDiff, exp.Length,
    exp.StrPosition, exp.Sign, exp.Round, exp.Floor, exp.Ceil, exp.RowNumber, exp.Rank, exp.DenseRank,
)  # fmt: skip
# What may stand around such a function and belongs to it.
AROUND = (exp.Filter, exp.Window, exp.IgnoreNulls)


def even(tree: exp.Expr) -> exp.Expr:
    """The same expression with explicit types; idempotent."""
    tree = tree.transform(_folded)
    for division in list(tree.find_all(exp.IntDiv, exp.Mod)):
        division.set("expression", _not_zero(division.expression))
    for literal in list(tree.find_all(exp.Literal)):
        if not literal.is_string and not literal.is_int:
            tree = _put(tree, literal, "DOUBLE")
    for whole in list(tree.find_all(*WHOLE)):
        tree = _put(tree, _outermost(whole), "BIGINT")
    for joined in list(tree.find_all(exp.Concat)):
        joined.set("expressions", [_as_text(item) for item in joined.expressions])
    return tree


def _folded(node: exp.Expr) -> exp.Expr:
    """Compute whole literals: a product of two that do not fit 32 bits would overflow in an engine."""
    if isinstance(node, exp.Mul):
        left, right = (_folded(_bare(side)) for side in (node.left, node.right))
        if left.is_int and right.is_int and isinstance(left, exp.Literal) and isinstance(right, exp.Literal):
            return exp.Literal.number(int(left.this) * int(right.this))
    return node


def _bare(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def _not_zero(divisor: exp.Expr) -> exp.Expr:
    plain = _bare(divisor)
    if isinstance(plain, exp.Nullif) or (isinstance(plain, exp.Literal) and plain.name.strip("0") != ""):
        return divisor
    return exp.Nullif(this=plain.copy(), expression=exp.Literal.number(0))


def _outermost(node: exp.Expr) -> exp.Expr:
    while isinstance(node.parent, AROUND) and node.parent.this is node:
        node = node.parent
    return node


def _put(tree: exp.Expr, node: exp.Expr, kind: str) -> exp.Expr:
    """Wrap ``node`` inside ``tree`` in a cast, unless a cast to a number already stands there."""
    if _is_cast(node.parent):
        return tree
    wrapped = exp.Cast(to=exp.DataType.build(kind))
    if node is not tree:
        node.replace(wrapped)
    wrapped.set("this", node)
    return wrapped if node is tree else tree


def _is_cast(node: exp.Expr | None) -> bool:
    return isinstance(node, exp.Cast) and node.to.this in exp.DataType.NUMERIC_TYPES


def _as_text(item: exp.Expr) -> exp.Expr:
    if item.is_string or (isinstance(item, exp.Cast) and item.is_type(*exp.DataType.TEXT_TYPES)):
        return item
    return exp.cast(item.copy(), "VARCHAR")
