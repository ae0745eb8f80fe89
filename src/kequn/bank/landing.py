"""Landed deliveries and their control files.

A delivery lies in ``landing/<source>/<raw table>/<YYYY-MM-DD>/``. A control file is one of

- ``<data file>.ctl``: JSON ``{"rows": 1200, "sums": {"amount": "48211.07"}}``;
- ``control.json``: ``{"files": {"<file name>": {...}}}`` with such an object for each file, or one such object
  for all files of the folder together;
- ``_control.csv``: header ``file,rows,sum``, one line a file.

``rows`` counts records without the header, wrong ones included. ``sums`` maps a column of the raw file to the sum
of its values as text (money in yuan, two decimals); empty values and values that are no numbers count as nothing.
``sum`` is the sum in yuan of what the mapping makes of the contract's control column. See docs/landing.md.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from kequn.errors import KequnError

CONTROL_NAMES = ("control.json", "_control.csv")


@dataclass(frozen=True)
class Control:
    """What the source system says it sent: records, and sums in yuan as exact decimals."""

    origin: str
    rows: int | None = None
    sums: Mapping[str, Decimal] = field(default_factory=dict)
    mapped_sum: Decimal | None = None


@dataclass(frozen=True)
class Controls:
    """The control statements of some files: for single files, and for whole folders (all files together)."""

    files: Mapping[Path, Control]
    folders: Mapping[Path, Control]


@dataclass(frozen=True)
class Landed:
    """The files that one source landed for one raw table on one day."""

    source: str
    raw: str
    day: date
    files: tuple[Path, ...]


def landed(landing: Path) -> Iterator[Landed]:
    """Every landed delivery, by date, source and raw table; raises KequnError on a folder that is no date."""
    found: list[Landed] = []
    for folder in sorted(landing.glob("*/*/*")):
        if not folder.is_dir() or folder.name.startswith("."):
            continue
        files = tuple(data_files(folder))
        if files:
            found.append(Landed(folder.parts[-3], folder.parts[-2], _day(folder), files))
    yield from sorted(found, key=lambda item: (item.day, item.source, item.raw))


def data_files(folder: Path) -> list[Path]:
    """Data files of a folder, by name: no control files, nothing unfinished."""
    return [path for path in sorted(folder.iterdir()) if path.is_file() and is_data(path)]


def is_data(path: Path) -> bool:
    """Whether a file is data, and not a control file or something unfinished."""
    hidden = path.name.startswith(".") or path.suffix in (".tmp", ".part")
    return not hidden and path.suffix != ".ctl" and path.name not in CONTROL_NAMES


def controls(files: list[Path]) -> Controls:
    """The control statements for ``files``; raises KequnError naming a control file that cannot be read."""
    single: dict[Path, Control] = {}
    whole: dict[Path, Control] = {}
    for folder in sorted({file.parent for file in files}):
        _read_json(folder / "control.json", single, whole)
        _read_csv(folder / "_control.csv", single)
    for file in files:
        beside = file.with_name(f"{file.name}.ctl")
        if beside.is_file():
            single[file] = _control(_json(beside), beside)
    return Controls({file: single[file] for file in files if file in single}, whole)


def _read_json(path: Path, single: dict[Path, Control], whole: dict[Path, Control]) -> None:
    if not path.is_file():
        return
    content = _json(path)
    if "files" not in content:
        whole[path.parent] = _control(content, path)
        return
    for name, entry in content["files"].items():
        single[path.parent / name] = _control(entry, path)


def _read_csv(path: Path, single: dict[Path, Control]) -> None:
    if not path.is_file():
        return
    with path.open(encoding="utf-8-sig", newline="") as handle:
        for line in csv.DictReader(handle):
            if not line.get("file"):
                raise KequnError(f"{path} needs the columns file, rows and sum.")
            single[path.parent / line["file"]] = _control({k: v for k, v in line.items() if v}, path)


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8-sig"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise KequnError(f"The control file {path} is not valid JSON: {error}.") from None
    if not isinstance(content, dict):
        raise KequnError(f'The control file {path} must hold an object like {{"rows": 10, "sums": {{}}}}.')
    return content


def _control(entry: Mapping[str, Any], path: Path) -> Control:
    try:
        rows = int(entry["rows"]) if entry.get("rows") is not None else None
        sums = {str(name): Decimal(str(text)) for name, text in entry.get("sums", {}).items()}
        mapped = Decimal(str(entry["sum"])) if entry.get("sum") is not None else None
    except (ValueError, InvalidOperation, AttributeError):
        raise KequnError(f"The control file {path} has a number that cannot be read.") from None
    return Control(path.name, rows, sums, mapped)


def _day(folder: Path) -> date:
    try:
        return date.fromisoformat(folder.name)
    except ValueError:
        raise KequnError(
            f"The landing folder {folder} is not named after a day.", "Name it after the day of delivery: 2026-11-30."
        ) from None
