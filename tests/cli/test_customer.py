from __future__ import annotations

import pytest


def test_everything_known_comes_by_customer_id(kequn, night):
    row = night.customers[0]
    data = kequn("customer", str(row["customer_id"]), "--json", home=night.home).data
    assert data["customer_id"] == str(row["customer_id"])
    assert data["tags"]["aum"] == row["aum"]
    assert {each["rule"] for each in data["records"]["prospects"]} == {"near_private", "high_payroll"}
    history = [each for each in night.tables["tier_month"] if each["customer_id"] == row["customer_id"]]
    assert len(data["records"]["tier_history"]) == len(history)


def test_people_see_labels_and_evidence(kequn, night):
    row = night.customers[0]
    zh, en = (kequn("--lang", lang, "customer", str(row["customer_id"]), home=night.home).out for lang in ("zh", "en"))
    assert "层级" in zh
    assert f"资产{row['aum']}" in zh
    assert f"AUM {row['aum']}" in en
    assert str(row["customer_id"]) in en


@pytest.mark.parametrize("args", [[], ["1", "--party", "core:1"], ["--party", "core"], ["abc"], ["12345"]])
def test_whoever_is_not_named_rightly_is_not_found(kequn, night, args):
    answer = kequn("customer", *args, "--json", home=night.home)
    assert answer.code == 1
    assert answer.fault["hint"]


def test_a_party_that_no_source_has_is_not_repeated_in_clear(kequn, night):
    answer = kequn("customer", "--party", "core:6222021234567890", "--json", home=night.home)
    assert answer.code == 1
    assert "6222021234567890" not in answer.err
