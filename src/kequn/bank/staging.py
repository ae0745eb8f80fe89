"""One table of one delivery on its way in: the mapped rows, what is wrong with them, and their counts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import duckdb

from kequn.bank.contract import Contract
from kequn.bank.delivery import Delivery, RawFile
from kequn.bank.mapping import Mapping
from kequn.bank.quality import FAULT, code_of, staging_sql
from kequn.bank.refusal import Refusal
from kequn.bank.session import Session, scan
from kequn.bank.source import Target
from kequn.engine.duck import quoted
from kequn.errors import KequnError

# Rows found wrong only by comparison with others, and rows that are known already.
FAULTS = "_staged_fault"
DUPLICATES = "_staged_duplicate"


@dataclass(frozen=True)
class Counts:
    """Rows of one file: delivered, quarantined, duplicate."""

    rows_in: int
    quarantined: int
    duplicate: int

    @property
    def loaded(self) -> int:
        return self.rows_in - self.quarantined - self.duplicate


@dataclass(frozen=True)
class Staged:
    """The mapped rows of one table of one delivery, in a file of typed columns with clear C2 values."""

    session: Session
    delivery: Delivery
    target: Target
    contract: Contract
    mapping: Mapping
    path: Path

    @property
    def files(self) -> list[RawFile]:
        return self.delivery.claimed(self.target.claims)

    @property
    def rows(self) -> str:
        """SQL of all mapped rows."""
        return scan(self.path)

    def sound(self) -> str:
        """SQL of the rows that no check has found wrong so far."""
        return f"(SELECT * FROM (SELECT * FROM {self.rows} WHERE {FAULT} = 0){self._without(FAULTS)})"

    def accepted(self) -> str:
        """SQL of the rows to load: neither wrong nor duplicate."""
        return f"(SELECT * FROM {self.sound()}{self._without(DUPLICATES)})"

    def blame(self, reason: str, column: str, rows: str) -> None:
        """Find the rows (SQL giving ``_file``, ``_row``) at fault."""
        code = code_of(self.contract, reason, column)
        self.session.run(f"INSERT INTO {FAULTS} SELECT _file, _row, {code} FROM ({rows})")

    def known(self, rows: str) -> None:
        """Count the rows (SQL giving ``_file``, ``_row``) as duplicates."""
        self.session.run(f"INSERT INTO {DUPLICATES} SELECT _file, _row FROM ({rows})")

    def faulty(self) -> str:
        """SQL of ``_file``, ``_row`` and ``code`` of every row at fault, once each."""
        return (
            f"SELECT _file, _row, min(code) AS code FROM (SELECT _file, _row, {FAULT} AS code FROM {self.rows}"
            f" WHERE {FAULT} > 0 UNION ALL SELECT * FROM {FAULTS}) GROUP BY _file, _row"
        )

    def counts(self) -> dict[int, Counts]:
        """Counts by file number."""
        session = self.session
        wrong = dict(session.rows(f"SELECT _file, count(*) FROM ({self.faulty()}) GROUP BY _file"))
        known = dict(session.rows(f"SELECT _file, count(*) FROM {DUPLICATES} GROUP BY _file"))
        derived = dict(session.rows(f"SELECT _file, count(*) FROM {self.rows} GROUP BY _file"))
        strange = set(derived) - {file.number for file in self.files}
        if strange:
            raise KequnError(f"{self.target.origin} gives a _file that is none of {', '.join(self.target.claims)}.")
        counted: dict[int, Counts] = {}
        for file in self.files:
            number = file.number
            rows_in = derived.get(number, 0) if self.target.derived else file.rows
            malformed = len(file.decoded.malformed) if file.decoded and not self.target.derived else 0
            counted[number] = Counts(rows_in, wrong.get(number, 0) + malformed, known.get(number, 0))
        return counted

    def by_check(self) -> dict[int, int]:
        """Rows at fault by code of the check."""
        return dict(self.session.rows(f"SELECT code, count(*) FROM ({self.faulty()}) GROUP BY code"))

    def _without(self, table: str) -> str:
        (any_there,) = self.session.row(f"SELECT count(*) > 0 FROM {table}")
        return f" ANTI JOIN {table} USING (_file, _row)" if any_there else ""


def stage(session: Session, delivery: Delivery, target: Target, contract: Contract, mapping: Mapping) -> Staged:
    """Run the mapping with all checks of single rows; raises Refusal where the mapping cannot run."""
    path = session.work / "staged.parquet"
    sql = staging_sql(contract, delivery.source.name, mapping.sql, mapping.types)
    try:
        session.run(f"COPY ({sql}) TO '{path}' (FORMAT parquet, COMPRESSION snappy)")
    except duckdb.Error as error:
        # The engine's message quotes the value, which may be personal.
        message = re.sub(r"'[^']*'|\"[^\"]*\"", "'...'", str(error).splitlines()[0])
        raise Refusal(f"{target.origin} fails on the delivered files: {message}") from None
    for table, columns in (
        (FAULTS, "_file INTEGER, _row BIGINT, code INTEGER"),
        (DUPLICATES, "_file INTEGER, _row BIGINT"),
    ):
        session.run(f"CREATE OR REPLACE TEMP TABLE {table} ({columns})")
    staged = Staged(session, delivery, target, contract, mapping, path)
    if not target.derived:
        _check_complete(staged)
    return staged


def _check_complete(staged: Staged) -> None:
    """Blame rows that the mapping lost; raises KequnError where it gives a raw row twice.

    Count, sum and hash of the row numbers of each file are compared first, which is all that a sound mapping costs.
    """
    session = staged.session
    raw = " UNION ALL ".join(f"SELECT _file, _row FROM {quoted(name)}" for name in staged.target.claims)
    marks = "count(*), sum(_row), bit_xor(hash(_row))"
    before = session.rows(f"SELECT _file, {marks} FROM ({raw}) GROUP BY _file ORDER BY _file")
    after = session.rows(f"SELECT _file, {marks} FROM {staged.rows} GROUP BY _file ORDER BY _file")
    if before == after:
        return
    twice = session.rows(f"SELECT _file, _row FROM {staged.rows} GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL LIMIT 1")
    if twice:
        raise KequnError(
            f"{staged.target.origin} gives row {twice[0][1]} of a file more than once.",
            "Each claimed row must come out once; mark the table as derived: true where it is not one row each.",
        )
    staged.blame("not_mapped", "", f"SELECT _file, _row FROM ({raw}) ANTI JOIN {staged.rows} USING (_file, _row)")
