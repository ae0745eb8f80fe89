"""Options that several commands share."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from kequn.errors import KequnError


def a_day(text: str | None) -> date | None:
    """The date written as YYYY-MM-DD; raises KequnError where it is none."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise KequnError(f"{text} is not a date.", "Write it as YYYY-MM-DD, for example 2025-03-31.") from None


def a_month(text: str) -> date:
    """The first day of the month written as YYYY-MM (or of a date in it)."""
    day = a_day(text if len(text) > len("2025-03") else f"{text}-01")
    if day is None:
        raise KequnError("A month is missing.", "Write it as YYYY-MM, for example 2025-03.")
    return day.replace(day=1)


AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="YYYY-MM-DD", help="业务日期，默认最新 | Business date, default the newest"),
]
