"""Lineage through views, joins, unions and subqueries, on queries small enough to read."""

from __future__ import annotations

import pytest

from kequn.engine.lineage import Tables, lineage, trace
from kequn.engine.macros import Parameters
from kequn.engine.query import compile_query


@pytest.fixture(scope="module")
def tables(parameters: Parameters) -> Tables:
    aum = (
        "WITH recent AS (SELECT account_id, isum(change_fen) AS fen FROM balance WHERE valid_from <= as_of()"
        " GROUP BY account_id) SELECT account.customer_id, isum(fen) AS aum FROM account"
        " JOIN recent ON account.account_id = recent.account_id WHERE closed_on IS NULL GROUP BY account.customer_id"
    )
    return {
        "account": {"account_id": "BIGINT", "customer_id": "BIGINT", "closed_on": "DATE"},
        "balance": {"account_id": "BIGINT", "change_fen": "BIGINT", "valid_from": "DATE"},
        "person": {"customer_id": "BIGINT", "birth_date": "DATE", "org_id": "VARCHAR"},
        "aum": compile_query(aum, parameters),
    }


def pairs(text: str) -> set[tuple[str, str]]:
    return {(item.split(".")[0], item.split(".")[1]) for item in text.split()}


CASES = {
    "SELECT round_div(change_fen, 2) AS x FROM balance": ("balance.change_fen", ""),
    "SELECT age_on(birth_date, as_of()) AS x FROM person WHERE org_id = 'a'": ("person.birth_date", "person.org_id"),
    "SELECT count(*) AS x FROM person GROUP BY org_id": ("person.*", "person.org_id"),
    "SELECT aum AS x FROM aum": (
        "balance.change_fen",
        "account.customer_id account.closed_on account.account_id balance.account_id balance.valid_from",
    ),
    "SELECT birth_date AS x FROM person LEFT JOIN aum ON person.customer_id = aum.customer_id": (
        "person.birth_date",
        "",
    ),
    "SELECT org_id AS x FROM person JOIN account ON person.customer_id = account.customer_id": (
        "person.org_id",
        "person.customer_id account.customer_id",
    ),
    "SELECT account_id AS x FROM account UNION ALL SELECT account_id FROM balance WHERE change_fen > 0": (
        "account.account_id balance.account_id",
        "balance.change_fen",
    ),
    "SELECT org_id AS x FROM person AS p WHERE EXISTS (SELECT 1 AS i FROM account WHERE customer_id = p.customer_id)": (
        "person.org_id",
        "account.customer_id person.customer_id",
    ),
    "SELECT (SELECT max(change_fen) FROM balance) AS x FROM person": ("balance.change_fen", ""),
    "SELECT u.y AS x FROM (SELECT org_id || 'z' AS y, birth_date FROM person) AS u": ("person.org_id", ""),
    "SELECT row_number() OVER (PARTITION BY org_id ORDER BY customer_id) AS x FROM person": (
        "person.org_id person.customer_id",
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", CASES)
def test_values_and_conditions(parameters: Parameters, tables: Tables, text: str) -> None:
    values, conditions = (pairs(listed) for listed in CASES[text])
    sources = trace(compile_query(text, parameters), tables)["x"]
    assert set(sources.values) == values
    assert set(sources.conditions) == conditions


def test_lineage_has_both(parameters: Parameters, tables: Tables) -> None:
    query = compile_query("SELECT customer_id, org_id FROM person WHERE birth_date IS NOT NULL", parameters)
    assert lineage(query, tables) == {
        "customer_id": {("person", "customer_id"), ("person", "birth_date")},
        "org_id": {("person", "org_id"), ("person", "birth_date")},
    }


def test_an_outer_join_counts_for_its_own_columns(parameters: Parameters, tables: Tables) -> None:
    text = "SELECT birth_date AS born, aum.aum AS x FROM person LEFT JOIN aum ON person.customer_id = aum.customer_id"
    found = lineage(compile_query(text, parameters), tables)
    assert found["born"] == {("person", "birth_date")}
    assert ("person", "customer_id") in found["x"]
    assert ("balance", "change_fen") in found["x"]
