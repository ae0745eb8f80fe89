from __future__ import annotations

import pytest

from kequn.bench import night as bench
from kequn.cli.bench import page


def result(customers: int, seconds: float) -> dict:
    return {
        "customers": customers,
        "load": {"seconds": 12.34},
        "floor": {"floor_seconds": 1.0},
        "scratch": {"insight_seconds": seconds, "peak_mb": 2345},
        "follow": {"insight_seconds": seconds / 5},
        "audience": {"median_ms": 41.5},
        "times_floor": seconds,
        "follow_share": 0.2,
    }


def test_the_page_has_a_column_for_each_size_and_the_growth():
    text = page([result(1000, 7.0), result(5000, 28.0)])
    assert "| customers | 1,000 | 5,000 |" in text
    assert "| insight from scratch, s | 7.0 | 28.0 |" in text
    assert "5 times the customers take 4.00 times as long." in text


@pytest.fixture
def measured(monkeypatch):
    asked = []

    def bench_night(customers, home, peers, notify):
        asked.append((customers, peers))
        return result(customers, 7.0)

    monkeypatch.setattr(bench, "bench_night", bench_night)
    return asked


def test_one_night_is_measured_as_asked(kequn, measured):
    answer = kequn("bench", "night", "--customers", "500", "--no-peers", "--json")
    assert answer.data["customers"] == 500
    assert measured == [(500, False)]


def test_all_benches_write_the_page(kequn, measured, tmp_path):
    file = tmp_path / "benchmarks.md"
    assert kequn("bench", "all", "--customers", "100", "--times", "3", "--output", str(file)).code == 0
    assert measured == [(100, True), (300, False)]
    assert "| customers | 100 | 300 |" in file.read_text("utf-8")
