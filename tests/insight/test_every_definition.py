"""The checks that every tag, segment and prospect rule passes, whoever adds it."""

from datetime import date

import pytest

from kequn.engine.macros import Parameters
from kequn.insight.catalogue import catalogue
from kequn.insight.compose import customer_query, topic_query
from kequn.insight.prospects.compile import prospect_query
from kequn.insight.rules import compile_rule, rule_names
from kequn.workspace import Settings

DEFINITIONS = catalogue()
PARAMETERS = Parameters(date(2026, 1, 31), Settings.load())
TYPES = {
    "fen": {"BIGINT"},
    "days": {"BIGINT"},
    "months": {"BIGINT"},
    "count": {"BIGINT"},
    "level": {"BIGINT"},
    "percent": {"BIGINT", "DOUBLE"},
    "share": {"DOUBLE"},
    "date": {"DATE"},
    "flag": {"BOOLEAN"},
    "code": {"VARCHAR"},
    "text": {"VARCHAR"},
}


def chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def test_the_catalogue_is_as_large_as_promised():
    tags = [tag for topic in DEFINITIONS.topics.values() for tag in topic.tags]
    assert len(tags) >= 90
    assert len(DEFINITIONS.segments) == len(DEFINITIONS.prospects) == 9


@pytest.mark.parametrize("name", sorted(DEFINITIONS.tags))
def test_a_tag_has_labels_words_owner_and_a_type_that_fits_its_unit(name):
    tag = DEFINITIONS.tags[name]
    assert chinese(tag.zh)
    assert not chinese(tag.en)
    assert chinese(tag.description_zh)
    assert tag.description_en
    assert not chinese(tag.description_en)
    assert tag.owner
    assert tag.type in TYPES[tag.unit]
    assert all(chinese(zh) and en and not chinese(en) for zh, en in tag.values.values())


@pytest.mark.parametrize("name", sorted(DEFINITIONS.topics))
def test_a_topic_compiles_the_same_twice_and_for_both_engines(name):
    once, twice = (topic_query(DEFINITIONS.topics[name], PARAMETERS) for _ in range(2))
    assert once.sql() == twice.sql()
    assert once.sql("spark") == twice.sql("spark")
    assert len(once.columns()) == len(set(once.columns()))


@pytest.mark.parametrize("name", sorted(DEFINITIONS.segments))
def test_a_segments_rule_names_known_tags_and_targets(name):
    segment = DEFINITIONS.segments[name]
    compile_rule(segment.rule, DEFINITIONS.types, PARAMETERS, name, DEFINITIONS.values)
    assert rule_names(segment.rule) <= set(DEFINITIONS.types) - {name}
    assert chinese(segment.play_zh)
    assert segment.play_en
    assert set(segment.white_list) <= set(DEFINITIONS.types) - {name}


@pytest.mark.parametrize("name", sorted(DEFINITIONS.prospects))
def test_a_prospect_rule_shows_the_customers_own_figures_in_both_languages(name):
    rule = DEFINITIONS.prospects[name]
    assert chinese(rule.evidence_zh)
    assert not chinese(rule.evidence_en)
    assert "{" in rule.evidence_zh
    assert "{" in rule.evidence_en
    assert rule_names(rule.condition) <= set(DEFINITIONS.types)


def test_the_whole_compiles_for_both_engines():
    for query in (customer_query(DEFINITIONS, PARAMETERS), prospect_query(DEFINITIONS, PARAMETERS)):
        assert query.sql()
        assert query.sql("spark")
