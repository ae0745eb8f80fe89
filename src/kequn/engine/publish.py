"""Publish a night: content hashes, a manifest, and one pointer that is switched at once."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from kequn.engine.duck import parquet_files, quoted
from kequn.errors import KequnError
from kequn.workspace import Workspace

POINTER = "current.json"
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Published:
    """One published night: a folder of tables that never changes again."""

    as_of: date
    folder: Path
    manifest: dict[str, Any]

    def table(self, name: str) -> Path:
        """Folder of Parquet files of a table; raises KequnError where the night has no such table."""
        if name not in self.manifest["tables"]:
            raise KequnError(f"The night of {self.as_of} has no table {name}.")
        return self.folder / name


def current(workspace: Workspace, as_of: date | None = None) -> Published | None:
    """The night that readers see (the newest business date), or the one published for ``as_of``."""
    index = _index(workspace)
    name = index["nights"].get(as_of.isoformat()) if as_of else index["current"]
    return _read(workspace.nights / name) if name else None


def nights(workspace: Workspace) -> list[Published]:
    """All published nights, oldest business date first."""
    return [_read(workspace.nights / name) for _, name in sorted(_index(workspace)["nights"].items())]


def before(workspace: Workspace, as_of: date) -> Published | None:
    """The newest night published for a business date before ``as_of``: the one a night follows."""
    earlier = [day for day in _index(workspace)["nights"] if day < as_of.isoformat()]
    return current(workspace, date.fromisoformat(max(earlier))) if earlier else None


def publish(workspace: Workspace, work: Path, as_of: date, manifest: dict[str, Any]) -> Published:
    """Make the finished folder ``work`` the night of ``as_of``.

    Everything is on disk before the pointer moves, so that a reader sees the old night or the new one.
    """
    (work / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False), "utf-8")
    flush(work)
    final = workspace.nights / f"{as_of.isoformat()}-{manifest['key'][:12]}"
    if final.exists():
        shutil.rmtree(work)  # the same night is published already: nobody who reads it is disturbed
    else:
        work.rename(final)
        _sync(workspace.nights)
    index = _index(workspace)
    index["nights"][as_of.isoformat()] = final.name
    index["current"] = index["nights"][max(index["nights"])]
    replace(workspace.data / POINTER, json.dumps(index, indent=1, sort_keys=True))
    return _read(final)


def content_hash(folder: Path, memory: str = "1GB", threads: int = 2) -> tuple[int, str]:
    """Rows and an order-free hash of all rows of a table: equal content gives equal hashes on any engine."""
    files = parquet_files([folder])
    listed = ", ".join(f"'{file}'" for file in files)
    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{memory}'; SET threads = {int(threads)}")
        source = f"read_parquet([{listed}], union_by_name = true)"
        names = [str(row[0]) for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
        columns = ", ".join(quoted(name) for name in sorted(names))
        row = connection.execute(
            f"SELECT count(*), coalesce(sum(CAST(hash({columns}) AS HUGEINT)), 0) FROM {source}"
        ).fetchone()
    rows, total = row or (0, 0)
    return int(rows), f"{int(total):032x}"


def flush(folder: Path) -> None:
    """Force every file below ``folder``, and the folders, to disk."""
    for path in sorted(folder.rglob("*")):
        _sync(path)
    _sync(folder)


def replace(file: Path, text: str) -> None:
    """Write ``text`` so that a reader sees the old content or the new, whatever happens in between."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.write_text(text, "utf-8")
    _sync(fresh)
    fresh.replace(file)
    _sync(file.parent)


def abandoned(workspace: Workspace) -> Iterator[Path]:
    """Published folders that no pointer names any more (an earlier run of the same business date)."""
    kept = set(_index(workspace)["nights"].values())
    for folder in workspace.nights.glob("[0-9]*"):
        if folder.name not in kept:
            yield folder


def _index(workspace: Workspace) -> dict[str, Any]:
    file = workspace.data / POINTER
    if not file.is_file():
        return {"current": None, "nights": {}}
    index: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return index


def _read(folder: Path) -> Published:
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    return Published(date.fromisoformat(manifest["as_of"]), folder, manifest)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
