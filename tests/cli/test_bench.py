from __future__ import annotations

import pytest

from kequn.bench import console as consoles
from kequn.bench import night as bench
from kequn.bench import settle as settling
from kequn.cli import bench as command

FIGURES = {
    "customers": 500, "rms": 7,
    "plan": {
        f"{step}_{kind}": 1.5 for step in ("ordering", "compiling", "settling", "writing")
        for kind in ("seconds", "cpu")
    } | {"peak_mb": 321, "contacts": 40, "sweeps": 9, "value": 1_000_000, "bound": 1_000_100, "gap": 0.0001},
    "peers": {
        "in_turn_value": 430_000, "best_each_value": 500_000, "best_each_unlimited_value": 2_000_000,
        "best_each_overbooked": 0.41, "sweep_cpu": 0.1, "stored_sweep_cpu": 0.2, "dense_cpu": 0.3,
    },
    "rules": {"rules_cpu_seconds": 0.7, "times_read": 1.9, "candidates": 8_000},
    "oracle": {
        "customers": 500, "ours": {"value": 900_000, "bound": 900_100, "gap": 0.0},
        "highs": {"value": 900_050, "bound": 900_050, "seconds": 12.8},
    },
}  # fmt: skip

PAGED = {
    "load": {"directory_s": 1.0, "customers_s": 8.5},
    "pages": {"customer 360": {"first_ms": 90, "p50_ms": 80.0, "p95_ms": 95.5, "kb": 3.0}},
    "audience": {"p50_ms": 20.0, "p95_ms": 50.0}, "orm": {"p50_ms": 50.0, "p95_ms": 55.0}, "equal": True,
    "first_paint_ms": 372, "page_kb": 279,
}  # fmt: skip


def result(customers: int, seconds: float) -> dict:
    return {
        "customers": customers,
        "months": 24,
        "floor": {"floor_seconds": 1.0, "columns": 80},
        "scratch": {"insight_seconds": seconds, "seconds": seconds + 3, "peak_mb": 2345, "stages": {"customer": 1.5}},
        "follow": {"insight_seconds": seconds / 5, "seconds": seconds / 4},
        "audience": {"median_ms": 41.5, "worst_ms": 60.0, "counts": [1]},
        "times_floor": seconds,
        "follow_share": 0.2,
    }


@pytest.fixture
def measured(monkeypatch, tmp_path):
    asked = []

    def bench_night(customers, home, peers, notify):
        asked.append((customers, peers))
        return result(customers, customers / 100)

    monkeypatch.setattr(bench, "bench_night", bench_night)
    monkeypatch.setattr(command, "PAGE", tmp_path / "benchmarks.md")
    return asked


@pytest.fixture
def settled(monkeypatch):
    asked = []

    def bench_settle(customers, rms, notify):
        asked.append((customers, rms))
        return FIGURES

    monkeypatch.setattr(settling, "bench_settle", bench_settle)
    return asked


@pytest.fixture
def paged(monkeypatch):
    asked = []

    def bench_console(customers, home, notify):
        asked.append(customers)
        return {"customers": customers, "sqlite": PAGED, "postgresql": PAGED}

    monkeypatch.setattr(consoles, "bench_console", bench_console)
    return asked


def test_one_night_is_measured_as_asked(kequn, measured):
    assert kequn("bench", "night", "--customers", "500", "--no-peers", "--json").data["customers"] == 500
    assert measured == [(500, False)]
    assert "41.5 ms" in kequn("bench", "night", "--customers", "500").out


def test_all_benches_write_the_page_with_the_growth(kequn, measured, settled, paged, tmp_path):
    answer = kequn("bench", "all", "--customers", "1000000", "--large", "5000000", "--json")
    assert measured == [(1_000_000, True), (5_000_000, False)]
    assert [result["customers"] for result in answer.data["nights"]] == [1_000_000, 5_000_000]
    assert settled == [(1_000_000, 0), (1_000_000, 5_000), (10_000_000, 0)]
    assert paged == [1_000_000]
    page = (tmp_path / "benchmarks.md").read_text("utf-8")
    assert "takes 5.00 x as long for 5 x the customers" in page
    assert "95.5 ms: customer 360" in page


def test_the_large_bench_can_be_left_out(kequn, measured, settled, paged):
    assert len(kequn("bench", "all", "--customers", "1000", "--large", "0", "--json").data["nights"]) == 1
    assert measured == [(1000, True)]
    assert settled[-1] == (10_000, 0)


def test_settling_is_measured_as_asked(kequn, settled):
    assert kequn("bench", "settle", "--customers", "500", "--rms", "7", "--json").data == FIGURES
    out = kequn("bench", "settle", "--customers", "500").out
    assert settled == [(500, 7), (500, 0)]
    assert "43.0% of the plan" in out
    assert "0.0100%" in out
    assert "1.9 x reading" in out
