"""The calendar against days that the State Council announced, and against its own rules."""

from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa
import pytest

from kequn.bank.calendar import SCHEMA, calendar_table, covered, days
from kequn.bank.contract import contracts
from kequn.errors import KequnError


@pytest.mark.parametrize(
    ("day", "workday", "festival"),
    [
        (date(2025, 1, 29), False, "春节"),
        (date(2025, 1, 26), True, None),  # a Sunday worked for the Spring Festival
        (date(2025, 10, 6), False, "中秋"),
        (date(2024, 2, 4), True, None),
        (date(2024, 6, 10), False, "端午"),
        (date(2024, 6, 15), False, None),  # a usual Saturday
        (date(2024, 6, 12), True, None),
    ],
)
def test_known_days(day: date, workday: bool, festival: str | None) -> None:
    (found,) = days(day, day)
    assert (found.workday, found.festival_zh) == (workday, festival)
    assert found.holiday == (festival is not None)


def test_every_covered_day_follows_the_rules() -> None:
    first, last = covered()
    found = list(days(first, last))
    assert [day.day for day in found] == [first + timedelta(n) for n in range((last - first).days + 1)]
    for day in found:
        assert not (day.workday and day.holiday)
        assert day.workday or day.holiday or day.day.weekday() >= 5, "a weekday off is a holiday"
        assert (day.festival_zh is None) == (day.festival_en is None) == (not day.holiday)
    for year in range(2008, last.year + 1):
        named = {day.festival_zh for day in found if day.day.year == year and day.holiday}
        assert {"元旦", "春节", "清明", "劳动节", "端午", "国庆节"} <= named
        off = sum(day.holiday for day in found if day.day.year == year)
        assert 20 <= off <= 40


def test_table_has_the_columns_of_the_contract() -> None:
    table = calendar_table(date(2024, 12, 1), date(2025, 1, 31))
    assert table.schema == SCHEMA
    kinds = {"DATE": pa.date32(), "BOOLEAN": pa.bool_(), "VARCHAR": pa.string()}
    assert {field.name: field.type for field in table.schema} == {
        column.name: kinds[column.delivered] for column in contracts()["calendar"].columns
    }
    assert table.num_rows == 62


@pytest.mark.parametrize(("year", "later"), [(1997, 2020), (2024, 2100)])
def test_says_which_years_are_known(year: int, later: int) -> None:
    with pytest.raises(KequnError, match=r"known from 2004-01-01 to .*deliver the table calendar"):
        calendar_table(date(year, 1, 1), date(later, 1, 1))
