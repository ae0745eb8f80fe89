"""The scan floor: the time to read, and do nothing with, the columns that the definitions need."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import duckdb

from kequn.bank.contract import contracts
from kequn.bank.store import parts
from kequn.engine.duck import parquet_files, quoted
from kequn.engine.macros import Parameters
from kequn.insight.catalogue import catalogue
from kequn.insight.needs import needed_columns
from kequn.workspace import Workspace

# Reads every value and does as little as possible with it.
READ = {
    "BIGINT": "sum({0})",
    "DOUBLE": "sum({0})",
    "BOOLEAN": "count_if({0})",
    "VARCHAR": "sum(strlen({0}))",
    "DATE": "max({0} + 0)",
    "TIMESTAMP": "max(epoch_us({0}))",
}


def scan_floor(workspace: Workspace, as_of: date, repeats: int = 3) -> dict[str, Any]:
    """Best of ``repeats`` reads of every needed column of every standard table, in seconds."""
    needed = needed_columns(catalogue(workspace), Parameters(as_of, workspace.settings))
    statements = {table: _statement(workspace, table, columns, as_of) for table, columns in needed.items()}
    best = float("inf")
    with duckdb.connect() as connection:
        connection.execute(f"SET threads = {workspace.settings.integer('engine.threads')}")
        for _ in range(repeats):
            started = time.perf_counter()
            for statement in statements.values():
                connection.execute(statement).fetchall()
            best = min(best, time.perf_counter() - started)
    return {"floor_seconds": round(best, 3), "columns": sum(len(columns) for columns in needed.values())}


def _statement(workspace: Workspace, table: str, columns: set[str], as_of: date) -> str:
    files = parquet_files(parts(workspace, table, as_of))
    if not files:
        return "SELECT 1"
    kinds = contracts()[table].stored_columns
    reads = ", ".join(READ[kinds[column]].format(quoted(column)) for column in sorted(columns))
    listed = ", ".join(f"'{file}'" for file in files)
    return f"SELECT {reads} FROM read_parquet([{listed}], union_by_name = true)"
