"""Standard tables at rest: immutable parts, one for each delivery of a source."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from kequn.bank.contract import contracts
from kequn.engine.publish import flush
from kequn.workspace import Workspace

DESCRIPTION = "part.json"
_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.(\d+))?")


@dataclass(frozen=True)
class Part:
    """One immutable part of a standard table: what one delivery of one source added.

    ``first_day`` and ``last_day`` bound its business days (None where the table has none or no row has one).
    ``content_hash`` stands for the stored rows, ``delivery_hash`` for the files and the mapping they came from.
    """

    folder: Path
    table: str
    source: str
    delivered: date
    number: int
    rows: int
    content_hash: str
    first_day: date | None
    last_day: date | None
    delivery_hash: str = ""
    files_hash: str = ""
    files: tuple[dict[str, Any], ...] = field(default=())

    def touches(self, first: date, last: date) -> bool:
        """Whether the part may hold rows of the business days ``first`` to ``last``."""
        if self.first_day is None or self.last_day is None:
            return True
        return self.first_day <= last and self.last_day >= first

    @property
    def order(self) -> tuple[date, int]:
        """Parts of one source follow each other in this order."""
        return self.delivered, self.number


def part_infos(workspace: Workspace, table: str, as_of: date | None = None) -> list[Part]:
    """The parts that a night of ``as_of`` reads, by source and date; all dates without ``as_of``.

    Of a snapshot table the newest delivery of each source that is not later than ``as_of``; of event and
    change tables every delivery up to it.
    """
    chosen: list[Part] = []
    for source in _folders(workspace.bank / table):
        found = [part for part in source_parts(workspace, table, source.name) if _until(part, as_of)]
        chosen += found[-1:] if contracts()[table].kind == "snapshot" else found
    return chosen


def parts(workspace: Workspace, table: str, as_of: date | None = None) -> list[Path]:
    """Folders of ``part_infos``."""
    return [part.folder for part in part_infos(workspace, table, as_of)]


def source_parts(workspace: Workspace, table: str, source: str) -> list[Part]:
    """Every part of one source's table, in the order in which they follow each other."""
    folder = workspace.bank / table / source
    return sorted((_read(path) for path in _folders(folder)), key=lambda part: part.order)


def newest(workspace: Workspace) -> date | None:
    """Date of the newest delivery of any table."""
    days = [
        _date(path) for table in contracts() for source in _folders(workspace.bank / table) for path in _folders(source)
    ]
    return max(days, default=None)


def destination(workspace: Workspace, table: str, source: str, delivered: date) -> tuple[Path, int]:
    """Folder and number of the next part of that date: <date>, then <date>.1, <date>.2, ..."""
    taken = [part.number for part in source_parts(workspace, table, source) if part.delivered == delivered]
    number = max(taken) + 1 if taken else 0
    name = delivered.isoformat() + (f".{number}" if number else "")
    return workspace.bank / table / source / name, number


def publish(part: Part, written: Path) -> None:
    """Make the finished folder ``written`` the part: description and data are on disk before it gets its name."""
    described = {name: value for name, value in asdict(part).items() if name != "folder"}
    (written / DESCRIPTION).write_text(json.dumps(described, default=str, ensure_ascii=False, indent=1), "utf-8")
    flush(written)
    part.folder.parent.mkdir(parents=True, exist_ok=True)
    written.rename(part.folder)
    handle = os.open(part.folder.parent, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def fresh_folder(folder: Path) -> Path:
    """``folder``, empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _folders(folder: Path) -> Iterator[Path]:
    """Sub-folders that hold data; names that begin with a dot or an underscore are unfinished or derived."""
    if folder.is_dir():
        yield from sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] not in "._")


def _date(folder: Path) -> date:
    match = _NAME.fullmatch(folder.name)
    return date.fromisoformat(match[1]) if match else date.min


def _until(part: Part, as_of: date | None) -> bool:
    return as_of is None or part.delivered <= as_of


def _read(folder: Path) -> Part:
    fields: dict[str, Any] = json.loads((folder / DESCRIPTION).read_text("utf-8"))
    for name in ("delivered", "first_day", "last_day"):
        fields[name] = date.fromisoformat(fields[name]) if fields[name] else None
    return Part(folder=folder, **fields | {"files": tuple(fields["files"])})
