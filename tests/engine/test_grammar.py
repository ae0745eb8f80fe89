"""What definitions may not contain, and where the message points."""

from __future__ import annotations

import pytest

from kequn.engine import allowed
from kequn.engine.macros import Parameters
from kequn.engine.query import compile_query
from kequn.errors import KequnError

# definition with > before the place that the message points at; part of the message; part of the hint
REFUSED = [
    ("SELECT >a / b AS x FROM t", "/ is not", "share(a, b)"),
    ("SELECT a,\n  >avg(b) AS x\nFROM t GROUP BY a", "avg()", "round_div"),
    ("SELECT >* FROM t", "* hides", "Name the columns"),
    ("SELECT >t.* FROM t", "* hides", "Name the columns"),
    ("SELECT a FROM (SELECT >* FROM t) AS u", "* takes whatever", "Name the columns"),
    ("SELECT a, >sum(b) FROM t GROUP BY a", "needs a name", "AS name"),
    ("SELECT >a, a FROM t", "two columns of the result are named a", "AS name"),
    ("SELECT >first(a) AS x FROM t", "first()", "row_number()"),
    ("SELECT any_value(>a) AS x FROM t", "any_value()", "min(x)"),
    ("SELECT >list(a) AS x FROM t", "array_agg()", "string_agg"),
    ("SELECT string_agg(>a, ',') AS x FROM t", "string_agg() without ORDER BY", "ORDER BY x"),
    ("SELECT >median(a) AS x FROM t", "not part of the grammar", ""),
    ("SELECT >approx_count_distinct(a) AS x FROM t", "not part of the grammar", "count(DISTINCT x)"),
    ("SELECT a FROM t LIMIT >3", "LIMIT keeps", "ORDER BY"),
    ("SELECT a FROM t ASOF JOIN >u ON t.a >= u.a", "ASOF JOIN", "row_number()"),
    ("SELECT a FROM t NATURAL JOIN >u", "NATURAL JOIN", "USING"),
    ("SELECT >now() AS x", "function now()", "as_of()"),
    ("SELECT >today() AS x", "CURRENT_DATE", "as_of()"),
    ("SELECT >random() AS x", "random()", "md5"),
    ("SELECT >uuid() AS x", "uuid()", ""),
    ("SELECT >hash(a) AS x FROM t", "hash()", "md5"),
    ("SELECT >a + INTERVAL 3 DAY AS x FROM t", "INTERVAL", "add_days"),
    ("SELECT >as_of() - 30 AS x", "+ and - with dates", "days_between"),
    ("SELECT >a::DATE - b::DATE AS x FROM t", "+ and - with dates", "days_between"),
    ("SELECT >add_dayz(a, 3) AS x FROM t", "function add_dayz()", "Did you mean add_days()?"),
    ("SELECT >add_days(a) AS x FROM t", "takes 2 arguments, not 1", ""),
    ("SELECT a FROM >read_parquet('x')", "not a table by name", "never files"),
    ("SELECT a FROM >'x.parquet'", "not a table by name", "never files"),
    ("SELECT >row_number() OVER (PARTITION BY a) AS r FROM t", "needs an order", "ORDER BY"),
    ("SELECT CAST(>a AS DECIMAL(18, 2)) AS x FROM t", "type DECIMAL(18, 2)", "BIGINT"),
    ("SELECT TRY_CAST(>a AS BIGINT) AS x FROM t", "TRY_CAST", "CAST"),
    ("SELECT CAST(>share(a, b) AS BIGINT) AS x FROM t", "round a DOUBLE", "round(x)"),
    ("SELECT CAST(>sqrt(a) AS VARCHAR) AS x FROM t", "DOUBLE differently as text", "whole"),
    ("SELECT >sum(share(a, b)) AS x FROM t", "a sum of DOUBLE", "whole numbers"),
    ("SELECT >isum(a * 0.5) AS x FROM t", "a sum of DOUBLE", "whole numbers"),
    ("SELECT >round(a, 2) AS x FROM t", "round() to decimals", "whole"),
    ("SELECT NULL AS >x FROM t", "only NULL has no type", "CAST(NULL AS BIGINT)"),
    ("SELECT DISTINCT ON (>a) a, b FROM t", "DISTINCT ON", "row_number()"),
    ("SELECT a FROM t TABLESAMPLE >10%", "TABLESAMPLE", "md5"),
    ("SELECT [>1, 2] AS x", "[1, 2]", "CTE"),
    ("SELECT >a FROM t UNION ALL BY NAME SELECT a FROM u", "BY NAME", "same order"),
    ("WITH RECURSIVE >r AS (SELECT 1 AS a) SELECT a FROM r", "RECURSIVE", ""),
    ("SELECT EXTRACT(dow FROM >d) AS x FROM t", "EXTRACT(DOW", "weekday(d)"),
    ("SELECT >strftime(d, '%a') AS x FROM t", "strftime()", "%Y"),
    ("SELECT >a LIKE b AS x FROM t", "LIKE takes a literal", "contains"),
    ("SELECT >regexp_matches(a, 'x') AS x FROM t", "not part of the grammar", "LIKE"),
    ("SELECT >date_trunc('month', a) AS x FROM t", "date_trunc()", "month_start(d)"),
    ("SELECT >sin(a) AS x FROM t", "sin()", ""),
    ("SELECT >substr(a, 0, 2) AS x FROM t", "count from 1", ""),
    ("SELECT a FROM t ORDER BY >random()", "random()", "md5"),
    ("SELECT count(DISTINCT b) AS n, string_agg(>a, ',' ORDER BY a) AS x FROM t", "beside a DISTINCT", "CTE"),
    ("SELECT a FROM t WHERE NOT >a IN (SELECT b FROM u)", "IN (SELECT ...) with NULLs", "EXISTS"),
    ("SELECT >a IN (SELECT b FROM u) AS x FROM t", "IN (SELECT ...) with NULLs", "EXISTS"),
    ("SELECT '客户' AS y, >a / b AS x FROM t", "/ is not", "share(a, b)"),
]
ALLOWED = """SELECT a FROM t ORDER BY a LIMIT 3
WITH c AS (SELECT a FROM t) SELECT a FROM (SELECT * FROM c) AS z
SELECT a, count(*) AS n, count(DISTINCT b) AS m FROM t GROUP BY a HAVING count(*) > 1
SELECT a FROM t LEFT JOIN u USING (a) WHERE EXISTS (SELECT 1 AS one FROM v WHERE v.a = t.a)
SELECT a FROM t QUALIFY row_number() OVER (PARTITION BY a ORDER BY b, c) = 1
SELECT a FROM t UNION ALL SELECT a FROM u
SELECT n FROM (VALUES (1), (2)) AS t(n)
SELECT sum(a) OVER (PARTITION BY b) AS total, max(a) FILTER (WHERE c) AS x FROM t
SELECT a FROM t CROSS JOIN u WHERE (t.a, u.b) IN (SELECT a, b FROM v)
SELECT setting('tiers.gold_yuan') * 100 AS bound, as_of() AS day, add_months(as_of(), -1) AS before"""


