"""Bring many rows into the database: what differs is found in DuckDB, staged, and upserted in one statement.

PostgreSQL takes staged rows through ADBC (Arrow in, binary COPY) on a connection of its own, into an unlogged table.
SQLite allows one writer, and the tables of another connection would need the lock that the upsert holds: there rows
go through the connection's own prepared statement into a temporary table. In both cases nothing
that a reader sees changes before ``apply``, which belongs into the transaction of the whole load.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import islice
from types import TracebackType
from typing import Any

import pyarrow as pa
from django.db import connection, models

ROWS = 50_000
LEFT_OVER = "_(staged|gone)_[0-9a-f]{8}$"
# Of Django's settings of a connection, what libpq takes too.
CONNECTION = ("dbname", "user", "password", "host", "port", "service", "passfile", "sslmode", "sslrootcert", "sslcert",
              "sslkey", "application_name")  # fmt: skip
TYPES = {
    "BigIntegerField": pa.int64(), "CharField": pa.string(), "DateField": pa.date32(), "BinaryField": pa.binary(),
}  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A model's table: the columns that are brought, by column name, and those of them that name a row."""

    model: type[models.Model]
    columns: tuple[str, ...]
    keys: tuple[str, ...]

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    def schema(self, columns: Sequence[str] = ()) -> pa.Schema:
        """Arrow types of ``columns`` (default: all of them)."""
        fields = {each.column: each for each in self.model._meta.local_concrete_fields}
        return pa.schema([(name, TYPES[fields[name].get_internal_type()]) for name in columns or self.columns])


@dataclass(frozen=True)
class Applied:
    """Rows that a load inserted or changed, and rows that it removed."""

    changed: int
    gone: int


