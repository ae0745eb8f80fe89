"""How quickly the console answers: every page on SQLite and on PostgreSQL, over HTTP, at a bank's size."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kequn.bench.night import bank_with_night
from kequn.bench.worker import measured

Notify = Callable[[str], None]
DATABASES = ("sqlite", "postgresql")
REPEATS = 30


def bench_console(
    customers: int, at: Path | None = None, repeats: int = REPEATS, notify: Notify = lambda _: None
) -> dict[str, Any]:
    """Serve a bank of ``customers`` with one night from each database and ask for every page ``repeats`` times.

    ``load``: seconds to bring orgs, staff, assignments and sealed customers in. ``pages``: p50 and p95 in
    milliseconds, bytes on the wire, by name. ``audience_ms`` beside ``orm_ms``: the same counts through the page and by
    the ORM on a table of customers in the same database. ``first_paint_ms`` of the overview and ``page_kb`` in Chromium.
    """
    with tempfile.TemporaryDirectory(prefix="kequn-bench-") as folder:
        home = at or Path(folder) / "bank"
        notify("bank")
        bank_with_night(home, customers)
        result: dict[str, Any] = {"customers": customers, "repeats": repeats}
        for database in DATABASES:
            notify(database)
            result[database] = measured("console", home, database=database, repeats=repeats)
    return result
