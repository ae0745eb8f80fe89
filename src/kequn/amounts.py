"""Numbers as people read them: yuan from fen, separators, shares, days, codes."""

from __future__ import annotations

from datetime import date, datetime

from kequn.language import Language

FEN = 100
# (from this many yuan on, divisor in fen, suffix)
STEPS = {
    Language.ZH: ((10**8, 10**10, "亿"), (10**4, 10**6, "万")),
    Language.EN: ((10**9, 10**11, "B"), (10**6, 10**8, "M"), (10**3, 10**5, "K")),
}
UNITS = {"days": (" 天", " days"), "months": (" 个月", " months")}


def yuan(fen: int | None, language: Language) -> str:
    """Whole fen as yuan with two decimals, in 万 and 亿 (zh) or K, M and B (en), rounded half away from zero.

    >>> yuan(123456789, Language.ZH)
    '123.46万'
    """
    if fen is None:
        return ""
    sign, size = ("-" if fen < 0 else ""), abs(fen)
    for bound, divisor, suffix in STEPS[language]:
        if size >= bound * FEN:
            hundredths = (2 * size * 100 + divisor) // (2 * divisor)
            return f"{sign}{hundredths // 100:,}.{hundredths % 100:02d}{suffix}"
    return f"{sign}{size // FEN:,}.{size % FEN:02d}"


def percent(share: float | None) -> str:
    """A share (0.125) as percent with one decimal (12.5%)."""
    return "" if share is None else f"{100 * share:.1f}%"


def written(value: object, unit: str, language: Language, labels: dict[str, tuple[str, str]] | None = None) -> str:
    """A tag's value by its unit; an unknown value is an empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return language.pick("是", "yes") if value else language.pick("否", "no")
    if labels and isinstance(value, str) and value in labels:
        return language.pick(*labels[value])
    if unit == "fen":
        return yuan(value, language) if isinstance(value, int) else plain(value)
    if unit == "share" and isinstance(value, float):
        return percent(value)
    return plain(value) + _suffix(unit, language)


def plain(value: object) -> str:
    """Any value as text: numbers with separators, dates in ISO form, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.2f}"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return value.isoformat() if isinstance(value, date) else str(value)


def _suffix(unit: str, language: Language) -> str:
    if unit == "percent":
        return "%"
    return language.pick(*UNITS[unit]) if unit in UNITS else ""
