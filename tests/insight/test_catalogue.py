"""Definitions are found, checked and named; a bank's own stand beside the built-in ones."""

import pytest

from kequn.errors import KequnError
from kequn.insight.catalogue import catalogue
from kequn.workspace import Workspace

TOPIC = """
topic: own
reads: base
owner: branch
tags:
  own_flag:
    zh: 自有标签
    en: Own tag
    unit: count
    type: BIGINT
    dimension: profile
    sensitivity: internal
    empty: 0
    description_zh: 测试
    description_en: For a test
"""


@pytest.fixture
def place(tmp_path):
    return Workspace.open(tmp_path)


def own(place, kind, name, text):
    folder = place.own(kind)
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, "utf-8")


def test_a_banks_own_topic_is_found_beside_the_built_in_ones(place):
    own(place, "tags", "own.yaml", TOPIC)
    own(place, "tags", "own.sql", "SELECT customer_id, parties AS own_flag FROM customer_base")
    found = catalogue(place)
    assert found.tags["own_flag"].owner == "branch"
    assert found.types["own_flag"] == "BIGINT"
    assert set(catalogue().topics) < set(found.topics)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TOPIC.replace("topic: own", "topic: other"), "own.yaml: field topic must be 'own'"),
        (TOPIC.replace("unit: count", "unit: furlong"), "own.yaml, own_flag: field unit"),
        (TOPIC.replace("    en: Own tag\n", ""), "own.yaml, own_flag: field en: Field required"),
        (TOPIC.replace("empty: 0", "emtpy: 0"), "own.yaml, own_flag: field emtpy: Extra inputs"),
        ("tags: [", "own.yaml is not valid YAML"),
        ("- 1", "own.yaml must hold fields"),
    ],
)
def test_a_faulty_definition_names_file_and_field(place, text, message):
    own(place, "tags", "own.yaml", text)
    own(place, "tags", "own.sql", "SELECT 1 AS customer_id")
    with pytest.raises(KequnError, match=message):
        catalogue(place)


def test_a_topic_without_its_sql_says_so(place):
    own(place, "tags", "own.yaml", TOPIC)
    with pytest.raises(KequnError, match=r"own.yaml has no own.sql"):
        catalogue(place)


def test_one_name_belongs_to_one_definition(place):
    own(place, "tags", "own.yaml", TOPIC)
    own(place, "tags", "own.sql", "SELECT 1")
    own(place, "tags", "second.yaml", TOPIC.replace("topic: own", "topic: second"))
    own(place, "tags", "second.sql", "SELECT 1")
    with pytest.raises(KequnError, match="own_flag is defined in both own and second"):
        catalogue(place)


def test_a_tag_and_a_segment_cannot_share_a_column(place):
    own(place, "tags", "own.yaml", TOPIC.replace("own_flag", "payroll"))
    own(place, "tags", "own.sql", "SELECT 1")
    with pytest.raises(KequnError, match="payroll is defined in both segments and own"):
        catalogue(place)


def test_a_banks_own_segment_cannot_take_a_built_in_name(place):
    text = "{name: payroll, zh: 代发, en: Payroll, rule: aum > 0, play_zh: x, play_en: x}"
    own(place, "segments", "payroll.yaml", text)
    with pytest.raises(KequnError, match="Segment payroll is defined twice"):
        catalogue(place)
