"""Figures as the page's language writes them: money, counts, shares, changes against something."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings

from kequn import amounts
from kequn.engage.language import say, spoken
from kequn.language import Language

STEPS = {
    Language.ZH: ((10**8, "亿"), (10**4, "万")),
    Language.EN: ((10**9, "B"), (10**6, "M"), (10**3, "K")),
}


def money(fen: int | None) -> str:
    """Whole fen as yuan in 万 and 亿 or K, M and B; a dash for what is unknown."""
    return amounts.yuan(int(fen), spoken()) if fen is not None else "–"


def count(number: float | None) -> str:
    """A number with separators; from ten thousand (zh) or a million (en) on in 万, 亿, M and B."""
    if number is None:
        return "–"
    if isinstance(number, float) and not number.is_integer():
        return f"{number:,.2f}"
    size = abs(number)
    if size < (10**5 if spoken() is Language.ZH else 10**6):
        return f"{int(number):,}"
    unit, word = next(step for step in STEPS[spoken()] if size >= step[0])
    return f"{number / unit:,.2f}{word}"


def percent(share: float | None) -> str:
    """A share (0.125) as 12.5%."""
    return amounts.percent(share) if share is not None else "–"


def change(now: float | None, before: float | None) -> dict[str, Any] | None:
    """How ``now`` compares with ``before``: direction and share; None where nothing can be compared."""
    if now is None or not before:
        return None
    share = (now - before) / abs(before)
    return {"direction": "up" if share > 0 else "down" if share < 0 else "flat", "share": share, "by": now - before}


def day(value: date | datetime | None) -> str:
    """A date, or a time to the minute, in ISO form."""
    if value is None:
        return "–"
    return value.strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else value.isoformat()


def tag(value: Any, unit: str, labels: dict[str, tuple[str, str]] | None = None) -> str:
    """A tag's value by its unit."""
    if value is None:
        return "–"
    return money(value) if unit == "fen" and isinstance(value, int) else amounts.written(value, unit, spoken(), labels)


def currency() -> str:
    """The word for the bank's money."""
    from kequn.insight.words import YUAN_ZH

    code = settings.WORKSPACE.settings.text("bank.currency")
    return say(YUAN_ZH.get(code, code), code)


def red_up() -> bool:
    """Whether red means up on this page, as in Chinese finance."""
    chosen = settings.WORKSPACE.settings.text("console.red_up")
    return chosen == "both" or chosen == spoken().value