@pytest.mark.parametrize(("marked", "message", "hint"), REFUSED)
def test_refused(parameters: Parameters, marked: str, message: str, hint: str) -> None:
    before = marked[: marked.index(">")]
    text = marked.replace(">", "", 1)
    with pytest.raises(KequnError) as caught:
        compile_query(text, parameters, "asset.sql")
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    assert caught.value.message.startswith(f"asset.sql, line {line}, column {column}: ")
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.hint.endswith("^")


@pytest.mark.parametrize("text", ALLOWED.splitlines())
def test_allowed(parameters: Parameters, text: str) -> None:
    query = compile_query(text, parameters)
    assert query.sql("spark")
    assert query.columns()


@pytest.mark.parametrize(
    "text", ["", "DELETE FROM t", "SELECT 1 AS a; SELECT 2 AS b", "DROP TABLE t", "PIVOT t ON a USING sum(b)"]
)
def test_one_select(parameters: Parameters, text: str) -> None:
    with pytest.raises(KequnError, match="expected one SELECT statement"):
        compile_query(text, parameters)


def test_the_first_fault_of_the_text_is_named(parameters: Parameters) -> None:
    with pytest.raises(KequnError, match="line 2, column 3"):
        compile_query("SELECT\n  avg(a) AS x,\n  b / c AS y\nFROM t", parameters)


def test_advice_is_never_for_what_is_allowed() -> None:
    assert not [family for family in allowed.INSTEAD if issubclass(family, allowed.GRAMMAR)]
