"""Prospects with evidence, estimates and confidence are equal on both engines."""

import random

import pytest

from kequn.engine.macros import Parameters
from kequn.insight.catalogue import Catalogue
from kequn.insight.prospects.compile import prospect_query

# Between them they speak of money, days, codes, shares and percentages.
EVERY_FORM = ("maturing_funds", "quality_mortgage", "high_payroll")


def person(chance, number, tags):
    """A customer with every tag at random: unknown, empty, small, large, below zero."""
    drawn = {"customer_id": number}
    for tag in tags:
        if tag.type == "BIGINT":
            drawn[tag.name] = chance.choice([None, 0, 1, 2, 60, 85, 49, -75, 10 ** chance.randrange(3, 12) + 555])
        elif tag.type == "DOUBLE":
            drawn[tag.name] = chance.choice([None, 0.0, 0.125, 0.385, 1.0])
        elif tag.type == "BOOLEAN":
            drawn[tag.name] = chance.choice([None, True, False])
        elif tag.values:
            drawn[tag.name] = chance.choice([None, *tag.values])
    return drawn


@pytest.mark.spark
def test_equal_rows(customers, spark):
    bank, chance = customers.bank, random.Random(17)
    tags = [tag for tag in customers.catalogue.tags.values() if tag.dimension != "segment"]
    customers.give([person(chance, number, tags) for number in range(300)], tags)
    for engine in (bank.engine, spark):
        engine.attach("customer", [bank.folder / "topic_given.parquet"], customers.columns["topic_given"])
    rules = {name: customers.catalogue.prospects[name] for name in EVERY_FORM}
    whole = Catalogue(customers.catalogue.topics, {}, rules)
    query = prospect_query(whole, Parameters(bank.as_of, bank.settings))
    one, two = (
        {(row["rule"], row["customer_id"]): row for row in engine.fetch(query).to_pylist()}
        for engine in (bank.engine, spark)
    )
    assert one == two
    assert {rule for rule, _ in one} == set(EVERY_FORM)
    spark.drop("customer")
