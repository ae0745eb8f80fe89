"""DuckDB as engine: embedded, bounded in memory, spilling to disk."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from kequn.engine.base import BatchMap
from kequn.engine.query import Query
from kequn.errors import KequnError

BATCH_ROWS = 122_880


class DuckEngine:
    """One DuckDB connection. ``threads`` and ``memory`` bound it; what does not fit spills to ``temporary``."""

    name = "duckdb"

    def __init__(self, threads: int, memory: str, temporary: Path) -> None:
        temporary.mkdir(parents=True, exist_ok=True)
        self._temporary = temporary
        self.connection = duckdb.connect()
        for name, value in {
            "threads": int(threads),
            "memory_limit": memory,
            "temp_directory": temporary,
            "preserve_insertion_order": "false",
            "enable_progress_bar": "false",
            "autoinstall_known_extensions": "false",
        }.items():
            self._set(name, str(value))

    def attach(self, name: str, files: Sequence[Path], columns: Mapping[str, str]) -> None:
        self.drop(name)
        paths = parquet_files(files)
        empty = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(column)}" for column, kind in columns.items())
        if not paths:
            self.connection.execute(f"CREATE VIEW {quoted(name)} AS SELECT {empty} WHERE FALSE")
            return
        scan = f"read_parquet([{', '.join(map(text, paths))}], union_by_name = {len(paths) > 1})"
        found = {str(row[0]): str(row[1]) for row in self.connection.execute(f"DESCRIBE FROM {scan}").fetchall()}
        picked = ", ".join(_picked(column, kind, found.get(column)) for column, kind in columns.items())
        self.connection.execute(f"CREATE VIEW {quoted(name)} AS SELECT {picked} FROM {scan}")

    def define(self, name: str, query: Query) -> None:
        self.drop(name)
        with _explained(query):
            self.connection.execute(f"CREATE VIEW {quoted(name)} AS {query.sql()}")

    def keep(self, name: str, query: Query) -> int:
        # Under another name first, so that the query may read the table that it replaces.
        fresh = f"{name} fresh"
        with _explained(query):
            self.connection.execute(f"CREATE OR REPLACE TABLE {quoted(fresh)} AS {query.sql()}")
        self.drop(name)
        self.connection.execute(f"ALTER TABLE {quoted(fresh)} RENAME TO {quoted(name)}")
        return self._count(quoted(name))

    def drop(self, name: str) -> None:
        for (kind,) in self.connection.execute(
            "SELECT table_type FROM information_schema.tables WHERE table_name = ?", [name]
        ).fetchall():
            self.connection.execute(f"DROP {'VIEW' if kind == 'VIEW' else 'TABLE'} {quoted(name)}")

    def write(self, query: Query, folder: Path) -> int:
        folder.mkdir(parents=True)
        target = folder / "part-0.parquet"
        with _explained(query):
            self.connection.execute(
                f"COPY ({query.sql()}) TO {text(target)}"
                f" (FORMAT parquet, PARQUET_VERSION V2, COMPRESSION zstd, ROW_GROUP_SIZE {BATCH_ROWS})"
            )
        return int(pq.read_metadata(target).num_rows)

    def fetch(self, query: Query) -> pa.Table:
        with self.connection.cursor() as cursor, _explained(query):
            return cursor.sql(query.sql()).to_arrow_table()

    def map(self, query: Query, function: BatchMap, schema: pa.Schema, folder: Path) -> int:
        folder.mkdir(parents=True)
        rows = 0
        with pq.ParquetWriter(folder / "part-0.parquet", schema, compression="zstd") as writer:
            for batch in self._batches(query):
                mapped = function(batch)
                writer.write_batch(mapped)
                rows += mapped.num_rows
        return rows

    def gather(self, query: Query, function: BatchMap, schema: pa.Schema) -> pa.Table:
        return pa.Table.from_batches(map(function, self._batches(query)), schema)

    def close(self) -> None:
        self.connection.close()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def _set(self, name: str, value: str) -> None:
        try:
            self.connection.execute(f"SET {name} = {text(value)}")
        except duckdb.Error as error:
            raise KequnError(f"DuckDB refuses {name} = {value!r}: {_first_line(error)}", "See [engine].") from None

    def _batches(self, query: Query) -> Iterator[pa.RecordBatch]:
        """The result in batches of BATCH_ROWS; only a few are in memory at a time."""
        with self.connection.cursor() as cursor, _explained(query):
            reader: pa.RecordBatchReader = cursor.sql(query.sql()).to_arrow_reader(BATCH_ROWS)
            yield from reader

    def _count(self, table: str) -> int:
        return int(self.connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


def parquet_files(paths: Sequence[Path]) -> list[Path]:
    """The Parquet files named or contained in ``paths``, in a fixed order."""
    found: list[Path] = []
    for path in paths:
        found += sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    return found


def quoted(name: str) -> str:
    """``name`` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str | Path) -> str:
    """``value`` as an SQL text."""
    return "'" + str(value).replace("'", "''") + "'"


def _picked(column: str, kind: str, found: str | None) -> str:
    """A column of a scan in its declared type, NULL where no file has it; unchanged columns keep their statistics."""
    if found == kind:
        return quoted(column)
    return f"CAST({quoted(column) if found else 'NULL'} AS {kind}) AS {quoted(column)}"


@contextmanager
def _explained(query: Query) -> Iterator[None]:
    """Turn what DuckDB says about a definition into an error that names its origin."""
    try:
        yield
    except (duckdb.InternalException, duckdb.InterruptException, duckdb.FatalException):
        raise
    except duckdb.OutOfMemoryException as error:
        hint = "Raise engine.memory, or free space where the workspace lies."
        raise KequnError(f"{query.origin} needs more memory than allowed.", hint) from error
    except duckdb.Error as error:
        named = re.search(r"Candidate bindings: (.+)|Did you mean (.+)\?", str(error))
        hint = f"Near it: {named[1] or named[2]}." if named else "This is what DuckDB says."
        raise KequnError(f"{query.origin} cannot be computed: {_first_line(error)}", hint) from error


def _first_line(error: duckdb.Error) -> str:
    return str(error).strip().split("\n", 1)[0]
