from __future__ import annotations


def test_the_largest_gaps_come_first_beside_the_number_of_all(kequn, night):
    data = kequn("reconciliation", "--limit", "5", "--json", home=night.home).data
    expected = sorted(
        night.tables["reconciliation"], key=lambda row: (-row["largest_gap_fen"], -row["days_apart"], row["account_id"])
    )
    assert data["accounts"] == 12
    assert [row["account_id"] for row in data["rows"]] == [str(row["account_id"]) for row in expected[:5]]


def test_people_see_yuan(kequn, night):
    printed = kequn("reconciliation", home=night.home).out
    assert "12 个账户" in printed
    assert "0.30" in printed
