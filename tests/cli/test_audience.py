from __future__ import annotations

import pytest

RULES = {
    "tier in ('gold', 'platinum') and payroll and not credit_card": lambda row: (
        row["tier"] in ("gold", "platinum") and row["payroll"] and not row["credit_card"]
    ),
    "age between 30 and 45 or aum >= yuan(100000)": lambda row: 30 <= row["age"] <= 45 or row["aum"] >= 10_000_000,
    "mortgage_area is null": lambda row: row["mortgage_area"] is None,
    "days_since_login > 5": lambda row: False,
}


@pytest.mark.parametrize("rule", RULES)
def test_count_equals_a_loop_over_the_customers(kequn, night, rule):
    answer = kequn("audience", "count", rule, "--json", home=night.home)
    assert answer.code == 0
    expected = sum(bool(RULES[rule](row)) for row in night.customers)
    assert answer.data == {
        "rule": rule,
        "as_of": "2025-05-31",
        "customers": expected,
        "of": len(night.customers),
        "share": expected / len(night.customers),
    }


def test_list_gives_the_first_customers_with_the_columns_asked_for(kequn, night):
    answer = kequn("audience", "list", "payroll", "--columns", "tier, aum", "--limit", "7", "--json", home=night.home)
    chosen = sorted((row for row in night.customers if row["payroll"]), key=lambda row: row["customer_id"])[:7]
    assert answer.data["columns"] == ["customer_id", "tier", "aum"]
    assert answer.data["rows"] == [
        {"customer_id": str(row["customer_id"]), "tier": row["tier"], "aum": row["aum"]} for row in chosen
    ]


def test_list_prints_labels_and_amounts_for_people(kequn, night):
    row = min((row for row in night.customers if row["payroll"]), key=lambda row: row["customer_id"])
    zh = kequn("audience", "list", "payroll", "--columns", "tier,payroll", "-n", "1", home=night.home)
    en = kequn("--lang", "en", "audience", "list", "payroll", "--columns", "tier,payroll", "-n", "1", home=night.home)
    assert str(row["customer_id"]) in zh.out
    assert "代发" in zh.out
    assert "是" in zh.out
    assert "Payroll" in en.out
    assert "yes" in en.out


def test_a_misspelt_tag_is_answered_with_position_and_nearest_name(kequn, night):
    answer = kequn("audience", "count", "age > 3 and payrol", "--json", home=night.home)
    assert answer.code == 1
    assert answer.out == ""
    assert "line 1, column 13" in answer.fault["error"]
    assert "payroll" in answer.fault["error"] + answer.fault["hint"]


def test_a_misspelt_column_is_answered_with_the_nearest_name(kequn, night):
    answer = kequn("audience", "list", "payroll", "--columns", "aumm", "--json", home=night.home)
    assert answer.code == 1
    assert "aum" in answer.fault["hint"]


def test_a_tag_that_is_newer_than_the_night_is_told_from_an_unknown_one(kequn, night, tmp_path):
    home = tmp_path / "copy"
    home.mkdir()
    (home / "data").symlink_to(night.home / "data")
    (home / "segments").mkdir()
    (home / "segments" / "fresh.yaml").write_text(
        "{name: fresh, zh: 新, en: Fresh, rule: age < 30, play_zh: 试, play_en: Try}", "utf-8"
    )
    answer = kequn("audience", "count", "fresh", "--json", home=home)
    assert answer.code == 1
    assert "newer than the published night" in answer.fault["error"]


def test_without_a_night_it_says_what_to_run(kequn):
    answer = kequn("audience", "count", "payroll")
    assert answer.code == 1
    assert "kequn night" in answer.err
    assert "Traceback" not in answer.err
