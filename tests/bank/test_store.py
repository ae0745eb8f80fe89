"""Parts: what a night of a day reads, and how a part comes to be."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kequn.bank import store
from kequn.bank.store import Part
from kequn.workspace import Workspace

JANUARY, FEBRUARY, MARCH = date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)


def put(workspace: Workspace, table: str, source: str, day: date) -> Part:
    folder, number = store.destination(workspace, table, source, day)
    written = store.fresh_folder(workspace.data / "written")
    (written / "part-0.parquet").write_text("rows")
    part = Part(folder, table, source, day, number, 1, f"{source}{day}{number}", day, None, "d", "f", ({"file": "a"},))
    store.publish(part, written)
    return part


def test_a_snapshot_is_read_as_it_stood_and_events_as_far_as_they_came(workspace: Workspace) -> None:
    for table in ("party", "posting", "balance"):
        for source, days in (("a", (JANUARY, MARCH)), ("b", (FEBRUARY,))):
            for day in days:
                put(workspace, table, source, day)
    read = {
        (table, day): [(p.source, p.delivered) for p in store.part_infos(workspace, table, day)]
        for table in ("party", "posting", "balance")
        for day in (date(2024, 1, 30), JANUARY, date(2024, 3, 30), MARCH)
    }
    for table in ("party", "posting", "balance"):
        assert read[table, date(2024, 1, 30)] == []
        assert read[table, JANUARY] == [("a", JANUARY)]
        assert read[table, date(2024, 3, 30)] == [("a", JANUARY), ("b", FEBRUARY)]
    assert read["party", MARCH] == [("a", MARCH), ("b", FEBRUARY)]
    assert read["posting", MARCH] == read["balance", MARCH] == [("a", JANUARY), ("a", MARCH), ("b", FEBRUARY)]


def test_parts_of_one_day_follow_each_other_beyond_ten(workspace: Workspace) -> None:
    names = [put(workspace, "party", "a", JANUARY).folder.name for _ in range(12)]
    assert names[:2] == ["2024-01-31", "2024-01-31.1"]
    assert [part.number for part in store.source_parts(workspace, "party", "a")] == list(range(12))
    assert store.parts(workspace, "party") == [workspace.bank / "party" / "a" / "2024-01-31.11"]


def test_a_part_reads_back_as_it_was_published(workspace: Workspace) -> None:
    part = put(workspace, "posting", "a", FEBRUARY)
    assert store.source_parts(workspace, "posting", "a") == [part]


def test_unfinished_and_derived_folders_are_not_parts(workspace: Workspace) -> None:
    put(workspace, "balance", "a", JANUARY)
    for name in (".2024-02-29", "_state"):
        (workspace.bank / "balance" / "a" / name).mkdir()
    assert [part.delivered for part in store.source_parts(workspace, "balance", "a")] == [JANUARY]


def test_newest_delivery_of_any_table(workspace: Workspace) -> None:
    assert store.newest(workspace) is None
    put(workspace, "party", "a", MARCH)
    put(workspace, "posting", "b", JANUARY)
    assert store.newest(workspace) == MARCH


def test_nothing_is_visible_before_the_rename(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rename", killed)
    with pytest.raises(KeyboardInterrupt):
        put(workspace, "party", "a", MARCH)
    assert store.parts(workspace, "party") == []
