"""Functions of our own in definitions, expanded into plain SQL before an engine sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlglot
from sqlglot import exp

from kequn.errors import KequnError
from kequn.workspace import Settings


@dataclass(frozen=True)
class Parameters:
    """What definitions may refer to: the business date and the bank's settings."""

    as_of: date
    settings: Settings


# name -> template over its arguments {0}, {1}, ...; written in the DuckDB dialect and transpiled like the rest.
TEMPLATES: dict[str, str] = {
    # day counts and dates
    "days_between": "DATE_DIFF('day', {0}, {1})",
    "months_between_starts": "(EXTRACT(YEAR FROM {1}) * 12 + EXTRACT(MONTH FROM {1}) - EXTRACT(YEAR FROM {0}) * 12"
    " - EXTRACT(MONTH FROM {0}))",
    "month_start": "CAST(DATE_TRUNC('month', {0}) AS DATE)",
    "month_end": "LAST_DAY({0})",
    "date_of": "CAST({0} AS DATE)",
    # money: whole fen, half up, sign handled, NULL where the divisor is zero
    "round_div": "(CASE WHEN {1} = 0 THEN NULL WHEN ({0} >= 0) = ({1} > 0)"
    " THEN (2 * ABS({0}) + ABS({1})) // (2 * ABS({1})) ELSE -((2 * ABS({0}) + ABS({1})) // (2 * ABS({1}))) END)",
    "share": "(CAST({0} AS DOUBLE) / NULLIF(CAST({1} AS DOUBLE), 0))",
    "isum": "CAST(SUM({0}) AS BIGINT)",
}
ARITY = {name: 1 + max(i for i in range(4) if f"{{{i}}}" in text) for name, text in TEMPLATES.items()}


def expand(tree: exp.Expression, parameters: Parameters, origin: str) -> exp.Expression:
    """Replace as_of(), setting('name') and the macros above; raises KequnError on a wrong call."""

    def step(node: exp.Expression) -> exp.Expression:
        if not isinstance(node, exp.Anonymous):
            return node
        name = str(node.this).lower()
        if name == "as_of":
            return exp.cast(exp.Literal.string(parameters.as_of.isoformat()), "DATE")
        if name == "setting":
            return exp.convert(parameters.settings[_text(node, origin)])
        if name in TEMPLATES:
            return _fill(name, [argument.transform(step) for argument in node.expressions], origin)
        return node

    return tree.transform(step)


def _text(node: exp.Anonymous, origin: str) -> str:
    if len(node.expressions) != 1 or not isinstance(node.expressions[0], exp.Literal):
        raise KequnError(f"{origin}: setting() takes one quoted name.")
    return str(node.expressions[0].this)


def _fill(name: str, arguments: list[exp.Expression], origin: str) -> exp.Expression:
    if len(arguments) != ARITY[name]:
        raise KequnError(f"{origin}: {name}() takes {ARITY[name]} arguments, not {len(arguments)}.")
    text = TEMPLATES[name].format(*(f"({argument.sql(dialect='duckdb')})" for argument in arguments))
    return sqlglot.parse_one(text, read="duckdb")


