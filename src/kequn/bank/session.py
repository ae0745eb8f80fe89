"""One loading run: a DuckDB connection bounded in memory, a working folder, and the only right to load."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from kequn.errors import KequnError
from kequn.workspace import Workspace

BATCH_ROWS = 65_536


@dataclass(frozen=True)
class Session:
    """The open connection and the folder for what is being made; both end with the run."""

    workspace: Workspace
    connection: duckdb.DuckDBPyConnection
    work: Path

    def run(self, sql: str) -> None:
        try:
            self.connection.execute(sql)
        except duckdb.OutOfMemoryException as error:
            hint = "Raise engine.memory, or lower landing.rows_at_once; files that are loaded already stay so."
            raise KequnError("Loading needs more memory than allowed.", hint) from error

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The result of a query that fits in memory."""
        return self.connection.execute(sql).fetchall()

    def row(self, sql: str) -> tuple[Any, ...]:
        """The single row of a query that always gives one."""
        found: tuple[Any, ...] = self.rows(sql)[0]
        return found

    def batches(self, sql: str) -> Iterator[pa.RecordBatch]:
        """The result in Arrow batches, never as a whole."""
        reader: Any = self.connection.sql(sql).to_arrow_reader(BATCH_ROWS)
        yield from reader

    def types(self, sql: str) -> dict[str, str]:
        """Names and DuckDB types of a query's columns, without running it."""
        return {str(row[0]): str(row[1]) for row in self.rows(f"DESCRIBE {sql}")}

    def copy(self, sql: str, file: Path) -> None:
        """Write a query's result as one Parquet file."""
        self.run(f"COPY ({sql}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)")


@contextmanager
def open_session(workspace: Workspace) -> Iterator[Session]:
    """A session of ``workspace``; raises KequnError while another load is running."""
    workspace.data.mkdir(parents=True, exist_ok=True)
    with (workspace.data / "load.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise KequnError("Files are being loaded into this workspace already.", "Wait until that ends.") from None
        work = workspace.data / ".loading"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(mode=0o700)
        connection = _connect(workspace, work)
        try:
            yield Session(workspace, connection, work)
        finally:
            connection.close()
            shutil.rmtree(work, ignore_errors=True)


def key_of(source: str, entity: str, text: str) -> int:
    """The key at rest of an identifier: 63 bits of MD5 over source, entity and the trimmed text."""
    digest = hashlib.md5(f"{source}|{entity}|{text.strip(' ')}".encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[8:], "little") >> 1


def literal(text: object) -> str:
    """``text`` as an SQL string."""
    return "'" + str(text).replace("'", "''") + "'"


def scan(*files: Path) -> str:
    """SQL that reads Parquet files."""
    return f"read_parquet([{', '.join(literal(file) for file in files)}])"


def _connect(workspace: Workspace, work: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(f"SET threads = {workspace.settings.integer('engine.threads')}")
    connection.execute(f"SET memory_limit = {literal(workspace.settings.text('engine.memory'))}")
    connection.execute(f"SET temp_directory = {literal(work / 'spill')}")
    connection.execute("SET preserve_insertion_order = false; SET enable_progress_bar = false; SET TimeZone = 'UTC'")
    connection.execute(resources.files("kequn.bank").joinpath("mapping.sql").read_text("utf-8"))
    return connection
