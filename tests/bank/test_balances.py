"""Additive balances against a plain step function, for any history in any split and order."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kequn.bank import balances, store
from kequn.bank.contract import contracts
from kequn.bank.delivery import Delivery
from kequn.bank.mapping import Mapping
from kequn.bank.session import Session, open_session
from kequn.bank.source import Source, Target
from kequn.bank.staging import DUPLICATES, FAULTS, Staged
from kequn.workspace import Workspace

START = date(2024, 1, 31)
DAYS = 24
SCHEMA = pa.schema(
    [
        ("account_id", pa.int64()), ("valid_from", pa.date32()), ("valid_to", pa.date32()),
        ("balance_fen", pa.int64()), ("_file", pa.int32()), ("_row", pa.int64()), ("_fault", pa.int16()),
    ]
)  # fmt: skip


class Row(NamedTuple):
    account: int
    first: int
    last: int | None
    fen: int


def day(number: int) -> date:
    return START + timedelta(days=number)


def brute_force(deliveries: Sequence[Sequence[Row]], account: int, number: int) -> int:
    """The newest row that begins up to the day, in the version delivered last; 0 once it has ended."""
    versions = {row.first: row for delivery in deliveries for row in delivery if row.account == account}
    begun = [first for first in versions if first <= number]
    if not begun:
        return 0
    row = versions[max(begun)]
    return row.fen if row.last is None or number <= row.last else 0


class Bank:
    """Loads deliveries of balance rows one by one, without the files around them."""

    def __init__(self, session: Session, source: str) -> None:
        self.session = session
        self.source = source
        self.number = 0

    def deliver(self, rows: Sequence[Row], delivered: date) -> None:
        staged = self._staged(rows)
        balances.check_known(staged)
        folder, number = store.destination(self.session.workspace, "balance", self.source, delivered)
        written = store.fresh_folder(self.session.work / "part")
        balances.write(staged, written / "part-0.parquet")
        stored = pq.read_metadata(written / "part-0.parquet").num_rows
        self.number += 1
        store.publish(
            store.Part(folder, "balance", self.source, delivered, number, stored, f"h{self.number}", None, None),
            written,
        )
        balances.remember(staged)

    def forget_state(self) -> None:
        for file in (self.session.workspace.bank / "balance" / self.source / "_state").glob("*"):
            file.unlink()

    def _staged(self, rows: Sequence[Row]) -> Staged:
        path = self.session.work / "staged.parquet"
        plain = [(r.account, day(r.first), None if r.last is None else day(r.last), r.fen, 0, n, 0)
                 for n, r in enumerate(rows, 1)]  # fmt: skip
        columns = [
            pa.array(list(values), kind) for values, kind in zip(zip(*plain, strict=True), SCHEMA.types, strict=True)
        ]
        pq.write_table(pa.table(columns, schema=SCHEMA), path)
        self.session.run(f"CREATE OR REPLACE TEMP TABLE {FAULTS} (_file INTEGER, _row BIGINT, code INTEGER)")
        self.session.run(f"CREATE OR REPLACE TEMP TABLE {DUPLICATES} (_file INTEGER, _row BIGINT)")
        source = Source(self.source, "", "", None, {}, ())
        return Staged(
            self.session, Delivery(source, START), Target("balance", (), False, "", ""),
            contracts()["balance"], Mapping("", {}, ()), path,
        )  # fmt: skip


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with tempfile.TemporaryDirectory() as folder, open_session(Workspace.open(folder)) as opened:
        yield opened


NAMES = count()


def fresh(session: Session) -> Bank:
    """A source system that has delivered nothing yet."""
    return Bank(session, f"core{next(NAMES)}")


def folders(loaded: Bank) -> list[Path]:
    return [part.folder for part in store.source_parts(loaded.session.workspace, "balance", loaded.source)]


def sums(files: Sequence[Path], accounts: Sequence[int]) -> dict[tuple[int, int], int]:
    """Day-end balances by account and day: cumulative sums of the stored changes."""
    listed = ", ".join(f"'{file / 'part-0.parquet'}'" for file in files)
    rows = duckdb.sql(f"SELECT account_id, valid_from, change_fen FROM read_parquet([{listed}])").fetchall()
    return {
        (account, number): sum(fen for owner, on, fen in rows if owner == account and on <= day(number))
        for account in accounts
        for number in range(-1, DAYS + 4)
    }


@st.composite
def delivery(draw: st.DrawFn) -> list[Row]:
    """Rows of one delivery: one row a start, no row begins within an earlier one."""
    rows: list[Row] = []
    for account in draw(st.sets(st.integers(1, 3), min_size=1)):
        until = -1
        for first in sorted(draw(st.sets(st.integers(0, DAYS), min_size=1, max_size=6))):
            length = draw(st.none() | st.integers(0, 5))
            if first > until:
                last = None if length is None else first + length
                rows.append(Row(account, first, last, draw(st.integers(-3, 9)) * 100))
                until = max(until, -1 if last is None else last)
    return draw(st.permutations(rows))


@settings(max_examples=40, deadline=None)
@given(deliveries=st.lists(delivery(), min_size=1, max_size=4), forgotten=st.sets(st.integers(0, 3)))
def test_sums_equal_the_step_function_whatever_is_delivered(
    session: Session, deliveries: list[list[Row]], forgotten: set[int]
) -> None:
    accounts = (1, 2, 3)
    loaded = fresh(session)
    for number, rows in enumerate(deliveries):
        if number in forgotten:
            loaded.forget_state()
        loaded.deliver(rows, day(30 + number // 2))
    for known in range(1, len(deliveries) + 1):
        found = sums(folders(loaded)[:known], accounts)
        assert found == {key: brute_force(deliveries[:known], *key) for key in found}


@pytest.mark.parametrize(
    ("what", "deliveries"),
    [
        ("one open row", [[Row(1, 3, None, 500)]]),
        ("an end without successor", [[Row(1, 3, 5, 500)]]),
        ("a gap", [[Row(1, 3, 5, 500), Row(1, 9, None, 200)]]),
        ("an open row closed by its successor", [[Row(1, 3, None, 500)], [Row(1, 8, None, 700)]]),
        ("an open row delivered again, closed", [[Row(1, 3, None, 500)], [Row(1, 3, 7, 500), Row(1, 8, None, 700)]]),
        ("an open row closed for good", [[Row(1, 3, None, 500)], [Row(1, 3, 7, 500)]]),
        ("a late row between two", [[Row(1, 3, 5, 500), Row(1, 9, None, 200)], [Row(1, 6, 8, 50)]]),
        ("a corrected balance", [[Row(1, 3, 5, 500), Row(1, 6, None, 200)], [Row(1, 3, 5, 499)]]),
        ("a successor of a closed row", [[Row(1, 3, 5, 500)], [Row(1, 6, None, 200)]]),
        ("a longer end", [[Row(1, 3, 5, 500)], [Row(1, 3, 9, 500)]]),
        ("the same again", [[Row(1, 3, 5, 500)], [Row(1, 3, 5, 500), Row(1, 6, 6, 1)]]),
        ("history before the known", [[Row(1, 9, None, 200)], [Row(1, 0, 2, 7)], [Row(1, 3, 8, 8)]]),
    ],
)
def test_a_case(session: Session, what: str, deliveries: list[list[Row]]) -> None:
    loaded = fresh(session)
    for number, rows in enumerate(deliveries):
        loaded.deliver(rows, day(30 + number))
    found = sums(folders(loaded), [1])
    assert found == {key: brute_force(deliveries, *key) for key in found}, what


def test_far_future_ends_stand_open(session: Session) -> None:
    loaded = fresh(session)
    loaded.deliver([Row(1, 0, (date(9999, 12, 31) - START).days, 500)], day(30))
    assert [(row["valid_to"], row["change_fen"]) for row in read(loaded)] == [(None, 500)]


def test_an_unchanged_last_row_is_a_duplicate_and_adds_nothing(session: Session) -> None:
    loaded = fresh(session)
    loaded.deliver([Row(1, 0, 4, 500), Row(2, 0, None, 3)], day(30))
    loaded.deliver([Row(1, 0, 4, 500), Row(2, 0, None, 3)], day(31))
    assert session.row(f"SELECT count(*) FROM {DUPLICATES}") == (2,)
    assert len(read(loaded)) == 3


def read(loaded: Bank) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for folder in folders(loaded):
        rows += pq.read_table(folder / "part-0.parquet").to_pylist()
    return rows
