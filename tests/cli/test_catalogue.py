from __future__ import annotations

from kequn.insight.catalogue import catalogue


def test_json_lists_every_definition(kequn):
    data = kequn("catalogue", "--json").data
    known = catalogue()
    assert {tag["name"] for tag in data["tags"]} == set(known.tags)
    assert {each["name"] for each in data["segments"]} == set(known.segments)
    assert {each["name"] for each in data["prospects"]} == set(known.prospects)


def test_a_dimension_alone(kequn):
    tags = kequn("catalogue", "--dimension", "tier", "--json").data["tags"]
    assert {tag["dimension"] for tag in tags} == {"tier"}
    assert "tier_deposit_needed" in {tag["name"] for tag in tags}


def test_one_tag_in_full(kequn):
    fields = kequn("catalogue", "tier", "--json").data
    assert (fields["kind"], fields["zh"]) == ("tag", "层级")
    assert fields["values"]["private"] == ["私行", "Private banking"]
    assert "贵宾白金" in kequn("catalogue", "tier").out


def test_a_segment_and_a_rule_in_full(kequn):
    assert kequn("catalogue", "payroll", "--json").data["kind"] == "segment"
    assert kequn("catalogue", "near_private", "--json").data["kind"] == "prospect"


def test_people_see_every_name(kequn):
    printed = kequn("catalogue").out
    assert [name for name in catalogue().tags if name not in printed] == []


def test_unknown_names_are_answered_with_the_nearest(kequn):
    assert kequn("catalogue", "teir", "--json").fault["hint"] == "Did you mean tier?"
    assert "asset" in kequn("catalogue", "--dimension", "nothing", "--json").fault["hint"]
