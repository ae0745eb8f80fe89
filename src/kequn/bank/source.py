"""Source systems: one folder each, with a ``source.yaml`` and one mapping SQL file per standard table."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from kequn.bank.contract import contracts
from kequn.errors import KequnError
from kequn.workspace import Workspace

DESCRIPTION = "source.yaml"


@dataclass(frozen=True)
class RawTable:
    """A raw table: which files of a delivery hold it, and how they look where that is not detected."""

    name: str
    path: str
    delimiter: str | None
    encoding: str | None


@dataclass(frozen=True)
class Target:
    """A standard table that the source fills: the raw tables whose rows it claims, and its mapping SQL.

    Every row of a claimed raw table must come out of the mapping exactly once, unless ``derived``.
    """

    table: str
    claims: tuple[str, ...]
    derived: bool
    sql: str
    origin: str


@dataclass(frozen=True)
class Source:
    """One source system. ``delivered``: the day on which a historic dump counts as delivered."""

    name: str
    label_zh: str
    label_en: str
    delivered: date | None
    raws: Mapping[str, RawTable]
    targets: tuple[Target, ...]


def sources(workspace: Workspace) -> dict[str, Source]:
    """All sources by name: the built-in ones and those of the workspace, which win over built-in ones."""
    return {name: _read(folder) for name, folder in folders(workspace).items()}


def source(workspace: Workspace, name: str) -> Source:
    """One source; raises KequnError with the nearest name where there is none."""
    known = folders(workspace)
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {close[0]}?" if close else f"There are: {', '.join(sorted(known))}."
        raise KequnError(f"There is no source {name}.", hint)
    return _read(known[name])


def folders(workspace: Workspace) -> dict[str, Path]:
    """Folders of all sources by name, unread."""
    built_in = Path(str(resources.files("kequn.bank").joinpath("sources")))
    rooms = [room for room in (built_in, workspace.own("sources")) if room.is_dir()]
    return {
        folder.name: folder for room in rooms for folder in sorted(room.iterdir()) if (folder / DESCRIPTION).is_file()
    }


def _read(folder: Path) -> Source:
    file = folder / DESCRIPTION
    try:
        fields = yaml.safe_load(file.read_text("utf-8"))
        raws = {name: _raw(name, entry) for name, entry in fields["files"].items()}
        targets = tuple(_target(folder, name, entry, raws) for name, entry in fields["tables"].items())
        labels = (str(fields["label_zh"]), str(fields["label_en"]))
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise KequnError(f"{file} cannot be read: {error!r}.", "See CONTRIBUTING.md, 'Add a source'.") from None
    if fields.get("name") != folder.name:
        raise KequnError(f"{file}: name must be {folder.name}, like its folder, not {fields.get('name')}.")
    return Source(folder.name, *labels, fields.get("delivered"), raws, targets)


def _raw(name: str, entry: Mapping[str, Any]) -> RawTable:
    return RawTable(name, str(entry["path"]), entry.get("delimiter"), entry.get("encoding"))


def _target(folder: Path, name: str, entry: Mapping[str, Any], raws: Mapping[str, RawTable]) -> Target:
    file = folder / f"{name}.sql"
    if name not in contracts():
        close = difflib.get_close_matches(name, contracts(), n=1)
        hint = f"Did you mean {close[0]}?" if close else ""
        raise KequnError(f"{folder / DESCRIPTION}: there is no standard table {name}.", hint)
    if not file.is_file():
        raise KequnError(f"{file} is missing.", f"Write the SELECT that makes {name} of the raw tables.")
    claims = tuple(entry["from"] if isinstance(entry["from"], list) else [entry["from"]])
    for raw in claims:
        if raw not in raws:
            raise KequnError(f"{folder / DESCRIPTION}: {name} is from {raw}, which is not under files.")
    return Target(name, claims, bool(entry.get("derived")), file.read_text("utf-8"), f"{folder.name}/{name}.sql")
