"""A small sandbox of three chunks, made once, and readers of what it landed that share no code with it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from kequn.sandbox.create import SandboxReport, create
from kequn.workspace import Workspace

Small = Callable[..., Workspace]


@dataclass(frozen=True)
class Bank:
    """A sandbox and its report."""

    workspace: Workspace
    report: SandboxReport

    def files(self, table: str, day: str = "*") -> list[Path]:
        found = sorted((self.workspace.landing / "sandbox" / table).glob(f"{day}/*"))
        return [file for file in found if file.suffix in (".csv", ".parquet")]

    def rows(self, table: str, day: str = "*") -> list[dict[str, Any]]:
        """All delivered rows as dicts; CSV values stay text, with empty text as None."""
        return [row for file in self.files(table, day) for row in read(file)]

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Run SQL in which ``{name}`` stands for a landed Parquet table and ``{truth}`` for the truth's folder."""
        landing = self.workspace.landing / "sandbox"
        names = {path.name: f"read_parquet('{path}/*/*.parquet')" for path in landing.iterdir()}
        return duckdb.sql(query.format(truth=self.workspace.truth, **names)).fetchall()

    def dirt(self) -> dict[str, Any]:
        expected: dict[str, Any] = json.loads((self.workspace.truth / "dirt.json").read_text())
        return expected


@cache
def read(file: Path) -> list[dict[str, Any]]:
    """The rows of a file, each with the file itself as ``_file``."""
    rows = read_csv(file) if file.suffix == ".csv" else pq.read_table(file).to_pylist()
    return [row | {"_file": file} for row in rows]


def read_csv(file: Path) -> list[dict[str, Any]]:
    """Rows of a CSV file of unknown look."""
    raw = file.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030")
    header = text.split("\n", 1)[0]
    delimiter = max(",;|", key=header.count)
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    return [{name: value or None for name, value in row.items()} for row in rows]


@pytest.fixture(scope="session")
def small() -> Small:
    """``small(home, **settings)``: a workspace with small chunks, one process, plenty of wrong rows."""

    def opened(home: Path, **settings: Any) -> Workspace:
        fresh = Workspace.open(home)
        chosen = {"chunk_customers": 300, "processes": 1, "dirt_ppm": 4500, "drift_ppm": 300} | settings
        named = {f"sandbox__{name}": value for name, value in chosen.items()}
        return Workspace(fresh.home, fresh.settings.changed(**named))

    return opened


@pytest.fixture(scope="session")
def bank(small: Small, tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """700 customers in 3 chunks over 14 months."""
    workspace = small(tmp_path_factory.mktemp("sandbox"))
    return Bank(workspace, create(workspace, 700, 14, 11, date(2026, 3, 31)))
