"""Tiers, segments and prospects of made-up customers are equal on both engines."""

import random

import pytest

from kequn.engine.macros import Parameters
from kequn.insight.catalogue import Catalogue
from kequn.insight.compose import customer_query
from kequn.insight.prospects.compile import prospect_query
from kequn.insight.segments import segment_queries

LADDER = ("basis", "rank", "tier", "lifecycle")


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


def ordered(rows):
    return sorted(rows.to_pylist(), key=lambda row: [str(value) for value in row.values()])


@pytest.mark.spark
def test_equal_tables(customers, spark):
    bank, definitions = customers.bank, customers.catalogue
    parameters = Parameters(bank.as_of, bank.settings.changed(segments__cell_members_least=3))
    derived = {name: definitions.topics[name] for name in LADDER}
    tags = [tag for tag in definitions.tags.values() if tag.topic not in derived and tag.topic != "segments"]
    chance = random.Random(17)
    given = customers.give([person(chance, number, tags) for number in range(300)], tags)
    whole = Catalogue({"given": given} | derived, definitions.segments, definitions.prospects)
    queries = {"customer": customer_query(whole, parameters), **segment_queries(whole, parameters)}
    queries["prospect"] = prospect_query(whole, parameters)
    for table in ("topic_given", "customer_base"):
        spark.attach(table, [bank.folder / f"{table}.parquet"], customers.columns[table])
    for name, query in queries.items():
        assert bank.engine.keep(name, query) == spark.keep(name, query) > 0
        columns = list(whole.types) if name == "customer" else query.columns()
        shown = bank.compile(f"SELECT {', '.join(columns)} FROM {name}")
        assert ordered(bank.engine.fetch(shown)) == ordered(spark.fetch(shown)), name
    assert len({row["rule"] for row in bank.engine.fetch(bank.compile("SELECT rule FROM prospect")).to_pylist()}) > 5
    for name in queries:
        spark.drop(name)
