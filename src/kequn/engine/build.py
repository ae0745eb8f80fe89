"""Build the tables of a night, each from a query, and redo only those whose inputs changed."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
from sqlglot import exp

from kequn.engine.base import Engine
from kequn.engine.duck import parquet_files
from kequn.engine.query import Query
from kequn.errors import KequnError

KEY = "_key"
Progress = Callable[["Stage"], None]


@dataclass(frozen=True)
class Stage:
    """One finished table: its rows, the seconds it took, and whether an earlier result was used again."""

    name: str
    rows: int
    seconds: float
    reused: bool


@dataclass
class Build:
    """Tables in the folder ``work``, each with the key of everything that it was computed from.

    A table whose key stands already in ``work`` (a run that was interrupted) or in a folder of ``previous``
    (this night's earlier run, the night before) is used again instead of being computed.
    """

    engine: Engine
    work: Path
    previous: Sequence[Path]
    notify: Progress
    keys: dict[str, str] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    stages: list[Stage] = field(default_factory=list)

    def attach(self, name: str, files: Sequence[Path], columns: Mapping[str, str], key: str) -> None:
        """Expose source files under ``name``; ``key`` stands for their content."""
        self.engine.attach(name, files, columns)
        self.keys[name] = key
        self.columns[name] = dict(columns)

    def define(self, name: str, query: Query) -> None:
        """Expose a view; its key follows from its text and the tables it reads."""
        self.engine.define(name, query)
        self.keys[name] = self.key(query)

    def table(self, name: str, query: Query, columns: Mapping[str, str] | None = None) -> Path:
        """Compute ``query`` into table ``name``, or use the earlier result of the same key."""
        return self.stage(name, self.key(query), lambda folder: self.engine.write(query, folder), columns)

    def stage(self, name: str, key: str, make: Callable[[Path], int], columns: Mapping[str, str] | None = None) -> Path:
        """Let ``make`` write table ``name`` into a folder and return its rows, unless the key is known."""
        started = time.perf_counter()
        folder = self.work / name
        reused = _has(folder, key) or self._linked(name, key)
        if not reused:
            fresh = self._fresh(name)
            make(fresh)
            (fresh / KEY).write_text(key, "utf-8")
            fresh.rename(folder)
        self.attach(name, [folder], columns or parquet_columns(folder), key)
        self.finished(name, _rows(folder), started, reused)
        return folder

    def finished(self, name: str, rows: int, started: float, reused: bool = False) -> None:
        """Record a stage that began at ``started`` (time.perf_counter)."""
        stage = Stage(name, rows, time.perf_counter() - started, reused)
        self.stages.append(stage)
        self.notify(stage)

    def known(self, name: str, query: Query) -> bool:
        """Whether ``table`` would use an earlier result; promises the key to tables that read it."""
        self.keys[name] = self.key(query)
        return any(_has(folder / name, self.keys[name]) for folder in (self.work, *self.previous))

    def key(self, query: Query) -> str:
        """Hash of the query's text and of the keys of all tables that it reads."""
        inside = {str(cte.alias) for cte in query.tree.find_all(exp.CTE)}
        names = sorted({table.name for table in query.tree.find_all(exp.Table)} - inside)
        missing = [name for name in names if name not in self.keys]
        if missing:
            raise KequnError(f"{query.origin}: there is no table {missing[0]} in this night.")
        return digest(query.sql(), *(f"{name}={self.keys[name]}" for name in names))

    def _linked(self, name: str, key: str) -> bool:
        for night in self.previous:
            if _has(night / name, key):
                fresh = self._fresh(name)
                shutil.copytree(night / name, fresh, copy_function=os.link)
                fresh.rename(self.work / name)
                return True
        return False

    def _fresh(self, name: str) -> Path:
        fresh = self.work / f".{name}"
        for folder in (fresh, self.work / name):
            shutil.rmtree(folder, ignore_errors=True)
        return fresh


def _has(folder: Path, key: str) -> bool:
    file = folder / KEY
    return file.is_file() and file.read_text("utf-8") == key


def digest(*texts: str) -> str:
    """SHA-256 over texts, each with its length, in hex."""
    total = hashlib.sha256()
    for text in texts:
        raw = text.encode("utf-8")
        total.update(f"{len(raw)}:".encode())
        total.update(raw)
    return total.hexdigest()


def parquet_columns(folder: Path) -> dict[str, str]:
    """Names and DuckDB types of the columns of a table on disk."""
    file = parquet_files([folder])[0]
    with _reader().cursor() as cursor:
        rows = cursor.execute(f"DESCRIBE SELECT * FROM read_parquet('{file}')").fetchall()
    return {str(row[0]): str(row[1]) for row in rows}


@cache
def _reader() -> duckdb.DuckDBPyConnection:
    """One connection for all schemas: to open one takes five times as long as to read a schema."""
    return duckdb.connect()


def _rows(folder: Path) -> int:
    return sum(int(pq.read_metadata(file).num_rows) for file in parquet_files([folder]))
