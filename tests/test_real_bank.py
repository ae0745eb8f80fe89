"""Two real systems of the same people, from their files to a published night, against plain Python."""

from __future__ import annotations

import csv
import itertools
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import duckdb
import pytest

from kequn import night
from kequn.bank import reconcile, tables
from kequn.bank.load import LoadReport, load
from kequn.engine.build import Build
from kequn.engine.duck import DuckEngine
from kequn.engine.macros import Parameters
from kequn.engine.publish import Published, current
from kequn.engine.query import compile_query
from kequn.workspace import Workspace

DATA = Path(__file__).parents[2] / "shared" / "data"
SYSTEMS = ("berka", "retail_demo")
AS_OF = date(1997, 6, 30)
DUMPED = date(1998, 12, 31)
Posting = tuple[int, int]  # signed amount and running balance, in fen
Ledger = Mapping[date, list[Posting]]


@dataclass(frozen=True)
class Bank:
    """Both systems loaded, and the night of AS_OF published."""

    workspace: Workspace
    reports: dict[str, LoadReport]
    night: Published

    def rows(self, text: str) -> list[tuple]:
        """Rows of a query over published tables, written {table}."""
        named = {
            name: f"read_parquet('{self.night.folder / name}/*.parquet')" for name in self.night.manifest["tables"]
        }
        return duckdb.sql(text.format(**named)).fetchall()


@pytest.fixture(scope="module")
def bank(require, tmp_path_factory: pytest.TempPathFactory) -> Bank:
    for system in SYSTEMS:
        require((DATA / system).is_dir(), f"the real files of {system} in ../shared/data")
    workspace = Workspace.open(tmp_path_factory.mktemp("real"))
    reports = {system: load(workspace, system, DATA / system) for system in SYSTEMS}
    night.run(workspace, AS_OF)
    published = current(workspace)
    assert published is not None
    return Bank(workspace, reports, published)


@cache
def ledgers() -> dict[str, Ledger]:
    """Postings of each account by day, in the order of the file."""
    found: dict[str, dict[date, list[Posting]]] = defaultdict(lambda: defaultdict(list))
    with (DATA / "berka/ledger/trans_test.csv").open(encoding="ascii", newline="") as handle:
        for row in csv.DictReader(handle, delimiter=";"):
            text = row["date"]
            day = date(1900 + int(text[:2]), int(text[2:4]), int(text[4:]))
            sign = 1 if row["type"] == "credit" else -1
            found[row["account_id"]][day].append((sign * fen(row["amount"]), fen(row["balance"])))
    return found


def fen(text: str) -> int:
    whole, _, part = text.lstrip("-").partition(".")
    value = int(whole) * 100 + int(part.ljust(2, "0"))
    return -value if text.startswith("-") else value


@cache
def day_ends(account: str) -> dict[date, int]:
    """Balance at the end of each day with postings: the last one of the order in which balances fit best."""
    ends: dict[date, int] = {}
    before = 0
    for day, postings in sorted(ledgers()[account].items()):
        before = min(itertools.permutations(postings), key=lambda order: misfit(order, before))[-1][1]
        ends[day] = before
    return ends


def misfit(order: tuple[Posting, ...], before: int) -> int:
    total = 0
    for amount, balance in order:
        total += abs(before + amount - balance)
        before = balance
    return total


def drift(account: str, until: date) -> tuple | None:
    """Days apart, first, last, largest gap, sum of gaps, largest running sum; None where all postings fit."""
    ends = day_ends(account)
    before, gaps = 0, {}
    for number, (day, postings) in enumerate(sorted(ledgers()[account].items())):
        gap = ends[day] - before - sum(amount for amount, _ in postings)
        before = ends[day]
        if gap and number and day <= until:
            gaps[day] = gap
    if not gaps:
        return None
    sizes = [abs(gap) for gap in gaps.values()]
    running = [abs(total) for total in itertools.accumulate(gaps.values())]
    return len(gaps), min(gaps), max(gaps), max(sizes), sum(gaps.values()), max(running)


def month_average(account: str, as_of: date) -> int:
    """Sum of the month's day-ends up to ``as_of`` over its days so far, rounded half up."""
    ends = day_ends(account)
    total = 0
    for number in range(as_of.day):
        day = as_of.replace(day=1) + timedelta(number)
        known = [end for end in ends if end <= day]
        total += ends[max(known)] if known else 0
    return (2 * total + as_of.day) // (2 * as_of.day)


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_row_of_every_file_is_accounted_for(bank: Bank, system: str) -> None:
    report = bank.reports[system]
    assert report.closes
    assert report.quarantined == 0
    listed = {item.file for item in report.files}
    assert listed == {str(path.relative_to(DATA / system)) for path in (DATA / system).rglob("*.csv")}
    assert {item.status for item in report.files} == {"loaded", "lookup"}
    for item in report.files:
        with (DATA / system / item.file).open(encoding="utf-8", newline="") as handle:
            lines = sum(1 for _ in handle) - 1
        if item.status == "loaded" and item.table not in ("rate", "balance"):
            assert item.rows_in == lines, item.file


