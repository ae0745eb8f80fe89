"""Each operator and function of the grammar gives equal values and types on both engines."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from kequn.engine import allowed
from kequn.engine.base import Engine
from kequn.engine.dialect import Definitions
from kequn.engine.duck import DuckEngine
from kequn.engine.even import even
from kequn.engine.macros import Parameters
from kequn.engine.query import compile_query

ROWS = """(VALUES
  (1, 7, 2, 'abc', CAST('2024-01-31' AS DATE), TRUE, 0.5), (2, -7, 2, CAST(NULL AS VARCHAR), CAST('2024-02-29' AS DATE), FALSE, 1.5),
  (3, 7, -2, '', CAST('2023-12-31' AS DATE), CAST(NULL AS BOOLEAN), -2.5), (4, -7, -2, '客群', CAST(NULL AS DATE), TRUE, 2.5),
  (5, 7, 0, ' a b ', CAST('1999-03-01' AS DATE), TRUE, 3.0), (6, CAST(NULL AS INTEGER), 3, 'x', CAST('2000-02-29' AS DATE), TRUE, 1e15)
) AS t(id, a, b, s, d, f, r)"""  # noqa: E501
BY_ROW = """a + b; a - b; a * b; -a; a // b; a % b; a // 0; abs(a); sign(a); sqrt(abs(a)); round(r); floor(r); ceil(r)
a = b; a <> b; a > b; a >= b; a < b; a <= b; a BETWEEN -7 AND b; a IN (7, b); a IS NULL; f IS TRUE; f IS NOT TRUE
a IS DISTINCT FROM b; a IS NOT DISTINCT FROM b; f AND a > 0; f OR a > 0; NOT f; s LIKE 'a%'; s ILIKE 'A%'
CASE WHEN f THEN a ELSE b END; CASE a WHEN 7 THEN 'x' END; IF(f, a, b); coalesce(a, b); nullif(a, 7)
greatest(a, b); least(a, b, NULL); greatest(d, CAST('2020-01-01' AS DATE)); 0.1 * a; r > 2.4
s || 'x'; concat(s, a, d); concat_ws('-', s, a); substr(s, 2, 1); substr(s, -1); left(s, 2); right(s, 2)
lpad(s, 5, '0'); rpad(s, 2, '0'); lower(s); upper(s); trim(s); length(s); replace(s, 'b', 'c'); reverse(s)
starts_with(s, 'a'); contains(s, 'b'); strpos(s, 'b'); md5(s); s > 'a'
EXTRACT(YEAR FROM d); EXTRACT(QUARTER FROM d); year(d); quarter(d); month(d); day(d); last_day(d); strftime(d, '%Y-%m')
EXTRACT(HOUR FROM CAST(d AS TIMESTAMP)); CAST(d AS TIMESTAMP) > d; CAST(a AS VARCHAR); CAST(d AS VARCHAR)
CAST(f AS VARCHAR); CAST(f AS BIGINT); CAST(a AS DOUBLE); CAST(a AS BOOLEAN); CAST('2024-02-29' AS DATE)
row_number() OVER (ORDER BY s, id); row_number() OVER (ORDER BY s DESC, id); rank() OVER (ORDER BY s)
dense_rank() OVER (ORDER BY s); lag(a) OVER (ORDER BY id); lag(a, 2, 0) OVER (PARTITION BY f ORDER BY id DESC)
lead(s) OVER (ORDER BY id); first_value(a) OVER (ORDER BY d, id); last_value(s IGNORE NULLS) OVER (ORDER BY id)
sum(a) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW); max(a) OVER (PARTITION BY f); count(a) OVER ()
EXISTS (SELECT 1 AS one FROM base AS u WHERE u.b = base.a); (SELECT max(id) FROM base)"""
ONE_ROW = """count(*); count(a); count(DISTINCT a); sum(a); sum(a) FILTER (WHERE id > 100); min(s); max(s); max(d)
min(f); bool_or(f); bool_and(f); bool_and(f) FILTER (WHERE a > 100); sum(CASE WHEN f THEN 1 ELSE 0 END)"""
JOINED = "string_agg(s, ',' ORDER BY s DESC, id); string_agg(s, '' ORDER BY id) FILTER (WHERE id > 100)"
JOINED_DISTINCT = "string_agg(DISTINCT s, ',' ORDER BY s)"
CASES = [
    (BY_ROW, " ORDER BY id"),
    ("id", " WHERE f AND (a IN (SELECT b + 5 FROM base) OR s = 'x') ORDER BY id"),
    (ONE_ROW, ""),
    (JOINED, ""),
    (JOINED_DISTINCT, ""),
]


def listed(text: str) -> list[str]:
    return [item.strip() for line in text.splitlines() for item in line.split(";")]


@pytest.fixture
def rows(engine: Engine, parameters: Parameters, tmp_path: Path, duck: DuckEngine) -> Engine:
    """The rows as table ``base``, written once so that both engines read the same types."""
    text = f"SELECT id, a, b, s, d, f, CAST(r AS DOUBLE) AS r FROM {ROWS}"
    table = duck.fetch(compile_query(text, parameters))
    pq.write_table(table, tmp_path / "rows.parquet")
    types = {
        "id": "INTEGER",
        "a": "INTEGER",
        "b": "INTEGER",
        "s": "VARCHAR",
        "d": "DATE",
        "f": "BOOLEAN",
        "r": "DOUBLE",
    }
    for each in (engine, duck):
        each.attach("base", [tmp_path / "rows.parquet"], types)
    return engine


def query_of(expressions: list[str], tail: str) -> str:
    return f"SELECT {', '.join(f'{item} AS x{i}' for i, item in enumerate(expressions))} FROM base{tail}"


@pytest.mark.spark
@pytest.mark.parametrize(("text", "tail"), CASES)
@pytest.mark.parametrize("engine", ["spark"], indirect=True)
def test_engines_agree(rows: Engine, duck: DuckEngine, parameters: Parameters, text: str, tail: str) -> None:
    expressions = listed(text)
    query = compile_query(query_of(expressions, tail), parameters)
    ours, theirs = duck.fetch(query), rows.fetch(query)
    for i, expression in enumerate(expressions):
        assert theirs.column(i).to_pylist() == ours.column(i).to_pylist(), expression
        assert theirs.schema.field(i).type == ours.schema.field(i).type, expression


def test_every_allowed_function_is_compared() -> None:
    text = query_of([item for case, _ in CASES for item in listed(case)], "")
    used = {type(node) for node in sqlglot.parse_one(text, read=Definitions).walk()}
    assert set(allowed.FUNCTIONS) | set(allowed.OPERATORS) <= used


def test_division_by_zero_is_null_and_whole(duck: DuckEngine, parameters: Parameters) -> None:
    table = duck.fetch(compile_query("SELECT 7 // 0 AS a, 7 % 0 AS b, -7 // 2 AS c, -7 % 2 AS d", parameters))
    assert table.to_pylist() == [{"a": None, "b": None, "c": -3, "d": -1}]
    assert table.schema.field("c").type == pa.int64()


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_products_of_literals_are_computed_in_any_width(one: int, other: int) -> None:
    tree = even(sqlglot.parse_one(f"SELECT a > ({one}) * {other}", read="duckdb"))
    assert tree.sql("duckdb") == f"SELECT a > {one * other}"


@pytest.mark.parametrize(
    "text",
    ["SELECT sum(sum(a)) OVER () AS x, length(s) // count(*) AS y, 0.5 AS z", "SELECT concat(s, 1, lower(s)) AS x"],
)
def test_even_twice_is_even_once(text: str) -> None:
    once = even(sqlglot.parse_one(text, read="duckdb"))
    assert even(once.copy()).sql("duckdb") == once.sql("duckdb")
    assert sqlglot.parse_one(once.sql("duckdb"), read="duckdb").sql("duckdb") == once.sql("duckdb")


def test_casts_that_stand_are_kept() -> None:
    tree = even(sqlglot.parse_one("SELECT CAST(sum(a) AS DOUBLE) AS x", read="duckdb"))
    assert not any(isinstance(node.parent, exp.Cast) for node in tree.find_all(exp.Cast))
