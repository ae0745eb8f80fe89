"""Compiling a definition: faults of spelling, names of columns, dialects."""

from __future__ import annotations

import pytest

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
