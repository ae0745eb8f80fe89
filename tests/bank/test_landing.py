"""Landed files and control files."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kequn.bank.landing import Control, controls, data_files, landed
from kequn.errors import KequnError


def put(folder: Path, name: str, text: str = "x") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, "utf-8")
    return folder / name


def test_deliveries_come_by_day_then_source_then_table(tmp_path: Path) -> None:
    for place in ("b/party/2024-03-01", "a/posting/2024-03-01", "a/party/2024-03-01", "b/party/2024-02-29"):
        put(tmp_path / place, "f.csv")
    (tmp_path / "a" / "party" / "2024-03-02").mkdir()
    assert [(item.day, item.source, item.raw) for item in landed(tmp_path)] == [
        (date(2024, 2, 29), "b", "party"), (date(2024, 3, 1), "a", "party"),
        (date(2024, 3, 1), "a", "posting"), (date(2024, 3, 1), "b", "party"),
    ]  # fmt: skip


def test_control_files_and_unfinished_files_are_no_data(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "a.csv.ctl", "control.json", "_control.csv", ".hidden", "c.csv.tmp", "d.part"):
        put(tmp_path, name)
    assert [path.name for path in data_files(tmp_path)] == ["a.csv", "b.csv"]


def test_a_folder_that_is_no_day_is_named(tmp_path: Path) -> None:
    put(tmp_path / "a/party/march", "f.csv")
    with pytest.raises(KequnError, match=r"march is not named after a day.*2026-11-30"):
        list(landed(tmp_path))


def test_the_three_forms_of_control_files(tmp_path: Path) -> None:
    one, two, three = (put(tmp_path / place, "f.csv") for place in ("one", "two", "three"))
    put(tmp_path / "one", "f.csv.ctl", '{"rows": 3, "sums": {"amount": "10.05"}}')
    put(tmp_path / "two", "control.json", '{"files": {"f.csv": {"rows": 4, "sum": "1.10"}}}')
    put(tmp_path / "three", "_control.csv", "\ufefffile,rows,sum\nf.csv,5,2.20\n")
    stated = controls([one, two, three])
    assert stated.files[one] == Control("f.csv.ctl", 3, {"amount": Decimal("10.05")})
    assert stated.files[two] == Control("control.json", 4, {}, Decimal("1.10"))
    assert stated.files[three] == Control("_control.csv", 5, {}, Decimal("2.20"))
    assert stated.folders == {}


def test_one_statement_for_a_whole_folder(tmp_path: Path) -> None:
    file = put(tmp_path, "f.csv")
    put(tmp_path, "control.json", '{"rows": 9}')
    assert controls([file]).folders == {tmp_path: Control("control.json", 9)}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{rows: 3", "not valid JSON"),
        ("[3]", "must hold an object"),
        ('{"rows": "many"}', "number that cannot be read"),
    ],
)
def test_a_control_file_that_cannot_be_read_is_named(tmp_path: Path, text: str, words: str) -> None:
    file = put(tmp_path, "f.csv")
    put(tmp_path, "f.csv.ctl", text)
    with pytest.raises(KequnError, match=words):
        controls([file])
