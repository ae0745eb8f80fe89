from __future__ import annotations

import pytest

from kequn.bank.contract import contracts
from kequn.errors import KequnError
from kequn.insight.catalogue import catalogue
from kequn.insight.origins import origins


@pytest.fixture(scope="module")
def definitions():
    return catalogue()


@pytest.mark.parametrize(
    ("tag", "values"),
    [
        ("age", {("party", "birth_date")}),
        ("aum_month_avg", {("balance", "change_fen"), ("balance", "valid_from"), ("rate", "rate_ppm")}),
        ("tier", {("balance", "change_fen")}),
        ("household_aum", {("balance", "change_fen")}),
        ("payroll", {("posting", "kind"), ("posting", "posted_at")}),
    ],
)
def test_a_tag_comes_from_the_columns_that_it_is_about(definitions, parameters, tag, values):
    assert values <= origins(definitions, parameters, tag).values


def test_what_only_decides_on_rows_is_told_apart(definitions, parameters):
    found = origins(definitions, parameters, "aum_month_avg")
    assert ("account", "currency") in found.conditions - found.values
    assert not any(table == "posting" for table, _ in found.all)


def test_every_tag_ends_at_columns_of_standard_tables(definitions, parameters):
    known = {(name, column) for name, contract in contracts().items() for column in contract.stored_columns}
    known |= {("account", "customer_id"), ("identity", "customer_id"), ("identity", "party_id")}
    one_a_topic = {tag.topic: name for name, tag in definitions.tags.items()}
    for name in one_a_topic.values():
        found = origins(definitions, parameters, name).all
        assert found, name
        assert found <= known, name


def test_an_unknown_tag_is_answered_with_the_nearest(definitions, parameters):
    with pytest.raises(KequnError, match="There is no tag aumm") as fault:
        origins(definitions, parameters, "aumm")
    assert fault.value.hint == "Did you mean aum?"
