"""Topics, derived topics and segments become one table with one row a customer."""

from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kequn.engine.duck import DuckEngine
from kequn.engine.macros import Parameters
from kequn.errors import KequnError
from kequn.insight.catalogue import Catalogue, Segment, Tag, Topic
from kequn.insight.compose import customer_query, topic_queries, topic_query
from kequn.workspace import Settings

PARAMETERS = Parameters(date(2026, 1, 31), Settings.load())


def topic(name, text, reads="base", **tags):
    usual = {"unit": "count", "dimension": "profile", "sensitivity": "internal", "owner": "x", "topic": name}
    words = {"description_zh": "x", "description_en": "x"}
    made = tuple(
        Tag(name=tag, zh=tag, en=tag, type=kind, empty=empty, **usual, **words) for tag, (kind, empty) in tags.items()
    )
    return Topic(name, reads, text, f"{name}.sql", made)


MONEY = topic("money", "SELECT customer_id, x AS a FROM t", a=("BIGINT", 0))
TEXT = topic("text", "SELECT customer_id, CAST(x AS VARCHAR) AS b FROM t WHERE x > 10", b=("VARCHAR", None))
TWICE = topic("twice", "SELECT m.customer_id, m.a * 2 AS c FROM topic_money AS m", c=("BIGINT", None))
LEVEL = topic("level", "SELECT customer_id, a + COALESCE(c, 0) AS d FROM tag", reads="tag", d=("BIGINT", None))
ABOVE = topic("above", "SELECT tag.customer_id, tag.d > 30 AS e FROM tag", reads="tag", e=("BOOLEAN", None))


def compose(*topics, segments=()):
    return Catalogue({t.name: t for t in topics}, {s.name: s for s in segments}, {})


@pytest.fixture
def engine(tmp_path):
    duck = DuckEngine(1, "200MB", tmp_path / "spill")
    for name, table in {
        "customer_base": {"customer_id": [1, 2, 3]},
        "t": {"customer_id": [1, 2], "x": [10, 20]},
    }.items():
        pq.write_table(pa.table(table), tmp_path / f"{name}.parquet")
        duck.attach(name, [tmp_path / f"{name}.parquet"], dict.fromkeys(table, "BIGINT"))
    yield duck
    duck.close()


def rows(engine, definitions):
    for name, query in topic_queries(definitions, PARAMETERS).items():
        engine.keep(f"topic_{name}", query)
    table = engine.fetch(customer_query(definitions, PARAMETERS)).to_pylist()
    return sorted(table, key=lambda row: row["customer_id"])


def test_every_customer_has_one_row_with_the_value_for_empty(engine):
    assert rows(engine, compose(MONEY, TEXT)) == [
        {"customer_id": 1, "a": 10, "b": None},
        {"customer_id": 2, "a": 20, "b": "20"},
        {"customer_id": 3, "a": 0, "b": None},
    ]


def test_topics_may_read_topics_and_derived_topics_derived_tags(engine):
    found = rows(engine, compose(ABOVE, LEVEL, TWICE, MONEY))
    assert [(row["a"], row["c"], row["d"], row["e"]) for row in found] == [
        (10, 20, 30, False),
        (20, 40, 60, True),
        (0, None, 0, False),
    ]


def test_a_segment_is_a_flag_and_unknown_is_no(engine):
    segment = Segment(name="rich", zh="x", en="x", rule="b in ('20')", play_zh="x", play_en="x")
    found = rows(engine, compose(MONEY, TEXT, segments=[segment]))
    assert [row["rich"] for row in found] == [False, True, False]


def test_topics_in_a_circle_are_named():
    one = topic("one", "SELECT customer_id, b AS a FROM topic_two", a=("BIGINT", 0))
    two = topic("two", "SELECT customer_id, a AS b FROM topic_one", b=("BIGINT", 0))
    with pytest.raises(KequnError, match="circle: one, two"):
        topic_queries(compose(one, two), PARAMETERS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT x AS a, customer_id FROM t", "first column must be customer_id"),
        ("SELECT customer_id, x AS other FROM t", "YAML entry"),
    ],
)
def test_columns_and_entries_must_agree(text, message):
    with pytest.raises(KequnError, match=message):
        topic_query(topic("money", text, a=("BIGINT", 0)), PARAMETERS)


def test_a_derived_topic_is_a_projection():
    grouped = topic("g", "SELECT customer_id, a AS f FROM tag WHERE a > 1", reads="tag", f=("BIGINT", 0))
    with pytest.raises(KequnError, match="computes columns from tag only"):
        customer_query(compose(MONEY, grouped), PARAMETERS)
