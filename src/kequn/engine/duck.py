"""DuckDB as engine: embedded, bounded in memory, spilling to disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from kequn.engine.base import BatchMap
from kequn.engine.query import Query

BATCH_ROWS = 122_880


class DuckEngine:
    """One DuckDB connection. ``threads`` and ``memory`` bound it; what does not fit spills to ``temporary``."""

    name = "duckdb"

    def __init__(self, threads: int, memory: str, temporary: Path) -> None:
        temporary.mkdir(parents=True, exist_ok=True)
        self._temporary = temporary
        self.connection = duckdb.connect()
        self.connection.execute(f"SET threads = {int(threads)}")
        self.connection.execute(f"SET memory_limit = '{memory}'")
        self.connection.execute(f"SET temp_directory = '{temporary}'")
        self.connection.execute("SET preserve_insertion_order = false")
        self.connection.execute("SET enable_progress_bar = false")

    def attach(self, name: str, files: Sequence[Path], columns: Mapping[str, str]) -> None:
        self.drop(name)
        paths = parquet_files(files)
        empty = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(column)}" for column, kind in columns.items())
        if not paths:
            self.connection.execute(f"CREATE VIEW {quoted(name)} AS SELECT {empty} WHERE FALSE")
            return
        listed = ", ".join(f"'{path}'" for path in paths)
        picked = ", ".join(quoted(column) for column in columns)
        scan = f"read_parquet([{listed}], union_by_name = true)" if len(paths) > 1 else f"read_parquet({listed})"
        self.connection.execute(f"CREATE VIEW {quoted(name)} AS SELECT {picked} FROM {scan}")

    def define(self, name: str, query: Query) -> None:
        self.drop(name)
        self.connection.execute(f"CREATE VIEW {quoted(name)} AS {query.sql()}")

    def keep(self, name: str, query: Query) -> int:
        self.drop(name)
        self.connection.execute(f"CREATE TABLE {quoted(name)} AS {query.sql()}")
        return self._count(quoted(name))

    def drop(self, name: str) -> None:
        for (kind,) in self.connection.execute(
            "SELECT table_type FROM information_schema.tables WHERE table_name = ?", [name]
        ).fetchall():
            self.connection.execute(f"DROP {'VIEW' if kind == 'VIEW' else 'TABLE'} {quoted(name)}")

    def write(self, query: Query, folder: Path) -> int:
        folder.mkdir(parents=True)
        target = folder / "part-0.parquet"
        self.connection.execute(f"COPY ({query.sql()}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
        return int(pq.read_metadata(target).num_rows)

    def fetch(self, query: Query) -> pa.Table:
        return self.connection.execute(query.sql()).to_arrow_table()

    def map(self, query: Query, function: BatchMap, schema: pa.Schema, folder: Path) -> int:
        folder.mkdir(parents=True)
        rows = 0
        with pq.ParquetWriter(folder / "part-0.parquet", schema, compression="zstd") as writer:
            for batch in self._batches(query):
                mapped = function(batch)
                writer.write_batch(mapped)
                rows += mapped.num_rows
        return rows

    def close(self) -> None:
        self.connection.close()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def _batches(self, query: Query) -> Iterator[pa.RecordBatch]:
        yield from self.connection.execute(query.sql()).to_arrow_reader(BATCH_ROWS)

    def _count(self, table: str) -> int:
        row = self.connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(row[0]) if row else 0


def parquet_files(paths: Sequence[Path]) -> list[Path]:
    """The Parquet files named or contained in ``paths``, in a fixed order."""
    found: list[Path] = []
    for path in paths:
        found += sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    return found


def quoted(name: str) -> str:
    """``name`` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
