"""What the source systems delivered, and the rows of it that were set aside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from kequn.bank.accounting import REGISTER
from kequn.bank.session import literal
from kequn.engage.language import say
from kequn.workspace import Workspace

Rows = list[dict[str, Any]]
STATUS = {
    "loaded": ("已装载", "Loaded"), "refused": ("拒收", "Refused"), "duplicate": ("重复", "Duplicate"),
    "late": ("迟到", "Late"), "lookup": ("查找用", "Lookup"), "unknown": ("未登记", "Unknown"),
}  # fmt: skip
REASONS = {
    "refused": ("整批拒收", "Whole file refused"), "malformed": ("字段数不符", "Wrong number of fields"),
    "type": ("类型不符", "Wrong type"), "missing": ("必填项缺失", "Missing"),
    "not_allowed": ("代码不在清单内", "Unknown code"), "out_of_range": ("超出范围", "Out of range"),
    "interval": ("起止日期颠倒", "Ends before it begins"), "reference": ("找不到所属记录", "Refers to nothing"),
    "conflicting_key": ("同一主键内容不同", "One key, two contents"), "overlap": ("有效期重叠",
      "Overlapping intervals"),
    "not_mapped": ("映射不了", "Not mapped"),
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """Filters of a list; empty: all."""

    source: str = ""
    table: str = ""
    day: str = ""
    kind: str = ""

    @property
    def date(self) -> date | None:
        """The day; None where it is empty or no date."""
        try:
            return date.fromisoformat(self.day)
        except ValueError:
            return None


def deliveries(workspace: Workspace, asked: Asked) -> Rows:
    """Files that were delivered, the newest first; ``kind`` is a status."""
    chosen = {"source": asked.source, "table": asked.table, "day": asked.day, "status": asked.kind}
    wanted = {name: value for name, value in chosen.items() if value}
    return [row for row in _register(workspace) if all(row[name] == value for name, value in wanted.items())]


def choices(workspace: Workspace) -> dict[str, list[str]]:
    """What the filters offer."""
    rows = _register(workspace)
    days = sorted({row["day"] for row in rows}, reverse=True)
    return {
        "source": sorted({row["source"] for row in rows}), "table": sorted({row["table"] for row in rows} - {""}),
        "day": days[:60],
    }  # fmt: skip


def totals(rows: Rows) -> dict[str, int]:
    """Sums over some files; rows in = loaded + quarantined + duplicate."""
    return {name: sum(row[name] for row in rows) for name in ("rows_in", "loaded", "quarantined", "duplicate")}


def _register(workspace: Workspace) -> Rows:
    file = workspace.data / REGISTER
    return _read(file, file.stat().st_mtime_ns, file.stat().st_size) if file.is_file() else []


@lru_cache(maxsize=2)
def _read(file: Path, changed: int, size: int) -> Rows:
    """The register, read again only when it has grown; a last line that is still being written is left out."""
    rows = []
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if line.endswith("\n"):
                row = json.loads(line)
                rows.append(row | {"closes": row["rows_in"] == row["loaded"] + row["quarantined"] + row["duplicate"]})
    return sorted(rows, key=lambda row: row["day"], reverse=True)


def aside(workspace: Workspace, asked: Asked) -> Rows:
    """Rows in quarantine by source, table, day and reason; the largest number first."""
    files = _files(workspace, asked)
    if not files:
        return []
    with duckdb.connect() as connection:
        found = connection.execute(
            f"""SELECT source,
              "table", regexp_extract(filename, '(\\d{{4}}-\\d{{2}}-\\d{{2}})[^/]*$', 1) AS day, reason,
              count(*) AS rows FROM read_parquet([{", ".join(literal(file) for file in files)}], filename = true)
            {f"WHERE reason = {literal(asked.kind)}" if asked.kind else ""}
            GROUP BY ALL ORDER BY rows DESC, 1, 2, 3, 4"""
        ).fetchall()
    names = ("source", "table", "day", "reason", "rows")
    return [dict(zip(names, row, strict=True)) | {"words": reason(str(row[3]))} for row in found]


def reason(code: str) -> str:
    """A reason in words."""
    return say(*REASONS.get(code, (code, code)))


def _files(workspace: Workspace, asked: Asked) -> list[Path]:
    """Files of the quarantine that the filters leave; names come from the folder, never from the request."""
    return [
        file
        for file in _all_files(workspace)
        if asked.source in ("", file.parent.parent.name)
        and asked.table in ("", file.parent.name)
        and file.name.startswith(asked.day)
    ]


def _all_files(workspace: Workspace) -> Iterator[Path]:
    for file in sorted(workspace.quarantine.glob("*/*/*.parquet")):
        if not file.name.startswith("."):
            yield file
