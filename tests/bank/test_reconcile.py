"""Reconciliation against a plain day-by-day comparison, over random ledgers and any split into parts."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kequn.bank import reconcile
from kequn.bank.contract import contracts
from kequn.bank.store import Part
from kequn.engine.build import Build, digest
from kequn.engine.duck import DuckEngine
from kequn.engine.macros import Parameters
from kequn.engine.query import compile_query
from kequn.workspace import Settings

AS_OF = date(2025, 3, 20)
ARROW = {"BIGINT": pa.int64(), "VARCHAR": pa.string(), "DATE": pa.date32(), "TIMESTAMP": pa.timestamp("us"),
         "BOOLEAN": pa.bool_()}  # fmt: skip
# account -> its rows in order: (day, balance at the day's end or None without a row, signed postings of the day)
Ledger = Sequence[tuple[date, int | None, Sequence[int]]]
Row = dict[str, object]
names = itertools.count()


class Night:
    """The stages of reconciliation over one part a month and table."""

    def __init__(self, folder: Path, previous: Sequence[Path] = ()) -> None:
        self.folder = folder / str(next(names))
        self.engine = DuckEngine(1, "1GB", self.folder / "spill")
        self.build = Build(self.engine, self.folder / "work", previous, lambda _: None)
        self.build.work.mkdir(parents=True)

    def run(self, ledgers: Mapping[int, Ledger], as_of: date = AS_OF, tolerance: int = 0) -> dict[int, Row]:
        parameters = Parameters(as_of, Settings.load().changed(reconcile__tolerance_fen=tolerance))
        rows = {"balance": balances(ledgers), "posting": postings(ledgers)}
        parts = {
            table: [self.part(table, month, chosen) for month, chosen in by_month(table, found)]
            for table, found in rows.items()
        }
        accounts = [{"account_id": account, "source_ref": f"A{account}"} for account in ledgers]
        kept = self.write("account", "all", accounts)
        self.build.attach("account_at_rest", [kept], contracts()["account"].stored_columns, digest(repr(accounts)))
        reconcile.build(self.build, parameters, parts)
        text = (
            "SELECT account_id, source_ref, first_day, last_day, days_apart, largest_gap_fen, total_gap_fen,"
            " largest_drift_fen FROM reconciliation"
        )
        found_rows = self.engine.fetch(compile_query(text, parameters)).to_pylist()
        return {row["account_id"]: row for row in found_rows}

    def part(self, table: str, month: str, rows: Sequence[Row]) -> Part:
        found = [business_day(table, row) for row in rows]
        folder = self.write(table, month, rows)
        return Part(folder, table, "core", max(found), 0, len(rows), digest(*map(repr, rows)), min(found), max(found))

    def write(self, table: str, name: str, rows: Sequence[Row]) -> Path:
        folder = self.folder / table / name
        folder.mkdir(parents=True)
        columns = contracts()[table].stored_columns
        arrays = {name: pa.array([row.get(name) for row in rows], ARROW[kind]) for name, kind in columns.items()}
        pq.write_table(pa.table(arrays), folder / "part-0.parquet")
        return folder


def balances(ledgers: Mapping[int, Ledger]) -> list[Row]:
    rows: list[Row] = []
    for account, ledger in ledgers.items():
        before = 0
        for day, balance, _ in ledger:
            if balance is not None:
                change = {"balance_fen": balance, "change_fen": balance - before}
                rows.append({"account_id": account, "valid_from": day, **change})
                before = balance
    return rows


def postings(ledgers: Mapping[int, Ledger]) -> list[Row]:
    return [
        {
            "posting_id": account,
            "account_id": account,
            "posted_at": datetime(day.year, day.month, day.day, 23, 59, 59),
            "amount_fen": abs(amount),
            "direction": "in" if amount > 0 else "out",
        }
        for account, ledger in ledgers.items()
        for day, _, amounts in ledger
        for amount in amounts
    ]


def business_day(table: str, row: Row) -> date:
    at = row["valid_from" if table == "balance" else "posted_at"]
    return at.date() if isinstance(at, datetime) else at


def by_month(table: str, rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    months: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        months[f"{business_day(table, row):%Y-%m}"].append(row)
    yield from sorted(months.items())


def by_hand(ledger: Ledger, as_of: date, tolerance: int) -> Row | None:
    """The report of one account, day by day."""
    active = {(day.year, day.month) for day, _, amounts in ledger if amounts and day <= as_of}
    before, gaps = 0, {}
    for day, balance, amounts in ledger:
        gap = (before if balance is None else balance) - before - sum(amounts)
        starts_from_nothing = balance is not None and before == 0
        before = before if balance is None else balance
        if day > as_of or starts_from_nothing or (day.year, day.month) not in active:
            continue
        if abs(gap) > tolerance:
            gaps[day] = gap
    if not gaps:
        return None
    return {
        "first_day": min(gaps), "last_day": max(gaps), "days_apart": len(gaps),
        "largest_gap_fen": max(map(abs, gaps.values())), "total_gap_fen": sum(gaps.values()),
        "largest_drift_fen": max(abs(total) for total in itertools.accumulate(gaps.values())),
    }  # fmt: skip


@st.composite
def ledgers(draw: st.DrawFn) -> list[tuple[date, int | None, list[int]]]:
    """Days from January on; a balance mostly follows its postings, and is at times missing or off."""
    day, balance, listed = date(2025, 1, 1), draw(st.integers(0, 3)), []
    for gap, amounts, off, written in draw(
        st.lists(
            st.tuples(
                st.integers(1, 25),
                st.lists(st.integers(-5, 5).filter(bool), max_size=3),
                st.sampled_from([0, 0, 0, 1, -2]),
                st.sampled_from([True, True, True, False]),
            ),
            max_size=9,
        )
    ):
        day += timedelta(gap)
        if written:
            balance += sum(amounts) + off
        listed.append((day, balance if written else None, amounts))
    return listed


@settings(max_examples=25, deadline=None)
@given(st.lists(ledgers(), min_size=1, max_size=12), st.integers(0, 1))
def test_equals_a_comparison_by_hand(tmp_path_factory, drawn: list[Ledger], tolerance: int) -> None:
    night = Night(tmp_path_factory.getbasetemp() / "reconcile")
    found = night.run(dict(enumerate(drawn)), tolerance=tolerance)
    night.engine.close()
    for account, ledger in enumerate(drawn):
        expected = by_hand(ledger, AS_OF, tolerance)
        row = found.pop(account, None)
        assert (row is None) == (expected is None)
        assert row is None or row == {"account_id": account, "source_ref": f"A{account}", **(expected or {})}
    assert not found


DRIFTING: Ledger = [
    (date(2025, 1, 5), 10_000, [10_000]),
    (date(2025, 1, 6), 9_510, [-500]),
    (date(2025, 2, 10), 9_490, [-10]),
    (date(2025, 3, 1), 8_500, [-1_000, 10]),
]


def test_a_drifting_ledger_is_listed_with_its_gaps(tmp_path: Path) -> None:
    clean: Ledger = [(date(2025, 1, 5), 7, []), (date(2025, 1, 9), 10, [3])]
    found = Night(tmp_path).run({1: DRIFTING, 2: clean})
    assert found == {
        1: {
            "account_id": 1, "source_ref": "A1", "first_day": date(2025, 1, 6), "last_day": date(2025, 2, 10),
            "days_apart": 2, "largest_gap_fen": 10, "total_gap_fen": 0, "largest_drift_fen": 10,
        }
    }  # fmt: skip


def test_closed_months_are_compared_once(tmp_path: Path) -> None:
    first = Night(tmp_path)
    first.run({1: DRIFTING}, as_of=date(2025, 3, 1))
    later: Ledger = [*DRIFTING, (date(2025, 3, 2), 8_600, [90])]
    second = Night(tmp_path, [first.build.work])
    found = second.run({1: later}, as_of=date(2025, 3, 2))
    reused = {stage.name: stage.reused for stage in second.build.stages}
    assert (reused["ledger_gap_closed"], reused["ledger_gap_open"]) == (True, False)
    assert found[1]["total_gap_fen"] == 10
    assert found == Night(tmp_path).run({1: later}, as_of=date(2025, 3, 2))


@pytest.mark.parametrize("as_of", [date(2025, 1, 5), date(2025, 1, 6), date(2025, 2, 9)])
def test_later_days_are_not_read(tmp_path: Path, as_of: date) -> None:
    found = Night(tmp_path).run({1: DRIFTING}, as_of=as_of)
    assert len(found) == (as_of > date(2025, 1, 5))
    assert all(row["last_day"] <= as_of for row in found.values())
