"""The bench of the console: what it asks for exists, and what it tells is what was measured."""

from __future__ import annotations

from django.urls import resolve

from kequn.bench.console_pages import AUDIENCES, PAGES, count_address
from kequn.bench.console_report import lines
from kequn.bench.console_tasks import _spread
from kequn.bench.report import page
from kequn.engage.orgs.guard import roles_of
from kequn.insight.catalogue import catalogue
from kequn.insight.rules import rule_names

FOUND = {
    "load": {"directory_s": 1.0, "customers_s": 80.5},
    "pages": {
        "overview": {"first_ms": 300, "p50_ms": 40.0, "p95_ms": 60.0, "kb": 5.0},
        "customer 360": {"first_ms": 90, "p50_ms": 80.0, "p95_ms": 95.5, "kb": 3.0},
    },
    "audience": {"p50_ms": 20.0, "p95_ms": 50.0}, "orm": {"p50_ms": 50.0, "p95_ms": 55.0}, "equal": False,
    "first_paint_ms": 372, "page_kb": 279,
}  # fmt: skip
NIGHT = {
    "customers": 100, "months": 24, "floor": {"columns": 9, "floor_seconds": 1.0}, "times_floor": 8.0,
    "scratch": {"insight_seconds": 8.0, "seconds": 9.0, "peak_mb": 100, "stages": {"customer": 2.0}},
    "follow": {"insight_seconds": 2.0, "seconds": 3.0}, "follow_share": 0.25,
    "audience": {"median_ms": 5.0, "worst_ms": 6.0},
}  # fmt: skip
RESULT = {"customers": 1_000_000, "sqlite": FOUND, "postgresql": FOUND}


def test_every_page_is_there_and_open_to_whoever_asks():
    for asked in PAGES:
        found = resolve(asked.address({"customer": 1, "own": 1}).partition("?")[0])
        assert asked.role in {role.value for role in roles_of(found.func)}, asked.name
    assert resolve(count_address()).view_name == "audience_count"


def test_audiences_name_tags_of_the_catalogue():
    assert all(rule_names(rule) <= set(catalogue().tags) for rule in AUDIENCES)


def test_quantiles_are_of_the_times():
    assert _spread([float(number) for number in range(100, 0, -1)]) == {"p50_ms": 50.5, "p95_ms": 96.0}
    assert _spread([7.0]) == {"p50_ms": 7.0, "p95_ms": 7.0}


def test_the_lines_name_the_slowest_page_and_a_count_that_differs():
    told = dict(lines(RESULT))
    assert told["postgresql: slowest of 2 pages, p95 (goal: 500 ms)"] == "95.5 ms: customer 360"
    assert told["... p50 beside the ORM on a table of customers (they differ)"] == "20.0 and 50.0 ms: 2.5 x"


def test_the_page_of_benchmarks_has_a_section_of_the_console():
    assert "## The console, 1,000,000 customers" in page(NIGHT, console=RESULT)
    assert "The console" not in page(NIGHT)
