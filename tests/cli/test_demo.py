from __future__ import annotations

from datetime import date

from kequn.cli import demo
from kequn.cli.demo import month_ends
from kequn.errors import KequnError


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


def test_a_second_demo_uses_the_bank_of_the_first_and_says_so(kequn, monkeypatch):
    made = []

    def make(screen, customers, months, seed):
        made.append((customers, months, seed))
        return {
            "customers": customers, "first": "2026-01-01", "end": "2026-06-30", "rows": {"party": 1},
            "seconds": 1.0, "top_2_percent_share": 0.8, "decided": [],
        }  # fmt: skip

    def stop(*args):
        raise KequnError("enough")

    monkeypatch.setattr(demo, "make", make)
    monkeypatch.setattr(demo, "run_night", stop)
    first = kequn("demo", "--customers", "10", "--months", "4")
    again = kequn("demo", "--customers", "10", "--months", "4")
    kequn("demo", "--customers", "11", "--months", "4")
    kequn("demo", "--customers", "11", "--months", "4", "--fresh")
    assert made == [(10, 4, 1), (11, 4, 1), (11, 4, 1)]
    assert "沿用" not in first.out
    assert "沿用" in again.out
