"""What every engine can do: expose Parquet as tables, run compiled queries, write tables, map batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from kequn.engine.query import Query

BatchMap = Callable[[pa.RecordBatch], pa.RecordBatch]


class Engine(Protocol):
    """One running engine. Tables are named; a table on disk is a folder of Parquet files.

    Queries come compiled (`kequn.engine.query.compile_query`), so that both engines run the same definitions.
    """

    name: str

    def attach(self, name: str, files: Sequence[Path], columns: Mapping[str, str]) -> None:
        """Expose Parquet files (or folders of them) as table ``name``.

        ``columns`` maps names to DuckDB types; without files the table is empty and typed. A column that an
        older file lacks reads as NULL.
        """

    def define(self, name: str, query: Query) -> None:
        """Make ``name`` a view of ``query``."""

    def keep(self, name: str, query: Query) -> int:
        """Compute ``query`` once and hold it as table ``name`` until dropped; returns its rows."""

    def drop(self, name: str) -> None:
        """Forget table or view ``name``; nothing happens where there is none."""

    def write(self, query: Query, folder: Path) -> int:
        """Write the result as Parquet files into the new folder ``folder``; returns its rows."""

    def fetch(self, query: Query) -> pa.Table:
        """The result as an Arrow table; for results that fit in memory."""

    def map(self, query: Query, function: BatchMap, schema: pa.Schema, folder: Path) -> int:
        """Send the result through ``function`` batch by batch and write what it returns; returns rows written."""

    def gather(self, query: Query, function: BatchMap, schema: pa.Schema) -> pa.Table:
        """Send the result through ``function`` batch by batch; what it returns, which is small, as one table.

        Rows come in no order. On Spark ``function`` goes to where the batches are, with all that it refers to.
        """

    def close(self) -> None:
        """Release memory, threads and temporary files."""
