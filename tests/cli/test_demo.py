from __future__ import annotations

from datetime import date

from kequn.cli.demo import month_ends


def test_month_ends_run_back_over_years_and_leap_days():
    assert month_ends(date(2024, 3, 31), 4) == [
        date(2023, 12, 31),
        date(2024, 1, 31),
        date(2024, 2, 29),
        date(2024, 3, 31),
    ]


def test_a_workspace_that_no_demo_made_is_left_alone(kequn, tmp_path):
    mine = tmp_path / "workspace" / "landing" / "core" / "cust.csv"
    mine.parent.mkdir(parents=True)
    mine.write_text("a\n1\n", "utf-8")
    answer = kequn("demo", "--fresh", "--json")
    assert answer.code == 1
    assert "no demo made" in answer.fault["error"]
    assert mine.read_text("utf-8") == "a\n1\n"
