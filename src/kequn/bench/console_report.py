"""The figures of the bench of the console as lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kequn.bench.console import DATABASES

PAGE_MS, CUSTOMER_MS, COUNT_MS, PAINT_MS, PAGE_KB, LOAD_S = 500, 300, 300, 1000, 500, 120


def title(result: dict[str, Any]) -> str:
    """Heading of a bench of the console."""
    return f"The console, {result['customers']:,} customers"


def lines(result: dict[str, Any]) -> list[tuple[str, str]]:
    """What was measured, in words, with its figure."""
    return list(_lines(result))


def _lines(result: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for database in DATABASES:
        found = result[database]
        yield (
            f"{database}: bringing {result['customers']:,} customers in (goal: {LOAD_S} s)",
            f"{found['load']['customers_s']} s",
        )
        pages = found["pages"]
        slowest = max(pages, key=lambda name: pages[name]["p95_ms"])
        yield (
            f"{database}: slowest of {len(pages)} pages, p95 (goal: {PAGE_MS} ms)",
            f"{pages[slowest]['p95_ms']} ms: {slowest}",
        )
        for name, page in pages.items():
            goal = f" (goal of p95: {CUSTOMER_MS} ms)" if name.startswith("customer 360") else ""
            yield f"... {name}{goal}", _page(page)
        audience, orm = found["audience"], found["orm"]
        yield f"{database}: audience count through the page, p95 (goal: {COUNT_MS} ms)", f"{audience['p95_ms']} ms"
        equal = "equal" if found["equal"] else "they differ"
        ratio = orm["p50_ms"] / audience["p50_ms"]
        yield (
            f"... p50 beside the ORM on a table of customers ({equal})",
            f"{audience['p50_ms']} and {orm['p50_ms']} ms: {ratio:.1f} x",
        )
        yield (
            f"{database}: first paint of the overview in Chromium (goal: {PAINT_MS} ms)",
            f"{found['first_paint_ms']} ms",
        )
        yield f"{database}: the overview on the wire (goal: {PAGE_KB} KB)", f"{found['page_kb']} KB"


def _page(page: dict[str, Any]) -> str:
    return f"p50 {page['p50_ms']}, p95 {page['p95_ms']} ms; first time {page['first_ms']} ms; {page['kb']} KB"
