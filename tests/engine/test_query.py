"""Compiling a definition: faults of spelling, names of columns, dialects."""

from __future__ import annotations

from datetime import date

import pytest
from sqlglot import exp

from kequn.engine.macros import Parameters
from kequn.engine.query import compile_query, parse
from kequn.errors import KequnError


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("SELECT a\nFROM t\nWHERE (a > 1", "line 3, column 12"),
        ("SELECT a b c FROM t", "line 1, column 12"),
        ("SELECT a FROM t WHERE s = 'open", "line 1, column 27"),
        ("SELECT a FROM t\nGROUP a BY", "line 2"),
    ],
)
def test_faults_of_spelling_are_placed(text: str, place: str) -> None:
    with pytest.raises(KequnError) as caught:
        parse(text, "asset.sql")
    assert caught.value.message.startswith(f"asset.sql, {place}")
    assert "class" not in caught.value.message


def test_columns_and_dialects(parameters: Parameters) -> None:
    query = compile_query('SELECT a // b AS q, "odd name", t.c FROM t', parameters)
    assert query.columns() == ["q", "odd name", "c"]
    assert query.sql() == 'SELECT CAST(a // NULLIF(b, 0) AS BIGINT) AS q, "odd name", t.c FROM t'
    assert query.sql("spark") == "SELECT CAST(a DIV NULLIF(b, 0) AS BIGINT) AS q, `odd name`, t.c FROM t"


def test_compiled_text_compiles_again_in_plain_sqlglot(parameters: Parameters) -> None:
    text = "SELECT add_months(d, -1) AS a, round_div(isum(x), count(*)) AS b, age_on(d, as_of()) AS c FROM t GROUP BY d"
    query = compile_query(text, parameters)
    again = parse(query.sql(), "again")
    assert again.sql("duckdb") == query.sql()


def test_a_compiled_tree_belongs_to_its_caller(parameters):
    text = "SELECT CAST(as_of() AS VARCHAR) || setting('bank.currency') AS said FROM customer"
    first = compile_query(text, parameters)
    before = first.sql()
    first.tree.find(exp.Literal).set("this", "spoiled")
    assert compile_query(text, parameters).sql() == before


def test_the_same_text_has_the_day_and_the_settings_that_it_is_compiled_with(parameters, duck):
    text = "SELECT CAST(add_days(as_of(), 1) AS VARCHAR) || setting('bank.currency') AS said"
    days = (date(2024, 2, 28), date(2025, 12, 31), date(2024, 2, 28))
    dollars = parameters.settings.changed(bank__currency="USD")
    for settings in (parameters.settings, dollars, parameters.settings):
        said = [duck.fetch(compile_query(text, Parameters(day, settings))).to_pylist() for day in days]
        money = settings.text("bank.currency")
        assert [row[0]["said"] for row in said] == [
            f"{day}{money}" for day in ("2024-02-29", "2026-01-01", "2024-02-29")
        ]
