"""Reading raw files of any look, with the true position of every record."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kequn.bank.decode import Decoded, Malformed, decode, detect_delimiter, detect_encoding
from kequn.bank.refusal import Refusal
from kequn.bank.source import RawTable

PLAIN = RawTable("t", "*", None, None)
TEXT = st.text(st.sampled_from('ab12 .,;|"客群\n'), max_size=6).map(lambda text: text.strip(" "))


def read(decoded: Decoded) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = pq.read_table(decoded.path).to_pylist()
    return rows


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=8),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
    delimiter=st.sampled_from(",;|"),
    zipped=st.booleans(),
)
def test_every_look_gives_the_same_records(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], encoding: str, delimiter: str, zipped: bool
) -> None:
    folder = tmp_path_factory.mktemp("look")
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([("编号", "b", "c"), *rows])
    raw = text.getvalue().encode(encoding)
    file = folder / ("a.csv.gz" if zipped else "a.csv")
    file.write_bytes(gzip.compress(raw) if zipped else raw)
    decoded = decode(file, 7, PLAIN, folder)
    assert decoded.columns == ("编号", "b", "c")
    found = [(row["编号"] or "", row["b"] or "", row["c"] or "") for row in read(decoded)]
    assert found == rows
    assert [(row["_file"], row["_row"]) for row in read(decoded)] == [(7, n + 1) for n in range(len(rows))]


@settings(max_examples=40, deadline=None)
@given(widths=st.lists(st.sampled_from([2, 2, 2, 1, 3]), min_size=1, max_size=30))
def test_malformed_records_leave_gaps_in_the_positions(
    tmp_path_factory: pytest.TempPathFactory, widths: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("gaps")
    lines = [",".join(f"r{number}" for _ in range(width)) for number, width in enumerate(widths, 1)]
    file = folder / "a.csv"
    file.write_text("\n".join(["a,b", *lines]) + "\n")
    decoded = decode(file, 0, PLAIN, folder)
    assert [(row["a"], row["_row"]) for row in read(decoded)] == [
        (f"r{number}", number) for number, width in enumerate(widths, 1) if width == 2
    ]
    assert decoded.malformed == tuple(Malformed(n, 2, width) for n, width in enumerate(widths, 1) if width != 2)
    assert decoded.delivered == len(widths)


def test_positions_hold_across_blocks(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    count, bad = 600_000, {9, 300_000, 599_999}
    file.write_text("a,b\n" + "".join(f"{n}\n" if n in bad else f"{n},x\n" for n in range(1, count + 1)))
    table = pq.read_table(decode(file, 0, PLAIN, tmp_path).path)
    assert table["a"].cast(pa.int64()).equals(table["_row"])
    assert table.num_rows == count - len(bad)


def test_parquet_is_read_where_it_lies(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": [1, 2]}), file)
    assert decode(file, 0, PLAIN, tmp_path) == Decoded(file, False, 2, ("a",))


def test_one_broken_byte_does_not_turn_utf8_into_another_encoding(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(("客群," * 20).encode() + b"\xe5\xae\n")
    with pytest.raises(Refusal, match="is UTF-8, but byte 140 is not"):
        detect_encoding(file)


def test_a_short_gb18030_file_is_recognised(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("编号\n王伟\n".encode("gb18030"))
    assert detect_encoding(file) == "gb18030"


def test_the_stated_look_wins_over_the_detected_one(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a;b,c\n1;2,3\n")
    assert detect_delimiter("a;b,c;d") == ";"
    decoded = decode(file, 0, RawTable("t", "*", ",", "utf-8"), tmp_path)
    assert decoded.columns == ("a;b", "c")


def test_an_unterminated_last_line_that_is_whole_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a,b\n1,2\n3,4")
    assert decode(file, 0, PLAIN, tmp_path).rows == 2
