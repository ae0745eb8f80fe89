"""Values of conditions: as a person types them, and as the rule language writes them.

Money is typed in yuan (5万, 1.2亿, 50,000) and is stored as fen: whole yuan as ``yuan(50000)``; with two decimals
(50000.00) as a plain number of fen. Shares are typed in percent and stored from 0 to 1. A day is ``2026-05-17``, or
so many days from the business date: ``+30`` is ``add_days(as_of(), 30)``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

from sqlglot import exp

from kequn.engage.language import say
from kequn.errors import KequnError
from kequn.insight.catalogue import Tag

Kind = Literal["number", "money", "share", "code", "text", "date", "flag"]
UNITS = {"亿": 10**8, "万": 10**4, "千": 10**3, "B": 10**9, "M": 10**6, "K": 10**3}
LARGEST = Decimal(10) ** 15
FEN = Decimal("0.01")


def kind_of(tag: Tag) -> Kind:
    """How values of ``tag`` are typed."""
    if tag.type in ("BOOLEAN", "DATE"):
        return "flag" if tag.type == "BOOLEAN" else "date"
    if tag.type == "VARCHAR":
        return "code" if tag.values else "text"
    return "money" if tag.unit == "fen" else "share" if tag.unit == "share" else "number"


def literal(value: str, kind: Kind) -> str:
    """``value`` in the rule language; raises KequnError that says how such a value is typed."""
    plain = value if kind in ("code", "text") else unicodedata.normalize("NFKC", value).strip()
    if not plain:
        raise KequnError(say("请填写数值。", "Fill in a value."))
    return _WRITERS[kind](plain)


def typed(node: exp.Expr, kind: Kind) -> str | None:
    """The value that a person would have typed for ``node``; None where there is none."""
    return _READERS[kind](node)


def _number(value: str) -> Decimal:
    found = re.fullmatch(
        r"([+-]?[\d,]*\.?\d+|[+-]?[\d,]+\.)\s*(亿|万|千|[BMK])?\s*(元|天|个月|%)?", value, re.IGNORECASE
    )
    try:
        number = Decimal(found[1].replace(",", "")) * UNITS.get((found[2] or "").upper(), 1) if found else None
    except InvalidOperation:
        number = None
    if number is None:
        raise KequnError(
            say(f"“{value}”不是数字。", f"“{value}” is not a number."),
            say("例如 5万、1.5 或 20000。", "e.g. 5万, 1.5 or 20000."),
        )
    if abs(number) > LARGEST:
        raise KequnError(say(f"{value} 太大。", f"{value} is too large."))
    return number


def _plain(number: Decimal) -> str:
    """Digits without exponent or trailing zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _money(value: str) -> str:
    number = _number(value)
    if number != number.quantize(FEN):
        raise KequnError(say("金额最多两位小数。", "Money has two decimals at most."))
    as_fen = re.fullmatch(r"-?\d+\.\d\d", value) is not None
    whole = number == number.to_integral_value()
    return f"yuan({_plain(number)})" if whole and not as_fen else _plain(number * 100)


def _day(value: str) -> str:
    if re.fullmatch(r"[+-]\d{1,5}", value):
        return f"add_days(as_of(), {int(value)})"
    try:
        return f"'{date.fromisoformat(value).isoformat()}'"
    except ValueError:
        raise KequnError(
            say(f"“{value}”不是日期。", f"“{value}” is not a date."),
            say(
                "例如 2026-05-17，或 +30 表示业务日后 30 天。",
                "e.g. 2026-05-17, or +30 for 30 days after the business date.",
            ),
        ) from None


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _digits(node: exp.Expr) -> Decimal | None:
    """A number that stands alone, with or without a minus before it."""
    if isinstance(node, exp.Neg):
        inner = _digits(node.this)
        return None if inner is None or isinstance(node.this, exp.Neg) else -inner
    if isinstance(node, exp.Literal) and not node.is_string and re.fullmatch(r"\d+(\.\d+)?", node.this):
        return Decimal(node.this)
    return None


def _read_number(node: exp.Expr) -> str | None:
    number = _digits(node)
    return None if number is None else _plain(number)


def _read_money(node: exp.Expr) -> str | None:
    if isinstance(node, exp.Anonymous) and str(node.this).lower() == "yuan" and len(node.expressions) == 1:
        number = _digits(node.expressions[0])
        return None if number is None or number != number.to_integral_value() else _plain(number)
    number = _digits(node)
    return None if number is None or number != number.to_integral_value() else f"{number / 100:.2f}"


def _read_share(node: exp.Expr) -> str | None:
    number = _digits(node)
    return None if number is None else _plain(number * 100)


def _read_text(node: exp.Expr) -> str | None:
    return str(node.this) if isinstance(node, exp.Literal) and node.is_string else None


def _read_day(node: exp.Expr) -> str | None:
    if isinstance(node, exp.Anonymous) and str(node.this).lower() == "add_days" and len(node.expressions) == 2:
        base, days = node.expressions
        number = _digits(days)
        today = isinstance(base, exp.Anonymous) and str(base.this).lower() == "as_of" and not base.expressions
        return f"{int(number):+d}" if today and number is not None and number == int(number) else None
    return _read_text(node)


_WRITERS: dict[str, Callable[[str], str]] = {
    "number": lambda value: _plain(_number(value)),
    "money": _money,
    "share": lambda value: _plain(_number(value) / 100),
    "code": _quoted,
    "text": _quoted,
    "date": _day,
    "flag": _quoted,
}
_READERS: dict[str, Callable[[exp.Expr], str | None]] = {
    "number": _read_number, "money": _read_money, "share": _read_share, "code": _read_text, "text": _read_text,
    "date": _read_day, "flag": lambda node: None,
}  # fmt: skip
