"""Every macro over awkward values, on both engines, against plain Python."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, localcontext
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.engine.base import Engine
from kequn.engine.duck import DuckEngine
from kequn.engine.macros import MACROS, Parameters
from kequn.engine.query import compile_query
from kequn.errors import KequnError

NUMBERS = [-(10**16), -101, -7, -3, -2, -1, 0, 1, 2, 3, 4, 9, 101, 10**16, None]
STEPS = [-49, -13, -12, -1, 0, 1, 11, 12, 30, 48]
DAYS = [
    *(date(1900, 1, 1), date(1999, 12, 31), date(2000, 2, 28), date(2000, 2, 29), date(2000, 3, 1), date(2001, 2, 28)),
    *(date(2023, 1, 31), date(2024, 1, 31), date(2024, 2, 29), date(2024, 4, 30), date(2024, 12, 31), None),
]


def quotient(rounding: str) -> Callable[[int, int], int | None]:
    def divide(a: int, b: int) -> int | None:
        if b == 0:
            return None
        with localcontext() as context:
            context.prec = 60
            return int((Decimal(a) / Decimal(b)).to_integral_value(rounding))

    return divide


def months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def full_years(birth: date, day: date) -> int | None:
    if birth > day:
        return None
    years = 0
    while True:
        try:
            birthday = birth.replace(year=birth.year + years + 1)
        except ValueError:
            birthday = date(birth.year + years + 1, 3, 1)
        if birthday > day:
            return years
        years += 1


def month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


# macro -> SQL of a call over columns, the columns, and the same in Python
CALLS: dict[str, tuple[str, str, Callable[..., Any]]] = {
    "round_div": ("round_div(a, b)", "ab", quotient(ROUND_HALF_UP)),
    "ceil_div": ("ceil_div(a, b)", "ab", quotient(ROUND_CEILING)),
    "floor_div": ("floor_div(a, b)", "ab", quotient(ROUND_FLOOR)),
    "share": ("share(a, b)", "ab", lambda a, b: a / b if b else None),
    "yuan": ("yuan(a)", "ab", lambda a, b: a * 100),
    "days_between": ("days_between(d, e)", "de", lambda d, e: (e - d).days),
    "months_between_starts": (
        "months_between_starts(d, e)", "de", lambda d, e: (e.year - d.year) * 12 + e.month - d.month
    ),
    "age_on": ("age_on(d, e)", "de", full_years),
    "month_start": ("month_start(d)", "de", lambda d, e: d.replace(day=1)),
    "month_end": ("month_end(d)", "de", lambda d, e: month_end(d)),
    "days_in_month": ("days_in_month(d)", "de", lambda d, e: month_end(d).day),
    "weekday": ("weekday(d)", "de", lambda d, e: d.isoweekday()),
    "add_days": ("add_days(d, n)", "dn", lambda d, n: d + timedelta(days=n)),
    "add_months": ("add_months(d, n)", "dn", months_later),
    "date_of": ("date_of(CAST(d AS TIMESTAMP))", "dn", lambda d, n: d),
    "as_of": ("as_of()", "dn", lambda d, n: date(2024, 5, 17)),
    "setting": ("setting('tiers.gold_yuan')", "dn", lambda d, n: 200_000),
}  # fmt: skip
VALUES = {"a": NUMBERS, "b": NUMBERS, "d": DAYS, "e": DAYS, "n": STEPS}
TYPES = {"a": "BIGINT", "b": "BIGINT", "d": "DATE", "e": "DATE", "n": "BIGINT"}
ARROW = {"BIGINT": pa.int64(), "DATE": pa.date32()}


def pairs(columns: str) -> list[tuple[Any, Any]]:
    return [(one, other) for one in VALUES[columns[0]] for other in VALUES[columns[1]]]


def attach(engine: Engine, folder: Path, columns: str) -> None:
    data = {name: pa.array([pair[i] for pair in pairs(columns)], ARROW[TYPES[name]]) for i, name in enumerate(columns)}
    pq.write_table(pa.table(data), folder / "pairs.parquet")
    engine.attach("pairs", [folder / "pairs.parquet"], {name: TYPES[name] for name in columns})


@pytest.mark.parametrize("columns", ["ab", "de", "dn"])
def test_macros_equal_python(engine: Engine, parameters: Parameters, tmp_path: Path, columns: str) -> None:
    attach(engine, tmp_path, columns)
    calls = {name: call for name, call in CALLS.items() if call[1] == columns}
    listed = ", ".join([*columns, *(f"{sql} AS {name}" for name, (sql, _, _) in calls.items())])
    rows = engine.fetch(compile_query(f"SELECT {listed} FROM pairs", parameters)).to_pylist()
    assert len(rows) == len(pairs(columns))
    for row in rows:
        for name, (sql, _, expected) in calls.items():
            mentioned = [row[column] for column in columns if column in re.findall(r"\b\w\b", sql)]
            wanted = None if None in mentioned else expected(*(row[column] for column in columns))
            assert row[name] == wanted, f"{sql} over {row}"


def test_sums_are_whole_numbers(engine: Engine, parameters: Parameters, tmp_path: Path) -> None:
    attach(engine, tmp_path, "ab")
    query = compile_query(
        "SELECT isum(a) AS mine, sum(a) AS plain, isum(a) FILTER (WHERE a > 1) AS some FROM pairs", parameters
    )
    table = engine.fetch(query)
    present = [a for a, _ in pairs("ab") if a is not None]
    assert table.to_pylist() == [
        {"mine": sum(present), "plain": sum(present), "some": sum(a for a in present if a > 1)}
    ]
    assert {field.type for field in table.schema} == {pa.int64()}


def test_all_macros_are_tested() -> None:
    assert set(MACROS) == {*CALLS, "isum"}


@pytest.fixture(scope="module")
def rounding_duck(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckEngine]:
    engine = DuckEngine(1, "500MB", tmp_path_factory.mktemp("rounding") / "spill")
    yield engine
    engine.close()


@given(st.lists(st.tuples(st.integers(-(2**61), 2**61), st.integers(-(2**61), 2**61)), min_size=1, max_size=20))
def test_round_div_is_half_away_from_zero(
    rounding_duck: DuckEngine, parameters: Parameters, values: list[tuple[int, int]]
) -> None:
    listed = ", ".join(f"({a}, {b})" for a, b in values)
    text = f"SELECT a, b, round_div(CAST(a AS BIGINT), CAST(b AS BIGINT)) AS q FROM (VALUES {listed}) AS t(a, b)"
    for row in rounding_duck.fetch(compile_query(text, parameters)).to_pylist():
        assert row["q"] == quotient(ROUND_HALF_UP)(row["a"], row["b"])


def test_timestamps_count_as_their_day(engine: Engine, parameters: Parameters, tmp_path: Path) -> None:
    late = datetime(2024, 2, 29, 23, 59, 59, 999_999)
    pq.write_table(pa.table({"t": pa.array([late], pa.timestamp("us"))}), tmp_path / "late.parquet")
    engine.attach("late", [tmp_path / "late.parquet"], {"t": "TIMESTAMP"})
    text = (
        "SELECT date_of(t) AS day, month_end(t) AS last, month_start(t) AS first, add_months(t, 12) AS later,"
        " days_between(t, CAST('2024-03-01' AS DATE)) AS left_days FROM late"
    )
    assert engine.fetch(compile_query(text, parameters)).to_pylist() == [
        {
            "day": date(2024, 2, 29), "last": date(2024, 2, 29), "first": date(2024, 2, 1),
            "later": date(2025, 2, 28), "left_days": 1,
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT setting('tiers.gold') AS x", "q, line 1: There is no setting tiers.gold."),
        ("SELECT setting('identity.strong_keys') AS x", "q: a setting that is a list stands inside IN (...) only."),
        ("SELECT setting(name) AS x FROM t", "q: setting() takes one quoted name."),
        ("SELECT round_div(1) AS x", "q, line 1, column 8: round_div() takes 2 arguments, not 1."),
    ],
)
def test_wrong_calls_are_named(parameters: Parameters, text: str, message: str) -> None:
    with pytest.raises(KequnError) as caught:
        compile_query(text, parameters, "q")
    assert caught.value.message == message


def test_a_list_setting_spreads_inside_in(parameters: Parameters) -> None:
    query = compile_query("SELECT a IN ('x', setting('identity.strong_keys')) AS x FROM t", parameters)
    assert query.sql() == "SELECT a IN ('x', 'id_number_token', 'cross_number') AS x FROM t"