def present(target: Target, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The table's rows as they are, in batches; within a transaction as it sees them."""
    schema = target.schema(columns)
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        with _adbc() as adbc, adbc.cursor() as cursor:
            cursor.execute(f"SELECT {_listed(columns)} FROM {_quoted(target.table)}")
            for batch in cursor.fetch_record_batch():
                yield batch.cast(schema)
        return
    rows = target.model._default_manager.order_by().values_list(*columns).iterator(chunk_size=ROWS)
    while chunk := list(islice(rows, ROWS)):
        arrays = [pa.array(each, kind.type) for each, kind in zip(zip(*chunk, strict=True), schema, strict=True)]
        yield pa.record_batch(arrays, schema=schema)


def compare(duck: Any, target: Target, columns: Sequence[str], wanted: str) -> tuple[str, str]:
    """Names of two temporary tables in DuckDB: rows of ``wanted`` that are new or differ, and keys that it lacks.

    ``duck`` is a cursor of DuckDB, ``wanted`` a table there with ``columns``, which are compared.
    """
    names = tuple(f"{target.table}_{each}" for each in ("present", "changed", "gone"))
    have, changed, gone = (_quoted(name) for name in names)
    empty = target.schema(columns).empty_table()
    duck.register("arriving", empty)
    duck.execute(f"CREATE OR REPLACE TEMP TABLE {have} AS SELECT {_listed(columns)} FROM arriving")
    for batch in present(target, columns):
        duck.register("arriving", pa.Table.from_batches([batch]))
        duck.execute(f"INSERT INTO {have} SELECT {_listed(columns)} FROM arriving")
    duck.unregister("arriving")
    duck.execute(
        f"CREATE OR REPLACE TEMP TABLE {changed} AS SELECT {_listed(columns)} FROM {wanted}"
        f" EXCEPT SELECT {_listed(columns)} FROM {have}"
    )
    keys = _listed(target.keys)
    duck.execute(f"CREATE OR REPLACE TEMP TABLE {gone} AS SELECT {keys} FROM {have} ANTI JOIN {wanted} USING ({keys})")
    duck.execute(f"DROP TABLE {have}")
    return names[1], names[2]


class Staging:
    """Staged rows of one load; they are dropped when it ends, and those of a killed one when the next begins.

    Tables have names of this load, so that none waits for the lock of one before it.
    """

    def __init__(self) -> None:
        self._mark = secrets.token_hex(4)
        self._filled: dict[str, int] = {}

    def __enter__(self) -> Staging:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT tablename FROM pg_tables WHERE tablename ~ %s", [LEFT_OVER])
                for (name,) in cursor.fetchall():
                    cursor.execute(f"DROP TABLE IF EXISTS {_quoted(name)}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with connection.cursor() as cursor:
            for name in self._filled if kind is None else ():
                cursor.execute(f"DROP TABLE IF EXISTS {_quoted(name)}")

    def rows(self, target: Target, batches: Iterable[pa.RecordBatch]) -> int:
        """Stage rows of all the target's columns; returns how many."""
        return self._fill(self._staged(target), target, target.columns, batches)

    def gone(self, target: Target, batches: Iterable[pa.RecordBatch]) -> int:
        """Stage the keys of rows that shall be removed; returns how many."""
        return self._fill(self._gone(target), target, target.keys, batches)

    def apply(self, target: Target) -> Applied:
        """Remove and upsert what is staged for ``target``; call it in the transaction of the load."""
        with connection.cursor() as cursor:
            cursor.execute(_removal(target, self._gone(target)))
            cursor.execute(_upsert(target, self._staged(target)))
        return Applied(self._filled[self._staged(target)], self._filled[self._gone(target)])

    def _staged(self, target: Target) -> str:
        return f"{target.table}_staged_{self._mark}"

    def _gone(self, target: Target) -> str:
        return f"{target.table}_gone_{self._mark}"

    def _fill(self, name: str, target: Target, columns: Sequence[str], batches: Iterable[pa.RecordBatch]) -> int:
        schema = target.schema(columns)
        like = f"SELECT {_listed(columns)} FROM {_quoted(target.table)} WHERE FALSE"
        counted = _Counted(schema, batches)
        if connection.vendor == "postgresql":
            with _adbc() as adbc, adbc.cursor() as cursor, counted.unwrapped():
                cursor.execute(f"CREATE UNLOGGED TABLE {_quoted(name)} AS {like}")
                cursor.adbc_ingest(name, pa.RecordBatchReader.from_batches(schema, counted), mode="append")
                adbc.commit()
        else:
            with connection.cursor() as cursor:
                cursor.execute(f"CREATE TEMP TABLE {_quoted(name)} AS {like}")
                marks = ", ".join(["%s"] * len(columns))
                for batch in counted:
                    cursor.executemany(f"INSERT INTO {_quoted(name)} VALUES ({marks})", list(_plain(batch)))
        self._filled[name] = counted.rows
        return counted.rows


class _Counted:
    """Batches as they pass, in the wanted types."""

    def __init__(self, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
        self._schema, self._batches, self.rows = schema, batches, 0
        self._fault: BaseException | None = None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        try:
            for batch in self._batches:
                self.rows += batch.num_rows
                yield batch.cast(self._schema)
        except BaseException as fault:
            self._fault = fault
            raise

    @contextmanager
    def unwrapped(self) -> Iterator[None]:
        """What making a batch raised, as it was: a driver that reads batches wraps it into an error of its own."""
        try:
            yield
        except Exception:
            if self._fault is not None:
                raise self._fault from None
            raise


def _plain(batch: pa.RecordBatch) -> Iterator[tuple[Any, ...]]:
    """Rows as SQLite takes them: dates as text."""
    columns = [
        [value.isoformat() if isinstance(value, date) else value for value in column.to_pylist()]
        if pa.types.is_date(column.type) else column.to_pylist()
        for column in batch.columns
    ]  # fmt: skip
    return zip(*columns, strict=True)


def _upsert(target: Target, staged: str) -> str:
    rest = [name for name in target.columns if name not in target.keys]
    update = ", ".join(f"{_quoted(name)} = excluded.{_quoted(name)}" for name in rest)
    # SQLite reads ON CONFLICT as a join's ON unless a WHERE stands before it. In the order of its keys an index is
    # written page by page instead of all over.
    columns, keys = _listed(target.columns), _listed(target.keys)
    return (
        f"INSERT INTO {_quoted(target.table)} ({columns}) SELECT {columns}"
        f" FROM {_quoted(staged)} WHERE TRUE ORDER BY {keys}"
        f" ON CONFLICT ({keys}) DO {f'UPDATE SET {update}' if update else 'NOTHING'}"
    )


def _removal(target: Target, names: str) -> str:
    table, gone = _quoted(target.table), _quoted(names)
    same = " AND ".join(f"{gone}.{_quoted(key)} = {table}.{_quoted(key)}" for key in target.keys)
    return f"DELETE FROM {table} WHERE EXISTS (SELECT 1 FROM {gone} WHERE {same})"


def _adbc() -> Any:
    """A connection of ADBC to the database that Django uses."""
    import adbc_driver_postgresql.dbapi as adbc
    from psycopg.conninfo import make_conninfo

    given = connection.get_connection_params()
    asked = {name: str(value) for name, value in given.items() if name in CONNECTION and value not in (None, "")}
    return adbc.connect(make_conninfo("", **asked))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(_quoted, names))


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
