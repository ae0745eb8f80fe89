"""Closed months are kept; late data touches only the months it belongs to."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kequn.bank.contract import contracts
from kequn.bank.store import Part
from kequn.engine.build import Build
from kequn.engine.duck import DuckEngine
from kequn.engine.macros import Parameters
from kequn.engine.query import compile_query
from kequn.insight.months.ranges import BEGINNING, Aggregate, Range, build_aggregate, ranges
from kequn.workspace import Settings

TEXT = "SELECT party_id, month_start(assessed_on) AS month, count(*) AS n FROM risk_profile GROUP BY ALL"
TEXT = TEXT.replace("GROUP BY ALL", "GROUP BY party_id, month_start(assessed_on)")
AGGREGATE = Aggregate("profile_month", "risk_profile", TEXT)


class Nights:
    """Runs the aggregate night after night over parts that were delivered so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parts: list[Part] = []
        self.works: list[Path] = []

    def deliver(self, *days: date) -> None:
        number = len(self.parts)
        folder = self.folder / f"part{number}"
        folder.mkdir()
        columns = contracts()["risk_profile"].stored_columns
        table = pa.table(
            {
                "assessment_id": [number * 100 + i for i in range(len(days))],
                "party_id": [1] * len(days),
                "assessed_on": list(days),
                "tolerance": [3] * len(days),
            }
        )
        assert set(table.column_names) == set(columns)
        pq.write_table(table, folder / "part-0.parquet")
        self.parts.append(
            Part(folder, "risk_profile", "s", max(days), number, len(days), f"hash{number}", min(days), max(days))
        )

    def run(self, as_of: date, full: bool = False) -> tuple[dict[date, int], list[str]]:
        """Counts by month, and the names of ranges that were computed (not kept)."""
        parameters = Parameters(as_of, Settings.load())
        work = self.folder / f"night{len(self.works)}"
        engine = DuckEngine(1, "200MB", work / ".spill")
        build = Build(engine, work, [] if full else self.works[-1:], lambda _: None)
        build_aggregate(build, AGGREGATE, self.parts, parameters)
        rows = engine.fetch(
            compile_query("SELECT month, isum(n) AS n FROM profile_month GROUP BY month", parameters)
        ).to_pylist()
        engine.close()
        self.works.append(work)
        return {row["month"]: row["n"] for row in rows}, [s.name for s in build.stages if not s.reused]


@pytest.fixture
def nights(tmp_path):
    return Nights(tmp_path)


def test_the_first_night_has_one_closed_range_and_the_open_month():
    closed, opened = ranges([], "x", date(2026, 3, 10))
    assert closed == [Range(BEGINNING, date(2026, 2, 28))]
    assert opened == Range(date(2026, 3, 1), date(2026, 3, 10))


def test_a_following_night_computes_the_open_month_alone(nights):
    nights.deliver(date(2026, 1, 5), date(2026, 2, 6), date(2026, 2, 7))
    nights.deliver(date(2026, 3, 1))
    nights.run(date(2026, 3, 1))
    nights.deliver(date(2026, 3, 2))
    counts, computed = nights.run(date(2026, 3, 2))
    assert counts == {date(2026, 1, 1): 1, date(2026, 2, 1): 2, date(2026, 3, 1): 2}
    assert computed == ["profile_month__20260301_20260302"]


def test_a_new_month_closes_the_last_one(nights):
    nights.deliver(date(2026, 2, 6))
    nights.run(date(2026, 2, 28))
    nights.deliver(date(2026, 3, 1))
    counts, computed = nights.run(date(2026, 3, 1))
    assert counts == {date(2026, 2, 1): 1, date(2026, 3, 1): 1}
    assert computed == ["profile_month__20260301_20260301"]
    counts, _ = nights.run(date(2026, 4, 2))
    assert counts == {date(2026, 2, 1): 1, date(2026, 3, 1): 1}


def test_late_rows_recompute_the_range_they_belong_to(nights):
    nights.deliver(date(2026, 1, 5))
    nights.deliver(date(2026, 2, 5))
    nights.run(date(2026, 2, 10))
    nights.run(date(2026, 3, 10))
    nights.deliver(date(2026, 2, 20))
    counts, computed = nights.run(date(2026, 3, 11))
    assert counts == {date(2026, 1, 1): 1, date(2026, 2, 1): 2}
    assert computed == ["profile_month__20260201_20260228", "profile_month__20260301_20260311"]
    assert nights.run(date(2026, 3, 11), full=True)[0] == counts


def test_rows_after_the_business_date_are_not_seen(nights):
    nights.deliver(date(2026, 1, 5), date(2026, 1, 20))
    assert nights.run(date(2026, 1, 10))[0] == {date(2026, 1, 1): 1}
