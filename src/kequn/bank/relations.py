"""The checks that compare rows with others: references, double keys, events known already, overlaps."""

from __future__ import annotations

from datetime import date

from kequn.bank.contract import Column, contracts
from kequn.bank.refusal import Refusal
from kequn.bank.session import Session, scan
from kequn.bank.staging import Staged
from kequn.bank.store import Part, part_infos, source_parts
from kequn.engine.duck import parquet_files, quoted


def check_references(staged: Staged) -> None:
    """Blame rows that refer to something unknown."""
    for column in staged.contract.columns:
        if not column.reference:
            continue
        known = _known(staged, column)
        if known:
            name, targets = quoted(column.name), f"(SELECT DISTINCT {known[1]} AS k FROM {known[0]})"
            staged.blame(
                "reference",
                column.name,
                f"SELECT _file, _row FROM {staged.sound()} s ANTI JOIN {targets} t ON s.{name} = t.k"
                f" WHERE s.{name} IS NOT NULL",
            )


def check_keys(staged: Staged) -> None:
    """Of rows with one key the first stays; an identical one is a duplicate, a different one is blamed.

    Raises Refusal where two identifiers give one key.
    """
    keys = ", ".join(quoted(name) for name in staged.contract.primary_key)
    if not keys:
        return
    session, sound = staged.session, staged.sound()
    session.run(
        f"CREATE OR REPLACE TEMP TABLE _twice AS SELECT {keys} FROM {sound} GROUP BY {keys} HAVING count(*) > 1"
    )
    if session.row("SELECT count(*) FROM _twice") == (0,):
        return
    columns = ", ".join(quoted(column.name) for column in staged.contract.columns)
    session.run(
        f"CREATE OR REPLACE TEMP TABLE _later AS SELECT _file, _row, content IS NOT DISTINCT FROM first AS same FROM ("
        f"SELECT _file, _row, content, first_value(content) OVER w AS first, row_number() OVER w AS place"
        f" FROM (SELECT {keys}, _file, _row, row({columns}) AS content FROM {sound} SEMI JOIN _twice USING ({keys}))"
        f" WINDOW w AS (PARTITION BY {keys} ORDER BY _file, _row)) WHERE place > 1"
    )
    _check_collisions(staged)
    staged.known("SELECT _file, _row FROM _later WHERE same")
    staged.blame("conflicting_key", "", "SELECT _file, _row FROM _later WHERE NOT same")


def check_events(staged: Staged) -> None:
    """Count events as duplicates that an earlier delivery of the source has brought."""
    earlier = source_parts(staged.session.workspace, staged.contract.name, staged.delivery.source.name)
    files = parquet_files([part.folder for part in earlier])
    if staged.contract.kind != "event" or not files:
        return
    keys = ", ".join(quoted(name) for name in staged.contract.primary_key)
    staged.known(f"SELECT _file, _row FROM {staged.accepted()} SEMI JOIN {scan(*files)} USING ({keys})")


def check_overlaps(staged: Staged) -> None:
    """Blame intervals that begin within an earlier interval of the same account and delivery."""
    if staged.contract.kind != "change":
        return
    window = "PARTITION BY account_id ORDER BY valid_from ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    staged.blame(
        "overlap",
        "valid_from",
        f"SELECT _file, _row FROM (SELECT _file, _row, valid_from, max(valid_to) OVER ({window}) AS until"
        f" FROM {staged.accepted()}) WHERE valid_from <= until",
    )


def _known(staged: Staged, column: Column) -> tuple[str, str] | None:
    """SQL of the rows that ``column`` may refer to, and their key column; None where there is nothing to check."""
    table, key = column.reference or ("", "")
    if table == staged.contract.name:
        return staged.sound(), quoted(key)
    found = _reference_parts(
        staged.session, table, staged.delivery.source.name if column.key else None, staged.delivery.day
    )
    files = parquet_files([part.folder for part in found])
    if files:
        return scan(*files), quoted(key)
    return (f"(SELECT NULL::BIGINT AS {quoted(key)} WHERE FALSE)", quoted(key)) if column.key else None


def _reference_parts(session: Session, table: str, source: str | None, day: date) -> list[Part]:
    """Parts that a reference may point into: of a snapshot what stood on ``day``, and what stands now."""
    found = part_infos(session.workspace, table)
    if contracts()[table].kind == "snapshot":
        found += [part for part in part_infos(session.workspace, table, day) if part not in found]
    return [part for part in found if source in (None, part.source)]


def _check_collisions(staged: Staged) -> None:
    """Rows of one key that were delivered under different identifiers: the hash collides."""
    named = [c.name for c in staged.contract.columns if c.primary and c.key]
    if not named:
        return
    texts = ", ".join(f"trim(CAST({quoted(name)} AS VARCHAR)) AS {quoted(name + '_text')}" for name in named)
    mapped = f"(SELECT _file, _row, {texts} FROM ({staged.mapping.sql}))"
    keys = ", ".join(quoted(name) for name in staged.contract.primary_key)
    differ = " OR ".join(f"count(DISTINCT {quoted(name + '_text')}) > 1" for name in named)
    shown = ", ".join(f"min({quoted(name + '_text')}), max({quoted(name + '_text')})" for name in named)
    found = staged.session.rows(
        f"SELECT {shown} FROM {staged.sound()} SEMI JOIN _twice USING ({keys}) JOIN {mapped} USING (_file, _row)"
        f" GROUP BY {keys} HAVING {differ} LIMIT 1"
    )
    if found:
        raise Refusal(f"The identifiers {found[0][0]} and {found[0][1]} give the same key.")
