"""The row account: every row of every file is loaded, quarantined or a duplicate."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from kequn.workspace import Workspace

REGISTER = "deliveries.jsonl"


@dataclass(frozen=True)
class FileAccount:
    """What became of one file in one standard table.

    ``rows_in = loaded + quarantined + duplicate``. ``status``: loaded, refused, duplicate, late, lookup or unknown
    (see docs/landing.md). ``table`` is empty for files that no standard table claims.
    """

    source: str
    table: str
    file: str
    day: date
    rows_in: int = 0
    loaded: int = 0
    quarantined: int = 0
    duplicate: int = 0
    status: str = "loaded"
    message: str = ""
    seconds: float = 0.0

    @property
    def closes(self) -> bool:
        return self.rows_in == self.loaded + self.quarantined + self.duplicate

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self) | {"day": self.day.isoformat(), "seconds": round(self.seconds, 3)}

    def rejected(self, status: str, message: str) -> FileAccount:
        """The account when nothing of the file is loaded: its rows are duplicates, or put aside."""
        known = self.rows_in if status == "duplicate" else 0
        aside = self.rows_in - known
        return replace(self, loaded=0, quarantined=aside, duplicate=known, status=status, message=message)


@dataclass
class LoadReport:
    """The account of one run of loading, one row for each source, table and file."""

    files: list[FileAccount] = field(default_factory=list)

    @property
    def rows_in(self) -> int:
        return sum(item.rows_in for item in self.files)

    @property
    def loaded(self) -> int:
        return sum(item.loaded for item in self.files)

    @property
    def quarantined(self) -> int:
        return sum(item.quarantined for item in self.files)

    @property
    def duplicate(self) -> int:
        return sum(item.duplicate for item in self.files)

    @property
    def refused(self) -> list[FileAccount]:
        """Files of which nothing was loaded though something should have been."""
        return [item for item in self.files if item.status in ("refused", "late")]

    @property
    def closes(self) -> bool:
        """Whether every file's rows are accounted for."""
        return all(item.closes for item in self.files)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON: totals, and ``files``."""
        totals = {name: getattr(self, name) for name in ("rows_in", "loaded", "quarantined", "duplicate", "closes")}
        return {**totals, "files": [item.as_dict() for item in self.files]}


class Register:
    """Everything that was delivered so far, as recorded in data/deliveries.jsonl."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        self._newest: dict[tuple[str, str], date] = {}

    @classmethod
    def read(cls, workspace: Workspace) -> Register:
        """The register of a workspace."""
        register = cls(workspace.data / REGISTER)
        if register.path.is_file():
            for text in register.path.read_text("utf-8").splitlines(keepends=True):
                # A line without its end was cut off when a run was killed: its delivery is recognised again.
                if text.endswith("\n"):
                    register._note(json.loads(text))
        return register

    def append(self, accounts: Sequence[FileAccount], extra: Mapping[str, str]) -> None:
        """Record accounts, each with ``extra`` (what identifies the delivery)."""
        lines = [account.as_dict() | dict(extra) for account in accounts]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        _mend(self.path)
        with self.path.open("a", encoding="utf-8") as handle:
            handle.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            handle.flush()
            os.fsync(handle.fileno())
        for line in lines:
            self._note(line)

    def settled(self, table: str, signature: str, mapping: str) -> bool:
        """Whether these files need no second look: recorded, and either clean or under the same mapping."""
        return any(_clean(line) or line["mapping"] == mapping for line in self._seen.get((table, signature), ()))

    def recorded(self, table: str, signature: str) -> bool:
        """Whether these very files are recorded for ``table``."""
        return (table, signature) in self._seen

    def newest(self, source: str, table: str) -> date | None:
        """The newest day of which ``table`` was loaded, or found unchanged, from ``source``."""
        return self._newest.get((source, table))

    def _note(self, line: dict[str, Any]) -> None:
        self._seen[line["table"], line["signature"]].append(line)
        if line["status"] in ("loaded", "duplicate"):
            place, day = (line["source"], line["table"]), date.fromisoformat(line["day"])
            self._newest[place] = max(day, self._newest.get(place, day))


def _clean(line: Mapping[str, Any]) -> bool:
    return line["status"] in ("loaded", "duplicate") and not line["quarantined"]


def _mend(path: Path) -> None:
    """Cut off a last line that a killed run left unfinished."""
    if not path.is_file() or not path.stat().st_size:
        return
    raw = path.read_bytes()
    if not raw.endswith(b"\n"):
        os.truncate(path, raw.rfind(b"\n") + 1)
