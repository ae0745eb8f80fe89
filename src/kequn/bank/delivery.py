"""One delivery of a source: its raw files decoded, checked against control files, and exposed to mappings."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from kequn.bank.decode import Decoded, decode
from kequn.bank.landing import Control, Controls, controls
from kequn.bank.refusal import Refusal
from kequn.bank.session import Session, scan
from kequn.bank.source import RawTable, Source
from kequn.engine.duck import quoted
from kequn.errors import KequnError


@dataclass
class RawFile:
    """One file of a delivery; ``number`` is its place in ``_file``, ``decoded`` is None where it is unreadable."""

    path: Path
    shown: str
    number: int
    sha256: str
    decoded: Decoded | None = None

    @property
    def rows(self) -> int:
        return self.decoded.delivered if self.decoded else 0


@dataclass
class Delivery:
    """What a source delivered on one day, by raw table; ``faults`` holds what refuses a raw table whole."""

    source: Source
    day: date
    files: dict[str, list[RawFile]] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    def claimed(self, claims: Iterable[str]) -> list[RawFile]:
        return [file for raw in claims for file in self.files.get(raw, [])]

    def columns(self, raw: str) -> tuple[str, ...]:
        """Column names of a raw table."""
        decoded = next((file.decoded for file in self.files[raw] if file.decoded), None)
        return decoded.columns if decoded else ()

    def hash(self, raws: Iterable[str], *texts: str) -> str:
        """SHA-256 over the files of some raw tables, whatever they are called, and further texts."""
        contents = sorted(file.sha256 for raw in set(raws) for file in self.files.get(raw, []))
        return hashlib.sha256("\n".join([*contents, *texts]).encode()).hexdigest()


def open_delivery(
    session: Session, source: Source, day: date, paths: Mapping[str, Sequence[Path]], root: Path
) -> Delivery:
    """Decode the files of each raw table and expose them as views named like the raw tables.

    What is wrong with a raw table as a whole (unreadable, empty, against its control file) becomes a fault.
    """
    delivery = Delivery(source, day)
    number = 0
    for raw, chosen in paths.items():
        ordered = sorted(chosen, key=lambda path: (path.suffix != ".parquet", str(path)))
        delivery.files[raw] = [
            RawFile(path, _shown(path, root), number + index, _sha256(path)) for index, path in enumerate(ordered)
        ]
        number += len(ordered)
        try:
            _open_raw(session, delivery.source.raws[raw], delivery.files[raw], controls(ordered))
        except (Refusal, KequnError) as fault:
            delivery.faults[raw] = fault.message
    return delivery


def close_delivery(session: Session, delivery: Delivery) -> None:
    """Forget the views of a delivery and the files that decoding wrote."""
    for raw, files in delivery.files.items():
        session.run(f"DROP VIEW IF EXISTS {quoted(raw)}")
        for file in files:
            if file.decoded and file.decoded.text:
                file.decoded.path.unlink(missing_ok=True)


def _open_raw(session: Session, raw: RawTable, files: list[RawFile], stated: Controls) -> None:
    problems: list[str] = []
    for file in files:
        try:
            file.decoded = decode(file.path, file.number, raw, session.work)
        except Refusal as refusal:
            problems.append(refusal.message)
    if problems:
        raise Refusal(" ".join(problems))
    _same_columns(files)
    session.run(f"CREATE OR REPLACE VIEW {quoted(raw.name)} AS {_view(files)}")
    for file in files:
        control = stated.files.get(file.path)
        if file.rows == 0 and not (control and control.rows == 0):
            raise Refusal(f"{file.shown} is empty: it has no records.")
        if control:
            _check(session, raw.name, [file], control)
    for folder, control in stated.folders.items():
        inside = [file for file in files if file.path.parent == folder]
        if inside:
            _check(session, raw.name, inside, control)


def _view(files: Sequence[RawFile]) -> str:
    """SQL of all records with their columns, ``_file`` and ``_row``."""
    decoded = [file.decoded for file in files if file.decoded]
    texts = [item.path for item in decoded if item.text]
    native = [item.path for item in decoded if not item.text]
    selects = [f"SELECT * FROM {scan(*texts)}"] if texts else []
    if native:
        selects.append(
            f"SELECT *, CAST({files[0].number} + file_index AS INTEGER) AS _file, file_row_number + 1 AS _row"
            f" FROM {scan(*native)}"
        )
    return " UNION ALL BY NAME ".join(selects)


def _same_columns(files: Sequence[RawFile]) -> None:
    first = files[0]
    for file in files[1:]:
        for name in first.decoded.columns if first.decoded else ():
            if file.decoded and name not in file.decoded.columns:
                close = difflib.get_close_matches(name, file.decoded.columns, n=1)
                nearest = f" (the nearest is {close[0]})" if close else ""
                raise Refusal(f"{file.shown} lacks the column {name} that {first.shown} has{nearest}.")


def _check(session: Session, raw: str, files: Sequence[RawFile], control: Control) -> None:
    """Compare rows and sums with a control statement; raises Refusal."""
    rows = sum(file.rows for file in files)
    shown = files[0].shown if len(files) == 1 else f"The {len(files)} files of {raw}"
    if control.rows is not None and rows != control.rows:
        word = "truncated: it holds" if rows < control.rows else "longer than announced: it holds"
        raise Refusal(f"{shown} is {word} {rows} rows, {control.origin} says {control.rows}.")
    for column, expected in control.sums.items():
        known = files[0].decoded.columns if files[0].decoded else ()
        if column not in known:
            close = difflib.get_close_matches(column, known, n=1)
            nearest = f"; the nearest is {close[0]}" if close else ""
            raise Refusal(f"{control.origin} gives a sum of {column}, a column that {shown} lacks{nearest}.")
        difference = _sum(session, raw, files, column) - expected
        if difference:
            raise Refusal(f"{shown}: the sum of {column} differs from {control.origin} by {difference:f}.")


def _sum(session: Session, raw: str, files: Sequence[RawFile], column: str) -> Decimal:
    numbers = ", ".join(str(file.number) for file in files)
    value = f"TRY_CAST({quoted(column)} AS DECIMAL(38, 8))"
    (found,) = session.row(f"SELECT coalesce(sum({value}), 0) FROM {quoted(raw)} WHERE _file IN ({numbers})")
    return Decimal(found)


def _shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else path.name


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def signature(paths: Iterable[Path], root: Path, *texts: str) -> str:
    """A cheap stand-in for the content of files: names, sizes and times of change, also of their control files."""
    lines: list[str] = []
    for path in sorted(paths):
        beside = (path.with_name(f"{path.name}.ctl"), path.parent / "control.json", path.parent / "_control.csv")
        for file in (path, *beside):
            if file.is_file():
                stat = file.stat()
                lines.append(f"{_shown(file, root)}|{stat.st_size}|{stat.st_mtime_ns}")
    return hashlib.sha256("\n".join([*lines, *texts]).encode()).hexdigest()
