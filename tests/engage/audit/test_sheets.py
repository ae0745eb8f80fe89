"""Files open as what was written: numbers stay numbers, and nothing is computed that a customer typed."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.engage.audit.sheets import counted, dangerous, write_csv, write_excel

MARK = "Exported by A & B for: a test"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def csv_of(columns, rows):
    file = io.BytesIO()
    assert write_csv(file, columns, rows, MARK) == len(rows)
    assert file.getvalue().startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline="")))


def excel_of(columns, rows):
    """The sheet's cells as (type, value, style) by reference, its XML, and that of the styles."""
    file = io.BytesIO()
    assert write_excel(file, columns, rows, MARK) == len(rows)
    with zipfile.ZipFile(file) as archive:
        text = archive.read("xl/worksheets/sheet1.xml").decode()
        styles = archive.read("xl/styles.xml").decode()
    cells = {}
    for cell in ElementTree.fromstring(text).iter(f"{SHEET}c"):
        value = cell.find(f"{SHEET}v")
        inline = cell.find(f"{SHEET}is/{SHEET}t")
        cells[cell.get("r")] = (cell.get("t", "n"), value.text if value is not None else inline.text, cell.get("s"))
    return cells, text, styles


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|'/C calc'!A0", "-2+3+cmd", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1+1", "－A1", "+86 138"]
)
def test_what_begins_like_a_formula_is_harmless(text):
    assert dangerous(text)
    assert csv_of(["name"], [[text]])[2] == ["'" + text]
    cells, _, styles = excel_of(["name"], [[text]])
    kind, _, style = cells["A3"]
    assert kind == "inlineStr"
    formats = re.findall(r"<xf [^>]*>", styles.split("<cellXfs")[1])
    assert 'quotePrefix="1"' in formats[int(style)]


@pytest.mark.parametrize(
    "text", ["-12.50", "+3", "-1,234.5", "-5%", "+8613800000000", "12", "张三", "", "a=b", "𠮷😀'\""]
)
def test_numbers_and_ordinary_texts_stay_as_they_are(text):
    assert csv_of(["name"], [[text]])[2] == [text]


def test_numbers_are_numbers_and_long_ones_keep_their_digits():
    row = [-12, -1.5, Decimal("-0.25"), True, None, 4611686018427387905, float("nan")]
    cells, text, _ = excel_of(list("abcdefg"), [row])
    assert [cells.get(f"{letter}3", ("", ""))[:2] for letter in "ABCDEFG"] == [
        ("n", "-12"), ("n", "-1.5"), ("n", "-0.25"), ("b", "1"), ("", ""), ("inlineStr", str(row[5])), ("", ""),
    ]  # fmt: skip
    assert "<f>" not in text
    assert csv_of(list("abcdefg"), [row])[2] == ["-12", "-1.5", "-0.25", "True", "", "4611686018427387905", ""]


def test_dates_are_dates_and_times_are_local():
    moment = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
    assert csv_of(["day", "at"], [[date(2026, 11, 24), moment]])[2] == ["2026-11-24", "2026-11-25 02:30:00"]
    cells, _, _ = excel_of(["day"], [[date(2026, 11, 24)]])
    assert cells["A3"][:2] == ("n", str((date(2026, 11, 24) - date(1899, 12, 30)).days))


def test_both_kinds_are_marked_at_both_ends():
    rows = csv_of(["name"], [["a"], ["b"]])
    assert rows == [[MARK], ["name"], ["a"], ["b"], [MARK]]
    cells, text, _ = excel_of(["name"], [["a"], ["b"]])
    assert [cells[f"A{line}"][1] for line in (1, 2, 3, 4, 5)] == [MARK, "name", "a", "b", MARK]
    assert "Exported by A &amp;&amp; B" in text.split("<headerFooter")[1]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=4))
def test_no_cell_of_a_csv_begins_a_formula(row):
    for text in csv_of([str(each) for each in range(len(row))], [row])[2]:
        assert not dangerous(text)


def test_a_text_too_long_for_a_cell_is_cut_and_not_lost():
    cells, _, _ = excel_of(["name"], [["x" * 40_000]])
    assert cells["A3"][1] == "x" * 32_767


def test_rows_beyond_the_limit_are_an_error_and_close_what_they_come_from():
    closed = []

    def rows():
        try:
            yield from ([number] for number in range(9))
        finally:
            closed.append(True)

    with pytest.raises(ValueError, match="too many"):
        list(counted(rows(), 8, ValueError("too many")))
    assert closed
    assert len(list(counted(rows(), 9, ValueError("too many")))) == 9
