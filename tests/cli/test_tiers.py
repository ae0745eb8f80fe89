from __future__ import annotations

from collections import Counter

TIERS = ("private", "diamond", "platinum", "gold", "potential", "mass")


def test_the_ladder_counts_customers_and_their_share_of_the_money(kequn, night):
    answer = kequn("tiers", "--json", home=night.home)
    assert [row["tier"] for row in answer.data["tiers"]] == list(TIERS)
    total = sum(row["aum"] for row in night.customers)
    for row in answer.data["tiers"]:
        members = [each for each in night.customers if each["tier"] == row["tier"]]
        assert row["customers"] == len(members)
        assert row["aum_fen"] == sum(each["aum"] for each in members)
        assert abs(row["aum_share"] - row["aum_fen"] / total) < 1e-12
        assert row["near"] == sum(each["tier_near"] for each in members)


def test_moves_equal_a_count_over_both_months(kequn, night):
    names = tuple(reversed(TIERS))
    before = {row["customer_id"]: row["tier_rank"] for row in night.tables["tier_month"]}
    expected = Counter((names[before.get(row["customer_id"], 0)], row["tier"]) for row in night.customers)
    answer = kequn("tiers", "moves", "2025-04", "2025-05", "--json", home=night.home)
    got = {(cell["tier_from"], cell["tier_to"]): cell["customers"] for cell in answer.data["moves"]}
    assert {pair: number for pair, number in got.items() if number} == expected


def test_who_rose_are_only_customers_who_rose(kequn, night):
    answer = kequn("tiers", "moves", "2025-04", "2025-05", "--who", "up", "--limit", "500", "--json", home=night.home)
    before = {row["customer_id"]: row["tier_rank"] for row in night.tables["tier_month"]}
    expected = {
        str(row["customer_id"]) for row in night.customers if row["tier_rank"] > before.get(row["customer_id"], 0)
    }
    assert {row["customer_id"] for row in answer.data["customers"]} == expected


def test_a_month_that_is_none_is_named(kequn, night):
    answer = kequn("tiers", "moves", "2025-13", "2025-05", "--json", home=night.home)
    assert answer.code == 1
    assert "2025-13" in answer.fault["error"]


def test_the_square_is_printed_with_labels(kequn, night):
    answer = kequn("tiers", "moves", "2025-04", "2025-05", "--who", "down", home=night.home)
    assert answer.code == 0
    assert answer.out.count("私行") >= 2
