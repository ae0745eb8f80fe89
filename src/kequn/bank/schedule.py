"""Which landed deliveries are still to be loaded, and in which order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from pathlib import Path

from kequn.bank.accounting import FileAccount, Register
from kequn.bank.contract import contracts
from kequn.bank.delivery import signature
from kequn.bank.landing import Landed, landed
from kequn.bank.mapping import reads
from kequn.bank.source import Source, Target, folders, source
from kequn.bank.verdict import bad_share
from kequn.workspace import Workspace


@dataclass(frozen=True)
class Step:
    """One source's delivery of one day: its files by raw table, below ``root``, and the tables to fill from it."""

    source: Source
    day: date
    root: Path
    files: Mapping[str, Sequence[Path]]
    targets: Sequence[Target]

    def signature(self, target: Target) -> str:
        """What identifies the files that a table claims, without reading them."""
        claimed = [path for raw in target.claims for path in self.files.get(raw, ())]
        return signature(claimed, self.root, self.source.name, self.day.isoformat())


def mapping_mark(workspace: Workspace, target: Target) -> str:
    """What decides beside the files on the outcome of a table: its mapping, and the share of bad rows allowed."""
    allowed = bad_share(contracts()[target.table], workspace.settings)
    return hashlib.sha256(f"{target.sql}|{allowed}".encode()).hexdigest()


def waiting(workspace: Workspace, register: Register, up_to: date | None) -> Iterator[Step]:
    """The landed deliveries up to a day with the tables that the register does not know yet, by date and source.

    A raw table that a mapping only looks things up in is taken from the newest delivery up to that day.
    """
    landings = _until(workspace, up_to)
    known = _known(workspace, landings)
    found = [item for item in landings if item.source in known]
    for (day, name), group in groupby(found, key=lambda item: (item.day, item.source)):
        step = Step(known[name], day, workspace.landing, {item.raw: item.files for item in group}, ())
        targets = [
            target
            for target in step.source.targets
            if set(target.claims) & set(step.files)
            and not register.settled(target.table, step.signature(target), mapping_mark(workspace, target))
        ]
        if targets:
            older = [item for item in found if item.source == name and item.day <= day]
            yield replace(step, targets=targets, files=_lookups(targets, older) | dict(step.files))


def strays(workspace: Workspace, register: Register, up_to: date | None) -> Iterator[tuple[FileAccount, str]]:
    """Landed files that fill no table and are not recorded yet, each with its signature."""
    landings = _until(workspace, up_to)
    known = _known(workspace, landings)
    for item in landings:
        definition = known.get(item.source)
        status, message = _standing(definition, item.raw, item.source)
        for path in item.files if status else ():
            mark = signature([path], workspace.landing, item.source)
            if not register.recorded("", mark):
                shown = str(path.relative_to(workspace.landing))
                yield FileAccount(item.source, "", shown, item.day, status=status, message=message), mark


def _standing(definition: Source | None, raw: str, name: str) -> tuple[str, str]:
    """Status and message of a raw table that fills no table; empty for one that does."""
    if definition is None:
        return "unknown", f"There is no source {name}."
    if any(raw in target.claims for target in definition.targets):
        return "", ""
    if raw in definition.raws:
        return "lookup", "Mappings only look things up in it."
    return "unknown", f"source.yaml of {name} does not name {raw}."


def _known(workspace: Workspace, landings: Sequence[Landed]) -> dict[str, Source]:
    """The sources that have landed something."""
    names = {item.source for item in landings} & set(folders(workspace))
    return {name: source(workspace, name) for name in names}


def _until(workspace: Workspace, up_to: date | None) -> list[Landed]:
    return [item for item in landed(workspace.landing) if up_to is None or item.day <= up_to]


def _lookups(targets: Sequence[Target], older: Sequence[Landed]) -> dict[str, Sequence[Path]]:
    """The newest files of every raw table that the mappings read."""
    needed = {raw for target in targets for raw in reads(target) if raw not in target.claims}
    return {item.raw: item.files for item in older if item.raw in needed}
