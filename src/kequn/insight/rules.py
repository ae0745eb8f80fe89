"""The rule language: boolean expressions over tags, for audiences, segments and prospects.

    tier in ('gold', 'platinum') and payroll and not credit_card
    aum_month_avg >= yuan(200000) and days_since_login between 30 and setting('lifecycle.dormant_days')
    mortgage_area is null or next_maturity_on <= add_days(as_of(), 30)

A rule has no subqueries, aggregates or windows. A condition on an empty (NULL) tag is unknown, and a customer for whom
a rule is unknown does not match; ask with ``is null``. Money is in fen: ``yuan(5)`` is 500. Text stands in single
quotes, dates as ``'2024-05-17'``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlglot import exp

from kequn.engine.macros import Parameters, expand
from kequn.engine.place import Place, fault
from kequn.engine.query import statements
from kequn.errors import KequnError
from kequn.insight.kinds import Kinds

PREFIX = "SELECT "
FULL_WIDTH = {
    "（": "(", "）": ")", "，": ",", "、": ",", "＝": "=", "＞": ">", "＜": "<", "！": "!", "＋": "+", "－": "-",
    "＊": "*", "“": "'", "”": "'", "‘": "'", "’": "'", "＇": "'", "＂": "'", "；": ";", "。": ".", "．": ".", "＿": "_",
    "\u3000": " ",
}  # fmt: skip


def compile_rule(
    text: str,
    types: Mapping[str, str],
    parameters: Parameters,
    origin: str = "rule",
    values: Mapping[str, Collection[str]] = {},
) -> exp.Expr:
    """Compile a condition over the columns ``types`` (name to DuckDB type) into a boolean expression.

    ``values`` gives the codes that a column may have. Raises KequnError with line, column and, for a misspelt name or
    code, the nearest one. The result is NULL where the rule is unknown: WHERE and COALESCE(..., FALSE) leave those out.
    """
    return compile_value(text, types, parameters, origin, values, kind="boolean")


def compile_value(
    text: str,
    types: Mapping[str, str],
    parameters: Parameters,
    origin: str = "value",
    values: Mapping[str, Collection[str]] = {},
    *,
    kind: str = "number",
) -> exp.Expr:
    """Compile an expression of another kind (number, text, date) in the same language and with the same errors."""
    select = _parsed(text, origin)
    kinds = Kinds(text, len(PREFIX), types, values, parameters, origin)
    kinds.expect(select.expressions[0], kind)
    return expand(select.expressions[0].pop(), parameters, origin)


def rule_names(text: str, origin: str = "rule") -> set[str]:
    """Names of all tags that a rule mentions."""
    return {column.name.lower() for column in _parsed(text, origin).find_all(exp.Column)}


def _parsed(text: str, origin: str) -> exp.Select:
    """The text as the only expression of a SELECT."""
    if not text.strip():
        raise KequnError(f"{origin}: there is no condition.", "Write one, e.g. tier = 'gold' and not credit_card.")
    _refuse_full_width(text, origin)
    trees = statements(PREFIX + text, origin, text)
    first = trees[0]
    plain = isinstance(first, exp.Select) and set(filter(first.args.get, first.args)) == {"expressions"}
    if len(trees) != 1 or not isinstance(first, exp.Select) or not plain or len(first.expressions) != 1:
        message = "a rule is one condition, without SELECT, FROM, WHERE, commas or semicolons."
        raise fault(origin, Place(1, 1), text, message, "Join conditions with and, or, not.")
    return first


def _refuse_full_width(text: str, origin: str) -> None:
    quoted = False
    for offset, character in enumerate(text):
        if character == "'":
            quoted = not quoted
        elif not quoted and character in FULL_WIDTH:
            plain = FULL_WIDTH[character]
            hint = "Type a space." if plain == " " else f"Type {plain} instead, on the English keyboard."
            raise fault(origin, Place.at(text, offset), text, f"{character} is full-width punctuation.", hint)
