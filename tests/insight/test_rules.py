"""The rule language: what it answers, what it refuses, and random rules against plain Python."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from kequn.engine.duck import DuckEngine
from kequn.engine.macros import Parameters
from kequn.engine.query import Query
from kequn.errors import KequnError
from kequn.insight.rules import compile_rule, compile_value, rule_names

TYPES = {
    "tier": "VARCHAR", "region": "VARCHAR", "payroll": "BOOLEAN", "credit_card": "BOOLEAN", "aum": "BIGINT",
    "age": "BIGINT", "kept_share": "DOUBLE", "next_maturity_on": "DATE", "last_login_at": "TIMESTAMP",
}  # fmt: skip
VALUES = {"tier": ["mass", "potential", "gold", "platinum"]}
PEOPLE: list[dict[str, Any]] = [
    {"tier": "gold", "region": "深圳", "payroll": True, "credit_card": False, "aum": 30_000_000, "age": 40},
    {"tier": "mass", "region": "广州", "payroll": False, "credit_card": True, "aum": 0, "age": 71},
    {"tier": "platinum", "region": None, "payroll": None, "credit_card": None, "aum": None, "age": None},
    {"tier": "potential", "region": "", "payroll": True, "credit_card": True, "aum": -5, "age": 18},
    {"tier": None, "region": "佛山", "payroll": True, "credit_card": False, "aum": 5_000_000_000, "age": 30},
]
SCHEMA = pa.schema([
    *((name, pa.string()) for name in ("tier", "region")), *((name, pa.bool_()) for name in ("payroll", "credit_card")),
    *((name, pa.int64()) for name in ("aum", "age", "i")), ("kept_share", pa.float64()),
    ("next_maturity_on", pa.date32()), ("last_login_at", pa.timestamp("us")),
])  # fmt: skip


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckEngine]:
    folder = tmp_path_factory.mktemp("people")
    days = {"next_maturity_on": date(2024, 6, 1), "kept_share": 0.5}
    rows = [person | days | {"i": i} for i, person in enumerate(PEOPLE)]
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), folder / "people.parquet")
    engine = DuckEngine(1, "500MB", folder / "spill")
    engine.attach("people", [folder / "people.parquet"], TYPES | {"i": "BIGINT"})
    yield engine
    engine.close()


def matching(people: DuckEngine, parameters: Parameters, rule: str) -> set[int]:
    condition = compile_rule(rule, TYPES, parameters, values=VALUES)
    query = Query("people", exp.select("i").from_("people").where(condition))
    return set(people.fetch(query).column("i").to_pylist())


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("tier in ('gold','platinum') and payroll and not credit_card", {0}),
        ("aum >= 200000*100", {0, 4}),
        ("aum > 49000000 * 100", {4}),
        ("AUM >= yuan(setting('tiers.gold_yuan'))", {0, 4}),
        ("age between 30 and 45", {0, 4}),
        ("region is null", {2}),
        ("region is not null and region <> ''", {0, 1, 4}),
        ("not payroll", {1}),
        ("payroll is not true", {1, 2}),
        ("payroll = false or tier = 'mass'", {1}),
        ("tier not in ('gold')", {1, 2, 3}),
        ("next_maturity_on <= add_days(as_of(), 15)", {0, 1, 2, 3, 4}),
        ("next_maturity_on between '2024-05-01' and '2024-05-31'", set()),
        ("days_between(as_of(), next_maturity_on) = 15 and age > 70", {1}),
        ("kept_share >= 0.5 and share(age, 2) = 20", {0}),
        ("coalesce(aum, 0) = 0", {1, 2}),
        ("case when payroll then aum else 0 end > 1", {0, 4}),
        ("region like '深%' or starts_with(region, '佛')", {0, 4}),
        ("region in (setting('identity.strong_keys'), '佛山')", {4}),
        ("round_div(aum, 7) = -1\n  and -- a comment\n  payroll", {3}),
        ("true", {0, 1, 2, 3, 4}),
    ],
)
def test_rules_find(people: DuckEngine, parameters: Parameters, rule: str, expected: set[int]) -> None:
    assert matching(people, parameters, rule) == expected


# rule with ^ before the place of the fault; part of the message; part of the hint
REFUSED = [
    ("^credit_cart and payroll", "no tag credit_cart", "Did you mean credit_card?"),
    ("payroll\n  and ^ages > 3", "no tag ages", "Did you mean age?"),
    ("^customer.aum > 3", "no tag customer.aum", ""),
    ("^客户 > 3", "no tag 客户", "catalogue"),
    ("tier = ^gold", "no tag gold", "Text stands in single quotes: 'gold'"),
    ('tier = ^"gold"', "no tag gold", "single quotes"),
    ("tier in ('gold', ^'platnum')", "tier is never 'platnum'", "Did you mean 'platinum'?"),
    ("tier = ^'x'", "tier is never 'x'", "mass, potential, gold, platinum"),
    ("^'Gold' = tier", "tier is never 'Gold'", "Did you mean 'gold'?"),
    ("^tier > 'gold'", "codes of tier have no order", "tier in"),
    ("^aum and payroll", "aum is a number, not a condition", "aum > 0"),
    ("payroll or ^tier", "tier is a text, not a condition", "tier = '...'"),
    ("^next_maturity_on", "is a date, not a condition", "is not null"),
    ("payroll = ^1", "payroll is a boolean and 1 is a number", "like with like"),
    ("aum > ^'gold'", "aum is a number and 'gold' is a text", "quotes"),
    ("^payroll > credit_card", "no order", "not before it"),
    ("next_maturity_on > ^'2024-13-01'", "not a date", "2024-05-17"),
    ("next_maturity_on > ^'soon'", "not a date", "2024-05-17"),
    ("next_maturity_on > ^20240101", "is a date and 20240101 is a number", ""),
    ("^next_maturity_on + 3 > as_of()", "not added", "add_days"),
    ("^aum / 3 > 2", "not part of the rule language", "share(a, b)"),
    ("aum > (select max(^aum) from t)", "not part of the rule language", "subqueries"),
    ("^sum(aum) > 3", "not part of the rule language", "aggregates"),
    ("^sum(aum) over () > 3", "not part of the rule language", "windows"),
    ("^payroll && credit_card", "not part of the rule language", "Write and"),
    ("current_date > ^next_maturity_on", "not part of the rule language", "as_of()"),
    ("^add_day(as_of(), 1) > next_maturity_on", "no function add_day", "Did you mean add_days?"),
    ("^age_on(as_of()) > 3", "takes 2 arguments, not 1", ""),
    ("aum > ^setting('tiers.gold')", "no setting tiers.gold", "Did you mean tiers.gold_yuan?"),
    ("^aum = null", "nothing equals NULL", "is null"),
    ("1 < aum < ^3", "is a boolean and 3 is a number", ""),
    ("cast(^aum as varchar) = '3'", "nothing is cast", ""),
    ("^aum > 3 as x", "not part of the rule language", "and, or, not"),
    ("^aum > 3 from t", "one condition", "and, or, not"),
    ("^aum > 3, age > 4", "one condition", "and, or, not"),
    ("^aum > 3; drop table x", "one condition", "and, or, not"),
    ("aum > 3 and ^(", "missing", ""),
    ("tier = ^'gold", "not closed", ""),
    ("tier in ^（'gold'）", "full-width", "Type ( instead"),
    ("tier = ^“gold”", "full-width", "Type ' instead"),
    ("tier = 'gold'^　and payroll", "full-width", "Type a space"),
    ("aum ^＞ 3", "full-width", "Type > instead"),
]


@pytest.mark.parametrize(("marked", "message", "hint"), REFUSED)
def test_rules_refuse(parameters: Parameters, marked: str, message: str, hint: str) -> None:
    before = marked[: marked.index("^")]
    with pytest.raises(KequnError) as caught:
        compile_rule(marked.replace("^", "", 1), TYPES, parameters, "segments/x.yaml", VALUES)
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    assert caught.value.message.startswith(f"segments/x.yaml, line {line}, column {column}: ")
    assert message in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize("rule", ["", "  \n "])
def test_an_empty_rule_is_refused(parameters: Parameters, rule: str) -> None:
    with pytest.raises(KequnError, match="there is no condition"):
        compile_rule(rule, TYPES, parameters)


def test_full_width_inside_text_is_text(people: DuckEngine, parameters: Parameters) -> None:
    assert matching(people, parameters, "region = '深圳（南）' or region = '佛山'") == {4}


def test_names() -> None:
    assert rule_names("Tier = 'gold' and (aum > 3 or not payroll) and setting('x.y') > aum") == {
        "tier",
        "aum",
        "payroll",
    }


def test_values_of_other_kinds(parameters: Parameters) -> None:
    number = compile_value("greatest(aum, yuan(3)) * 2", TYPES, parameters)
    assert number.sql("duckdb") == "GREATEST(aum, (300)) * 2"
    assert compile_value("'x'", TYPES, parameters, kind="text").sql("duckdb") == "'x'"
    with pytest.raises(KequnError, match="expected a number, but payroll is a boolean"):
        compile_value("payroll", TYPES, parameters)


# Random rules, each with the same in three-valued Python: True, False or None.
Meaning = tuple[str, Any]


def both(one: Any, other: Any) -> Any:
    return False if one is False or other is False else None if one is None or other is None else True


def comparison(tag: str, operator: str, number: int) -> Meaning:
    compare = {"<": int.__lt__, "<=": int.__le__, "=": int.__eq__, "<>": int.__ne__, ">": int.__gt__, ">=": int.__ge__}
    text = f"{tag} {operator} {number}" if number >= 0 else f"{number} {MIRROR[operator]} {tag}"
    return text, lambda row: None if row[tag] is None else compare[operator](row[tag], number)


MIRROR = {"<": ">", "<=": ">=", "=": "=", "<>": "<>", ">": "<", ">=": "<="}
NUMBERS = st.sampled_from([-6, -5, 0, 18, 30, 40, 71, 30_000_000, 4_999_999_999, 5_000_000_000])
LEAVES = st.one_of(
    st.sampled_from(["payroll", "credit_card"]).map(lambda tag: (tag, lambda row: row[tag])),
    st.builds(comparison, st.sampled_from(["aum", "age"]), st.sampled_from(list(MIRROR)), NUMBERS),
    st.sampled_from(list(TYPES)[:6]).map(lambda tag: (f"{tag} is null", lambda row: row[tag] is None)),
    st.lists(st.sampled_from(VALUES["tier"]), min_size=1, max_size=3).map(
        lambda codes: (
            f"tier in ({', '.join(map(repr, codes))})",
            lambda row: None if row["tier"] is None else row["tier"] in codes,
        )
    ),
    st.tuples(NUMBERS, NUMBERS).map(
        lambda ends: (
            f"age between {ends[0]} and {ends[1]}",
            lambda row: None if row["age"] is None else ends[0] <= row["age"] <= ends[1],
        )
    ),
)


def negated(rule: Meaning) -> Meaning:
    def meaning(row: dict[str, Any]) -> Any:
        found = rule[1](row)
        return None if found is None else not found

    return f"not ({rule[0]})", meaning


def conjoined(one: Meaning, other: Meaning) -> Meaning:
    return f"({one[0]}) and ({other[0]})", lambda row: both(one[1](row), other[1](row))


def disjoined(one: Meaning, other: Meaning) -> Meaning:
    _, meaning = negated(conjoined(negated(one), negated(other)))
    return f"({one[0]}) or ({other[0]})", meaning


RULES = st.recursive(
    LEAVES,
    lambda rules: st.one_of(rules.map(negated), st.builds(conjoined, rules, rules), st.builds(disjoined, rules, rules)),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(RULES)
def test_random_rules_mean_what_python_means(people: DuckEngine, parameters: Parameters, rule: Meaning) -> None:
    text, meaning = rule
    assert matching(people, parameters, text) == {i for i, row in enumerate(PEOPLE) if meaning(row) is True}


@settings(max_examples=100, deadline=None)
@given(RULES)
def test_compiled_rules_compile_to_themselves(parameters: Parameters, rule: Meaning) -> None:
    once = compile_rule(rule[0], TYPES, parameters, values=VALUES).sql("duckdb")
    assert compile_rule(once, TYPES, parameters, values=VALUES).sql("duckdb") == once
    assert rule_names(once) == rule_names(rule[0])


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="atierpyol '(),=<>0123_-*./；，\n", max_size=30))
def test_any_text_compiles_or_is_answered(parameters: Parameters, text: str) -> None:
    with suppress(KequnError):
        compile_rule(text, TYPES, parameters, values=VALUES)
