"""Working days, public holidays and festivals of mainland China, as rows of the standard table calendar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar
import pyarrow as pa
from chinese_calendar.constants import Holiday, holidays

from kequn.errors import KequnError

SCHEMA = pa.schema(
    [
        ("day", pa.date32()),
        ("workday", pa.bool_()),
        ("holiday", pa.bool_()),
        ("festival_zh", pa.string()),
        ("festival_en", pa.string()),
    ]
)
_ZH = {holiday.value: holiday.chinese for holiday in Holiday}


@dataclass(frozen=True)
class Day:
    """One day: worked or not, a public holiday or not, and the festival of a holiday.

    A weekend is neither worked nor a holiday; a weekend worked in exchange for a holiday is worked.
    """

    day: date
    workday: bool
    holiday: bool
    festival_zh: str | None
    festival_en: str | None


def covered() -> tuple[date, date]:
    """First and last day for which the State Council's arrangements are known (PyPI chinesecalendar)."""
    years = [day.year for day in holidays]
    return date(min(years), 1, 1), date(max(years), 12, 31)


def days(first: date, last: date) -> Iterator[Day]:
    """Every day from ``first`` to ``last``; raises KequnError beyond the years that are covered."""
    earliest, latest = covered()
    if first < earliest or last > latest:
        raise KequnError(
            f"Public holidays are known from {earliest} to {latest}, not for {first} to {last}.",
            "A newer release of chinesecalendar may know them; or deliver the table calendar yourself.",
        )
    for offset in range((last - first).days + 1):
        yield _day(first + timedelta(offset))


def calendar_table(first: date, last: date) -> pa.Table:
    """``days`` as an Arrow table with the columns of the contract (SCHEMA)."""
    return pa.Table.from_pylist([vars(day) for day in days(first, last)], SCHEMA)


def _day(day: date) -> Day:
    worked = bool(chinese_calendar.is_workday(day))
    festival = None if worked else holidays.get(day)
    return Day(day, worked, festival is not None, _ZH.get(festival or ""), festival)
