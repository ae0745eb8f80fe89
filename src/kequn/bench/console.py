"""How quickly the console answers: every page on SQLite and on PostgreSQL, over HTTP, at a bank's size."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kequn.bank.store import newest
from kequn.bench.night import sandbox
from kequn.bench.worker import measured
from kequn.engine.publish import current
from kequn.errors import KequnError
from kequn.sandbox.decided import decide
from kequn.workspace import Workspace

Notify = Callable[[str], None]
DATABASES = ("sqlite", "postgresql")
REPEATS = 30


def bench_console(
    customers: int, at: Path | None = None, repeats: int = REPEATS, notify: Notify = lambda _: None
) -> dict[str, Any]:
    """Serve a bank of ``customers`` with one night from each database and ask for every page ``repeats`` times.

    ``load``: seconds to bring orgs, staff, assignments and sealed customers in. ``pages``: p50 and p95 in
    milliseconds, kilobytes on the wire, by name. ``audience`` beside ``orm``: the same counts through the page and by
    the ORM on a table of customers in the same database. ``first_paint_ms``, ``page_kb``: the overview in Chromium.
    """
    with tempfile.TemporaryDirectory(prefix="kequn-bench-") as folder:
        home = at or Path(folder) / "bank"
        _bank(home, customers, notify)
        result: dict[str, Any] = {"customers": customers, "repeats": repeats}
        for database in DATABASES:
            notify(database)
            result[database] = measured("console", home, database=database, repeats=repeats)
    return result


def _bank(home: Path, customers: int, notify: Notify) -> None:
    """A sandbox with campaigns and one night in ``home``, unless there is one; scores are in it where models are."""
    if current(Workspace.open(home)) is not None:
        return
    if not (home / "landing").is_dir():
        notify("sandbox")
        sandbox(home, customers)
        decide(Workspace.open(home), customers)
    notify("load")
    measured("load", home)
    notify("night")
    last = newest(Workspace.open(home))
    if last is None:
        raise KequnError(f"{home} holds no deliveries.", "Give another folder, or none.")
    measured("night", home, as_of=last.isoformat(), full=True)
