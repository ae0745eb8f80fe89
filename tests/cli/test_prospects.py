from __future__ import annotations

import pytest

from kequn.amounts import yuan
from kequn.language import Language


def test_the_largest_estimates_come_first(kequn, night):
    answer = kequn("prospects", "--limit", "10", "--json", home=night.home)
    expected = sorted(night.tables["prospect"], key=lambda row: -row["estimate_fen"])[:10]
    assert [row["estimate_fen"] for row in answer.data["rows"]] == [row["estimate_fen"] for row in expected]
    assert answer.data["sizes"] == [
        {
            "rule": rule,
            "customers": 60,
            "estimate_fen": sum(row["estimate_fen"] for row in night.tables["prospect"] if row["rule"] == rule),
        }
        for rule in ("high_payroll", "near_private")
    ]


@pytest.mark.parametrize(("option", "field", "value"), [("--branch", "branch_id", "B1"), ("--rm", "staff_id", "S2")])
def test_only_the_branch_or_manager_asked_for(kequn, night, option, field, value):
    answer = kequn("prospects", "near_private", option, value, "--limit", "999", "--json", home=night.home)
    expected = [row for row in night.tables["prospect"] if row["rule"] == "near_private" and row[field] == value]
    assert {row["customer_id"] for row in answer.data["rows"]} == {str(row["customer_id"]) for row in expected}


def test_a_quote_in_a_name_is_no_statement(kequn, night):
    answer = kequn("prospects", "--branch", "x' OR '1'='1", "--json", home=night.home)
    assert (answer.code, answer.data["rows"]) == (0, [])


def test_evidence_and_estimate_are_printed_in_both_languages(kequn, night):
    row = max(night.tables["prospect"], key=lambda row: row["estimate_fen"])
    zh = kequn("prospects", home=night.home).out
    en = kequn("--lang", "en", "prospects", home=night.home).out
    assert row["evidence_zh"] in zh
    assert yuan(row["estimate_fen"], Language.ZH) in zh
    assert row["evidence_en"] in en
    assert yuan(row["estimate_fen"], Language.EN) in en


def test_an_unknown_rule_is_answered_with_the_nearest(kequn, night):
    answer = kequn("prospects", "near_privat", "--json", home=night.home)
    assert (answer.code, answer.fault["hint"]) == (1, "Did you mean near_private?")
