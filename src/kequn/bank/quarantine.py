"""Quarantine: rows that were not loaded, with reason and position; personal information (C2) is masked."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from kequn.bank.contract import Column, contracts
from kequn.bank.delivery import Delivery, RawFile
from kequn.bank.quality import checks
from kequn.bank.session import literal, scan
from kequn.bank.source import Target
from kequn.bank.staging import Staged
from kequn.engine.duck import quoted
from kequn.workspace import Workspace

SCHEMA = pa.schema(
    [
        ("source", pa.string()), ("table", pa.string()), ("file", pa.string()), ("row", pa.int64()),
        ("reason", pa.string()), ("column", pa.string()), ("value", pa.string()), ("record", pa.string()),
    ]
)  # fmt: skip
# In a table with personal information a misplaced name or number may stand in any column.
_PERSONAL = "[\\x{4e00}-\\x{9fff}]|@|[0-9]([ -]?[0-9]){8}"
_TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9:.]*)?"


@dataclass(frozen=True)
class Quarantined:
    """One row that was put aside. ``row`` is 0 where a whole file was; ``nearest`` is a code that may be meant."""

    source: str
    table: str
    day: date
    file: str
    row: int
    reason: str
    column: str
    value: str | None
    record: str | None
    nearest: str


def write(staged: Staged) -> None:
    """Put aside the rows at fault in data/quarantine/<source>/<table>/<day>.parquet; no file where there are none."""
    delivery, target = staged.delivery, staged.target
    malformed = [] if target.derived else _malformed(delivery, target)
    batches = chain(_batches(staged, None, careful=False) if staged.by_check() else (), malformed)
    _write(_file(staged.session.workspace, delivery, target), batches)
    _file(staged.session.workspace, delivery, target, refused=True).unlink(missing_ok=True)


def refuse(workspace: Workspace, delivery: Delivery, target: Target, staged: Staged | None, message: str) -> None:
    """Record that a table was refused, in <day>-refused.parquet: a line for each file and the first rows at fault.

    Values are masked where the table holds personal information, since columns may not be what they seem.
    """
    limit = workspace.settings.integer("landing.refused_rows_kept")
    lines = [
        _line(delivery, target, file, reason="refused", row=0, value=message)
        for file in delivery.claimed(target.claims)
    ]
    rows = _batches(staged, limit, careful=True) if staged and staged.by_check() else ()
    _write(_file(workspace, delivery, target, refused=True), chain(_packed(lines), rows))


def list(
    workspace: Workspace,
    *,
    source: str | None = None,
    table: str | None = None,
    day: date | None = None,
    reason: str | None = None,
    limit: int | None = None,
) -> Iterator[Quarantined]:
    """Rows put aside, by source, table, day, file and row; each filter is optional."""
    pattern = f"{source or '*'}/{table or '*'}/{day.isoformat() if day else ''}*.parquet"
    files = [path for path in sorted(workspace.quarantine.glob(pattern)) if not path.name.startswith(".")]
    if not files:
        return
    condition = f"WHERE reason = {literal(reason)}" if reason else ""
    listed = ", ".join(literal(path) for path in files)
    with duckdb.connect() as connection:
        cursor = connection.execute(
            f"SELECT * FROM read_parquet([{listed}], filename = true) {condition} ORDER BY filename, file, row"
            + (f" LIMIT {int(limit)}" if limit is not None else "")
        )
        while found := cursor.fetchmany(1000):
            for row in found:
                yield _quarantined(row)


def counts(workspace: Workspace) -> dict[tuple[str, str, str], int]:
    """Rows put aside by source, table and reason."""
    files = [path for path in workspace.quarantine.glob("*/*/*.parquet") if not path.name.startswith(".")]
    if not files:
        return {}
    with duckdb.connect() as connection:
        found = connection.execute(
            f'SELECT source, "table", reason, count(*) FROM {scan(*files)} GROUP BY ALL ORDER BY ALL'
        ).fetchall()
    return {(str(row[0]), str(row[1]), str(row[2])): int(row[3]) for row in found}


def nearest(column: Column, value: str | None) -> str:
    """The allowed code nearest to an unknown one; empty where none is near."""
    close = difflib.get_close_matches(value or "", column.allowed, n=1)
    return close[0] if close else ""


def _quarantined(row: tuple[object, ...]) -> Quarantined:
    source, table, file, number, reason, column, value, record = row[:8]
    shown = str(column or "")
    near = nearest(contracts()[str(table)].column(shown), str(value)) if reason == "not_allowed" and value else ""
    day = date.fromisoformat(Path(str(row[8])).stem[:10])
    return Quarantined(
        str(source), str(table), day, str(file), int(str(number)), str(reason), shown,
        None if value is None else str(value), None if record is None else str(record), near,
    )  # fmt: skip


def _batches(staged: Staged, limit: int | None, careful: bool) -> Iterator[pa.RecordBatch]:
    names = ", ".join(f"({file.number}, {literal(file.shown)})" for file in staged.files)
    listed = checks(staged.contract)
    codes = ", ".join(f"({c.code}, {literal(c.reason)}, {literal(c.column)})" for c in listed)
    columns = staged.contract.columns
    secrets = any(column.secret for column in columns)
    record = ", ".join(f"{quoted(c.name)} := {_shown(c, secrets, careful)}" for c in columns)
    sql = (
        f"WITH fault AS MATERIALIZED (SELECT * FROM ({staged.faulty()}) {f'LIMIT {limit}' if limit else ''})"
        f' SELECT {literal(staged.delivery.source.name)} AS source, {literal(staged.contract.name)} AS "table",'
        f' n.file, f._row AS row, c.reason, c.column_name AS "column", {_value(staged, careful)} AS value,'
        f" CASE WHEN m._row IS NOT NULL THEN CAST(to_json(struct_pack({record})) AS VARCHAR) END AS record"
        f" FROM fault f LEFT JOIN ({staged.mapping.sql}) m ON m._file = f._file AND m._row = f._row"
        f" JOIN (VALUES {names}) n(number, file) ON n.number = f._file"
        f" JOIN (VALUES {codes}) c(code, reason, column_name) ON c.code = f.code"
    )
    for batch in staged.session.batches(sql):
        yield batch.cast(SCHEMA)


def _value(staged: Staged, careful: bool) -> str:
    secrets = any(column.secret for column in staged.contract.columns)
    cases = ""
    for check in checks(staged.contract):
        if check.column:
            column = staged.contract.column(check.column)
            cases += f" WHEN {check.code} THEN {_shown(column, secrets, careful)}"
    return f"CASE f.code{cases} END"


def _shown(column: Column, secrets: bool, careful: bool) -> str:
    text = f"CAST(m.{quoted(column.name)} AS VARCHAR)"
    masked = f"'***(' || length({text}) || ')'"
    if column.secret or (secrets and careful and not column.primary):
        return masked
    if secrets and not column.key:
        personal = f"regexp_matches({text}, '{_PERSONAL}') AND NOT regexp_full_match({text}, '{_TIME}')"
        return f"CASE WHEN {personal} THEN {masked} ELSE {text} END"
    return text


def _malformed(delivery: Delivery, target: Target) -> Iterator[pa.RecordBatch]:
    for file in delivery.claimed(target.claims):
        bad = file.decoded.malformed if file.decoded else ()
        lines = [(m.row, f"{m.actual} fields, not {m.expected}") for m in bad]
        yield from _packed([_line(delivery, target, file, reason="malformed", row=n, value=text) for n, text in lines])


def _line(delivery: Delivery, target: Target, file: RawFile, **what: str | int) -> dict[str, str | int | None]:
    place = {"source": delivery.source.name, "table": target.table, "file": file.shown}
    return {**place, "column": "", "record": None, **what}


def _packed(lines: Sequence[dict[str, str | int | None]]) -> Iterator[pa.RecordBatch]:
    if lines:
        yield pa.RecordBatch.from_pylist(lines, schema=SCHEMA)


def _file(workspace: Workspace, delivery: Delivery, target: Target, refused: bool = False) -> Path:
    name = f"{delivery.day.isoformat()}{'-refused' if refused else ''}.parquet"
    return workspace.quarantine / delivery.source.name / target.table / name


def _write(file: Path, batches: Iterable[pa.RecordBatch]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    rows = 0
    with pq.ParquetWriter(fresh, SCHEMA, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
    if rows:
        fresh.replace(file)
    else:
        fresh.unlink()
        file.unlink(missing_ok=True)