def test_the_ledgers_copies_are_duplicates(bank: Bank) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    for item in bank.reports["berka"].files:
        counts[item.table, "loaded"] += item.loaded
        counts[item.table, "duplicate"] += item.duplicate
    assert counts["party", "loaded"] == counts["party", "duplicate"] == 5_369
    assert counts["account", "loaded"] == counts["account", "duplicate"] == 4_500
    assert counts["loan", "loaded"] == counts["loan", "duplicate"] == 682
    assert (counts["card", "loaded"], counts["card", "duplicate"]) == (892, 202)
    assert counts["posting", "loaded"] == 30_200
    assert counts["balance", "loaded"] == sum(len(ledger) for ledger in ledgers().values())


def test_identity_joins_both_systems(bank: Bank) -> None:
    """Everyone known by then is one customer of two parties that carry the same number, typed in two ways."""
    listed = ", ".join(f"'{part}'" for part in (bank.workspace.bank / "party").rglob("*.parquet"))
    rows = bank.rows(
        "SELECT i.customer_id, list(p.source ORDER BY p.source), list(p.source_ref ORDER BY p.source)"
        f" FROM {{identity}} i JOIN read_parquet([{listed}]) p USING (party_id) GROUP BY ALL"
    )
    with (DATA / "berka/masters/disp.csv").open(encoding="ascii", newline="") as handle:
        accounts = {row["client_id"]: row["account_id"] for row in csv.DictReader(handle, delimiter=";")}
    with (DATA / "berka/masters/account.csv").open(encoding="ascii", newline="") as handle:
        opened = {row["account_id"]: row["date"] for row in csv.DictReader(handle, delimiter=";")}
    known = {client for client, account in accounts.items() if opened[account] <= f"{AS_OF:%y%m%d}"}
    assert len(rows) == len(known)
    for _, sources, numbers in rows:
        assert sources == list(SYSTEMS)
        assert numbers[0] in known
        assert numbers[1] == f"C{int(numbers[0]):08}"
    assert bank.rows("SELECT count(*) FROM {identity_guard}") == [(0,)]


def test_no_account_is_counted_twice(bank: Bank) -> None:
    ((accounts, numbers),) = bank.rows("SELECT count(*), count(DISTINCT account_number_token) FROM {account}")
    assert accounts == numbers


def test_reconciliation_lists_the_drifting_ledgers(bank: Bank) -> None:
    rows = bank.rows(
        "SELECT source_ref, days_apart, first_day, last_day, largest_gap_fen, total_gap_fen, largest_drift_fen"
        " FROM {reconciliation}"
    )
    assert {row[0]: row[1:] for row in rows} == drifting(AS_OF)


def test_the_drift_stays_within_60_haler(bank: Bank) -> None:
    """The whole dump: ledgers drift by 0.60 CZK at most."""
    parameters = Parameters(DUMPED, bank.workspace.settings)
    folder = bank.workspace.home / "dumped"
    build = Build(DuckEngine(2, "1GB", folder / "spill"), folder, [], lambda _: None)
    parts = tables.attach(build, bank.workspace, parameters)
    reconcile.build(build, parameters, parts)
    text = "SELECT source_ref, days_apart, total_gap_fen, largest_drift_fen FROM reconciliation"
    rows = build.engine.fetch(compile_query(text, parameters)).to_pylist()
    expected = drifting(DUMPED)
    assert {row["source_ref"]: row["largest_drift_fen"] for row in rows} == {k: v[-1] for k, v in expected.items()}
    assert max(row["largest_drift_fen"] for row in rows) == 60
    assert len(rows) > 300, "nearly every ledger drifts"
    build.engine.close()


def drifting(until: date) -> dict[str, tuple]:
    found = {account: drift(account, until) for account in ledgers()}
    return {account: row for account, row in found.items() if row}


def test_aum_month_avg_equals_an_independent_calculation(bank: Bank) -> None:
    """Of every account with a ledger, from its day-ends."""
    rows = bank.rows(
        "SELECT a.source_ref, c.aum, c.aum_month_avg FROM {account} a JOIN {customer} c USING (customer_id)"
    )
    shown = {ref: (aum, average) for ref, aum, average in rows if ref in ledgers()}
    begun = [account for account in ledgers() if min(ledgers()[account]) <= AS_OF]
    assert set(begun) <= set(shown)
    assert len(begun) > 250
    for account in begun:
        ends = day_ends(account)
        last = ends[max(day for day in ends if day <= AS_OF)]
        assert shown[account] == (last, month_average(account, AS_OF)), account
