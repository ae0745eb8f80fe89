"""Read a published night: its tables in an engine, whatever the next night does meanwhile."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from kequn.engine.duck import DuckEngine, parquet_files
from kequn.engine.macros import Parameters
from kequn.engine.publish import Published, current
from kequn.engine.query import Query, compile_query
from kequn.errors import KequnError
from kequn.insight.catalogue import Catalogue, catalogue
from kequn.workspace import Workspace

ROOMS = ("tags", "tiers", "segments", "prospects")


@dataclass(frozen=True)
class Reading:
    """One published night, opened: ``engine`` holds the attached tables, ``parameters`` the night's date."""

    night: Published
    engine: DuckEngine
    parameters: Parameters

    def has(self, table: str) -> bool:
        """Whether the night published ``table``."""
        return table in self.night.manifest["tables"]

    def attach(self, table: str) -> dict[str, str]:
        """Expose a table under its own name; returns names and DuckDB types of its columns."""
        folder = self.night.table(table)
        file = parquet_files([folder])[0]
        described = self.engine.connection.execute(f"DESCRIBE SELECT * FROM read_parquet('{file}')").fetchall()
        columns = {str(row[0]): str(row[1]) for row in described}
        self.engine.attach(table, [folder], columns)
        return columns

    def rows(self, text: str, origin: str) -> list[dict[str, Any]]:
        """Rows of a SELECT in the restricted grammar, for results that a person reads."""
        return self.fetch(compile_query(text, self.parameters, origin))

    def fetch(self, query: Query) -> list[dict[str, Any]]:
        """Rows of a compiled query."""
        rows: list[dict[str, Any]] = self.engine.fetch(query).to_pylist()
        return rows


@contextmanager
def reading(workspace: Workspace, *tables: str, as_of: date | None = None) -> Iterator[Reading]:
    """Open the current night, or that of ``as_of``, and attach ``tables``; raises KequnError where there is none."""
    night = published(workspace, as_of)
    settings = workspace.settings
    with tempfile.TemporaryDirectory(prefix="kequn-") as spill:
        engine = DuckEngine(settings.integer("engine.threads"), settings.text("engine.memory"), Path(spill) / "spill")
        try:
            opened = Reading(night, engine, Parameters(night.as_of, settings))
            for table in tables:
                opened.attach(table)
            yield opened
        finally:
            engine.close()


def definitions(workspace: Workspace) -> Catalogue:
    """The catalogue of a workspace, read again only when one of its files has changed."""
    rooms = [Path(str(resources.files("kequn.insight"))) / room for room in ROOMS]
    rooms += [workspace.own(room) for room in ROOMS]
    files = (file for room in rooms for file in sorted(room.glob("*")) if file.suffix in (".yaml", ".sql"))
    return _definitions(workspace.home, tuple((str(file), file.stat().st_mtime_ns) for file in files))


@lru_cache(maxsize=8)
def _definitions(home: Path, stamps: tuple[tuple[str, int], ...]) -> Catalogue:
    return catalogue(Workspace.open(home))


def published(workspace: Workspace, as_of: date | None = None) -> Published:
    """The current night, or that of ``as_of``; raises KequnError that says what to run."""
    night = current(workspace, as_of)
    if night is not None:
        return night
    if as_of is not None and current(workspace) is not None:
        raise KequnError(f"No night of {as_of} is published.", "See the published ones: kequn nights.")
    raise KequnError(
        f"No night is published yet in {workspace.home}.",
        "Run: kequn night (or kequn demo, to see one on made-up data).",
    )
