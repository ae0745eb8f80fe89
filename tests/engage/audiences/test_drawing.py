"""Drawing and writing rules: both ways, nothing is lost."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from kequn.engage.audiences.drawing import drawn, same
from kequn.engage.audiences.operands import kind_of
from kequn.engage.audiences.operators import OF_KIND, OPERATORS
from kequn.engage.audiences.tree import Condition, Group, Node, Text, as_json, from_json, tidy
from kequn.engage.audiences.writing import faults, written
from kequn.engine.dialect import Definitions
from kequn.engine.macros import Parameters
from kequn.errors import KequnError
from kequn.insight.catalogue import catalogue
from kequn.insight.rules import compile_rule

CATALOGUE = catalogue()
TAGS = CATALOGUE.tags
NUMBERS = st.integers(-(10**9), 10**9)
PIECES = [
    "aum + aum_deposit > yuan(5)", "coalesce(age, 0) > 5", "days_since_login <= setting('lifecycle.dormant_days')",
    "case when payroll and merchant then true else credit_card end", "(aum) // 2 between 1 and 2", "age in (1, 2 + 3)",
    "region like 'a%'", "payroll is true", "month_start(next_maturity_on) = '2024-05-01'", "yuan(age) < aum",
]  # fmt: skip
VALUES = {
    "number": NUMBERS.map(str) | st.decimals(-1000, 1000, places=1).map(lambda n: f"{n:f}".rstrip("0").rstrip(".")),
    "money": NUMBERS.map(str) | NUMBERS.map(lambda fen: f"{fen // 100}.{fen % 100:02d}"),
    "share": st.integers(0, 1000).map(str),
    "date": st.integers(-999, 999).map(lambda days: f"{days:+d}")
    | st.integers(0, 20_000).map(lambda days: (date(1990, 1, 1) + timedelta(days)).isoformat()),
    "text": st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8),
}


@st.composite
def conditions(draw) -> Condition:
    tag = TAGS[draw(st.sampled_from(sorted(TAGS)))]
    kind = kind_of(tag)
    op = draw(st.sampled_from(OF_KIND[kind]))
    one = st.sampled_from(sorted(tag.values)) if kind == "code" else VALUES.get(kind, st.nothing())
    many = OPERATORS[op].many
    count = draw(st.integers(1, 3)) if many < 0 else many
    return Condition(tag.name, op, tuple(draw(one) for _ in range(count)))


LEAVES = conditions() | st.sampled_from(PIECES).map(Text)
TREES = st.recursive(
    LEAVES,
    lambda nodes: st.builds(
        Group, st.sampled_from(["and", "or"]), st.lists(nodes, max_size=4).map(tuple), st.booleans()
    ),
    max_leaves=12,
)


def expression(rule: str) -> object:
    """The expression of a rule with its parentheses."""
    return sqlglot.parse_one(f"SELECT {rule}", read=Definitions)


@given(TREES)
def test_what_is_drawn_is_read_back_as_it_was_drawn(tree: Node):
    drawing = tidy(tree)
    rule = written(tree, TAGS)
    assert drawn(rule, TAGS) == drawing
    assert expression(written(drawn(rule, TAGS), TAGS)) == expression(rule) if rule else drawing.items == ()


@given(TREES)
def test_what_is_drawn_survives_the_page(tree: Node):
    assert from_json(as_json(tree)) == tree


@given(TREES, st.data())
def test_a_rule_in_anybody_s_spelling_keeps_its_meaning(tree: Node, data: st.DataObject):
    """Upper case words, spaces and extra parentheses change nothing."""
    rule = written(tree, TAGS)
    if not rule:
        return
    spelled = data.draw(st.sampled_from([f"({rule})", f"  {rule}\n", f"(({rule}))", f"not ({rule})"]))
    assert same(written(drawn(spelled, TAGS), TAGS), spelled)


@pytest.mark.parametrize(
    "rule",
    [each.rule for each in CATALOGUE.segments.values()] + [each.condition for each in CATALOGUE.prospects.values()],
)
def test_every_rule_of_the_catalogue_can_be_drawn(rule):
    tree = drawn(rule, TAGS)
    assert same(written(tree, TAGS), rule)


@pytest.mark.parametrize("piece", PIECES)
def test_a_piece_without_fields_stays_the_text_it_was(piece):
    tree = drawn(f"payroll and ({piece}) or tier = 'gold'", TAGS)
    inner = tree.items[0]
    assert isinstance(inner, Group)
    assert inner.items[1] == Text(piece)


def test_and_binds_before_or():
    assert drawn("payroll or merchant and not silver", TAGS) == Group(
        "or",
        (
            Condition("payroll", "yes"),
            Group("and", (Condition("merchant", "yes"), Condition("silver", "no"))),
        ),
    )


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("5万", "aum >= yuan(50000)"), ("1.2亿", "aum >= yuan(120000000)"), ("５０，０００", "aum >= yuan(50000)"),
        ("0.5", "aum >= 50"), ("50000.00", "aum >= 5000000"), ("-3", "aum >= yuan(-3)"), ("20k", "aum >= yuan(20000)"),
    ],
)  # fmt: skip
def test_money_is_typed_in_yuan_and_kept_in_fen(typed, rule, parameters: Parameters):
    found = written(Condition("aum", "ge", (typed,)), TAGS)
    assert found == rule
    compile_rule(found, CATALOGUE.types, parameters, "rule", CATALOGUE.values)


def test_shares_are_typed_in_percent():
    tag = next(name for name, tag in TAGS.items() if kind_of(tag) == "share")
    assert written(Condition(tag, "le", ("12.5",)), TAGS) == f"{tag} <= 0.125"
    assert drawn(f"{tag} <= 0.125", TAGS).items == (Condition(tag, "le", ("12.5",)),)


@pytest.mark.parametrize("rule", ["payroll and", "(payroll", "payroll)", "'open", "not", "and payroll", "a /* b"])
def test_a_text_that_does_not_close_is_refused(rule):
    with pytest.raises(KequnError):
        drawn(rule, TAGS)


def test_a_comment_keeps_the_rule_whole():
    rule = "payroll -- who is paid here\nand merchant"
    tree = drawn(rule, TAGS)
    assert tree.items == (Text(rule),)
    more = written(Group("and", (*tree.items, Condition("silver", "yes"))), TAGS)
    assert same(more, "(payroll and merchant) and silver")


def test_a_piece_cannot_reach_into_its_neighbours():
    tree = Group("and", (Condition("payroll", "yes"), Text("merchant) or (silver")))
    assert [path for path, _ in faults(tree, TAGS)] == ["1"]


def test_a_text_may_hold_quotes_and_braces_and_more():
    tree = Group("and", (Condition("region", "in", ("a'b", "{0} and {all}", "😀𠮷")),))
    assert drawn(written(tree, TAGS), TAGS) == tree


def test_a_condition_without_its_values_is_named():
    tree = Group("and", (Condition("age", "between", ("1",)), Group("or", (Condition("aum", "ge", ("x",)),))))
    assert [path for path, _ in faults(tree, TAGS)] == ["0", "1.0"]


def test_two_hundred_conditions_are_drawn():
    rule = " and ".join(f"age > {number}" for number in range(200))
    assert len(drawn(rule, TAGS).items) == 200
