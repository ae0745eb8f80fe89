"""A night is published whole or not at all, and its hashes tell its content."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kequn.engine.publish import abandoned, before, content_hash, current, nights, publish
from kequn.errors import KequnError
from kequn.workspace import Workspace


def work(workspace: Workspace, name: str = ".work") -> Path:
    folder = workspace.nights / name / "customer"
    folder.mkdir(parents=True)
    pq.write_table(pa.table({"customer_id": [1, 2]}), folder / "part-0.parquet")
    return folder.parent


def manifest(day: date, key: str) -> dict[str, object]:
    return {"as_of": day.isoformat(), "key": key * 64, "tables": {"customer": {"rows": 2}}}


@pytest.fixture
def place(tmp_path):
    return Workspace.open(tmp_path)


def test_readers_see_nothing_before_and_the_night_after(place):
    assert current(place) is None
    day = date(2026, 1, 31)
    night = publish(place, work(place), day, manifest(day, "a"))
    assert current(place) == night
    assert night.table("customer").is_dir()
    with pytest.raises(KequnError, match="no table nothing"):
        night.table("nothing")


def test_the_newest_business_date_stays_current_when_the_past_is_replayed(place):
    for day in (date(2026, 2, 28), date(2026, 1, 31)):
        publish(place, work(place), day, manifest(day, "a"))
    assert current(place).as_of == date(2026, 2, 28)
    assert current(place, date(2026, 1, 31)).as_of == date(2026, 1, 31)
    assert before(place, date(2026, 2, 28)).as_of == date(2026, 1, 31)
    assert before(place, date(2026, 1, 31)) is None
    assert [night.as_of.month for night in nights(place)] == [1, 2]


def test_a_night_run_again_with_other_input_replaces_the_first(place):
    day = date(2026, 1, 31)
    first = publish(place, work(place), day, manifest(day, "a"))
    second = publish(place, work(place), day, manifest(day, "b"))
    assert current(place).folder == second.folder
    assert list(abandoned(place)) == [first.folder]


def test_the_same_night_again_leaves_the_published_folder_alone(place):
    day = date(2026, 1, 31)
    first = publish(place, work(place), day, manifest(day, "a"))
    inode = first.folder.stat().st_ino
    again = publish(place, work(place), day, manifest(day, "a"))
    assert again.folder.stat().st_ino == inode
    assert list(abandoned(place)) == []


def write(folder: Path, *tables: dict[str, list[object]]) -> Path:
    folder.mkdir()
    for number, table in enumerate(tables):
        pq.write_table(pa.table(table), folder / f"part-{number}.parquet")
    return folder


def test_content_hash_ignores_order_and_files_and_sees_every_change(tmp_path):
    one = content_hash(write(tmp_path / "one", {"a": [1, 2, 3], "b": ["x", None, "z"]}))
    split = content_hash(write(tmp_path / "two", {"b": ["z"], "a": [3]}, {"b": [None, "x"], "a": [2, 1]}))
    other = content_hash(write(tmp_path / "three", {"a": [1, 2, 3], "b": ["x", None, "y"]}))
    twice = content_hash(write(tmp_path / "four", {"a": [1, 2, 3, 3], "b": ["x", None, "z", "z"]}))
    assert one == split
    assert one[0] == 3
    assert len({one[1], other[1], twice[1]}) == 3
