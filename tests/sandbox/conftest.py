"""A small sandbox of three chunks, made once, and readers of what it landed that share no code with it."""

from __future__ import annotations

import csv
import io
import json
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

ENCODINGS = ("utf-8-sig", "gb18030")


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


def small(home: Path, **settings: Any) -> Workspace:
    """A workspace whose sandbox comes in small chunks, by one process, with plenty of wrong rows."""
    opened = Workspace.open(home)
    chosen = {"chunk_customers": 250, "processes": 1, "dirt_ppm": 4500, "drift_ppm": 300} | settings
    named = {f"sandbox__{name}": value for name, value in chosen.items()}
    return Workspace(opened.home, opened.settings.changed(**named))


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """600 customers in 3 chunks over 14 months."""
    workspace = small(tmp_path_factory.mktemp("sandbox"))
    return Bank(workspace, create(workspace, 600, 14, 11, date(2026, 3, 31)))
