"""Functions of our own in definitions, expanded into plain SQL before an engine sees them."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import sqlglot
from sqlglot import exp

from kequn.engine.even import even
from kequn.errors import KequnError
from kequn.workspace import Settings, Value


@dataclass(frozen=True)
class Parameters:
    """What definitions may refer to: the business date and the bank's settings."""

    as_of: date
    settings: Settings


# name -> template over its arguments {0}, {1}, ...; written in the DuckDB dialect and transpiled like the rest.
TEMPLATES: dict[str, str] = {
    # days: {0} and {1} are dates or timestamps; a timestamp counts as its day
    "date_of": "CAST({0} AS DATE)",
    "days_between": "DATE_DIFF('day', CAST({0} AS DATE), CAST({1} AS DATE))",
    "add_days": "(CAST({0} AS DATE) + CAST({1} AS INTEGER))",
    # months: the day is kept, or becomes the month's last where the month is shorter
    "add_months": "CAST(CAST({0} AS DATE) + TO_MONTHS(CAST({1} AS INTEGER)) AS DATE)",
    "month_start": "CAST(DATE_TRUNC('month', CAST({0} AS DATE)) AS DATE)",
    "month_end": "LAST_DAY(CAST({0} AS DATE))",
    "days_in_month": "EXTRACT(DAY FROM LAST_DAY(CAST({0} AS DATE)))",
    # 1 is Monday, 7 is Sunday; 1900-01-01 was a Monday
    "weekday": "((DATE_DIFF('day', CAST('1900-01-01' AS DATE), CAST({0} AS DATE)) % 7 + 7) % 7 + 1)",
    "months_between_starts": "((EXTRACT(YEAR FROM {1}) - EXTRACT(YEAR FROM {0})) * 12"
    " + EXTRACT(MONTH FROM {1}) - EXTRACT(MONTH FROM {0}))",
    # full years; who is born on 29 February has a birthday on 1 March in other years; NULL before birth
    "age_on": "CASE WHEN {0} <= {1} THEN (EXTRACT(YEAR FROM {1}) * 10000 + EXTRACT(MONTH FROM {1}) * 100"
    " + EXTRACT(DAY FROM {1}) - EXTRACT(YEAR FROM {0}) * 10000 - EXTRACT(MONTH FROM {0}) * 100"
    " - EXTRACT(DAY FROM {0})) // 10000 END",
    # money, whole numbers: NULL where the divisor is zero; // cuts towards zero on every engine
    "round_div": "((2 * {0} + CASE WHEN {0} < 0 THEN -ABS({1}) ELSE ABS({1}) END) // (2 * {1}))",
    "ceil_div": "({0} // {1} + CASE WHEN {0} % {1} <> 0 AND ({0} > 0) = ({1} > 0) THEN 1 ELSE 0 END)",
    "floor_div": "({0} // {1} - CASE WHEN {0} % {1} <> 0 AND ({0} > 0) <> ({1} > 0) THEN 1 ELSE 0 END)",
    "yuan": "({0} * 100)",
    "isum": "SUM({0})",
    # ratios: DOUBLE, NULL where the divisor is zero
    "share": "(CAST({0} AS DOUBLE) / NULLIF(CAST({1} AS DOUBLE), 0))",
}
ARITY = {name: 1 + max(i for i in range(4) if f"{{{i}}}" in text) for name, text in TEMPLATES.items()}
# Stands for the day of as_of() until there is one.
DAY = "as_of()"
BUILT_IN = {"as_of": 0, "setting": 1}
MACROS = ARITY | BUILT_IN


def expand(tree: exp.Expr, parameters: Parameters, origin: str) -> exp.Expr:
    """Replace as_of(), setting('name') and the macros above; raises KequnError on a wrong call.

    The result also gives numbers of the same type on every engine: see `kequn.engine.even`.
    """
    return dated(undated(tree, parameters.settings, origin), parameters.as_of)


def undated(tree: exp.Expr, settings: Settings, origin: str) -> exp.Expr:
    """``expand`` but for the day: as_of() is the text DAY cast to a date."""
    return even(_expanded(tree, settings, origin))


def dated(tree: exp.Expr, as_of: date) -> exp.Expr:
    """A copy of what ``undated`` gave, with the day put in."""
    copy = tree.copy()
    for literal in copy.find_all(exp.Literal):
        if literal.this == DAY:
            literal.set("this", as_of.isoformat())
    return copy


def _expanded(tree: exp.Expr, settings: Settings, origin: str) -> exp.Expr:
    def step(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.In):
            return _spread(node, settings, origin)
        if not isinstance(node, exp.Anonymous):
            return node
        name = str(node.this).lower()
        if name not in MACROS:
            return node
        _count(node, origin)
        if name == "as_of":
            return exp.cast(exp.Literal.string(DAY), "DATE")
        if name == "setting":
            return _literal(_setting(node, settings, origin), origin)
        return _fill(name, [_expanded(argument, settings, origin) for argument in node.expressions])

    return tree.transform(step)


def _spread(node: exp.In, settings: Settings, origin: str) -> exp.In:
    """``x IN (setting('list'))`` means each entry of the list."""
    listed = [value for item in node.expressions for value in _entries(item, settings, origin)]
    if listed:
        node.set("expressions", listed)
    return node


def _entries(item: exp.Expr, settings: Settings, origin: str) -> Iterator[exp.Expr]:
    if isinstance(item, exp.Anonymous) and str(item.this).lower() == "setting":
        value = _setting(item, settings, origin)
        yield from (_literal(entry, origin) for entry in (value if isinstance(value, list) else [value]))
    else:
        yield item


def _literal(value: Value, origin: str) -> exp.Expr:
    if isinstance(value, list):
        raise KequnError(f"{origin}: a setting that is a list stands inside IN (...) only.")
    return exp.convert(value)


def _setting(node: exp.Anonymous, settings: Settings, origin: str) -> Value:
    if len(node.expressions) != 1 or not node.expressions[0].is_string:
        raise KequnError(f"{origin}: setting() takes one quoted name.")
    try:
        return settings[node.expressions[0].name]
    except KequnError as error:
        raise KequnError(f"{origin}, line {node.meta.get('line', 1)}: {error.message}", error.hint) from None


def _count(node: exp.Anonymous, origin: str) -> None:
    name, given = str(node.this).lower(), len(node.expressions)
    if given != MACROS[name]:
        raise KequnError(f"{origin}: {name}() takes {MACROS[name]} arguments, not {given}.")


def _fill(name: str, arguments: list[exp.Expr]) -> exp.Expr:
    return _parsed(TEMPLATES[name].format(*map(_enclosed, arguments))).copy()


@lru_cache(maxsize=4096)
def _parsed(text: str) -> exp.Expr:
    """The same few calls, such as the month before, stand in most definitions."""
    return sqlglot.parse_one(text, read="duckdb")


def _enclosed(argument: exp.Expr) -> str:
    text = argument.sql(dialect="duckdb")
    closed = isinstance(argument, (exp.Column, exp.Literal, exp.Func)) and not isinstance(argument, exp.Binary)
    return text if closed else f"({text})"


def nearest(name: str) -> str:
    """The macro whose name is closest to ``name``, or nothing."""
    return next(iter(difflib.get_close_matches(name.lower(), MACROS, n=1)), "")
