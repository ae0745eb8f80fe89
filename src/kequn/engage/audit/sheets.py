"""Write rows as CSV or Excel: row by row in bounded memory, marked with whose file it is, harmless when opened."""

from __future__ import annotations

import csv
import io
import math
import re
import tempfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from django.utils import timezone

Row = Sequence[object]
BOM = "utf-8-sig"
# What spreadsheets take for a formula, also in full width as Chinese and Japanese editions do.
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?%?")
DIGITS_MOST = 10**15  # Excel keeps fifteen digits; longer numbers are customers, not amounts
CELL_MOST = 32_767
HEADER_MOST = 255


def dangerous(text: str) -> bool:
    """Whether a spreadsheet might compute this text; numbers with a sign are only numbers.

    >>> [dangerous(text) for text in ("=1+1", "-12.50", "+8613800000000", "@SUM(A1)", "张三")]
    [True, False, False, True, False]
    """
    return bool(FORMULA.match(text)) and not NUMBER.fullmatch(text)


def write_csv(file: IO[bytes], columns: Sequence[str], rows: Iterable[Row], mark: str) -> int:
    """CSV in UTF-8 with a byte order mark: the mark, the heads, the rows, the mark again; returns how many rows."""
    text = io.TextIOWrapper(file, encoding=BOM, newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow([_plain(mark)])
    writer.writerow([_plain(column) for column in columns])
    number = 0
    for row in rows:
        number += 1
        writer.writerow([_plain(value) for value in row])
    writer.writerow([_plain(mark)])
    text.flush()
    text.detach()
    return number


def write_excel(file: IO[bytes], columns: Sequence[str], rows: Iterable[Row], mark: str) -> int:
    """One sheet with the mark in its first and last line and on every printed page; returns how many rows."""
    with tempfile.TemporaryDirectory(prefix="kequn-export-") as folder:
        book = _Book(file, folder)
        book.marked(mark)
        book.write(0, [mark])
        book.write(1, columns, book.bold)
        number = 0
        for row in rows:
            number += 1
            book.write(number + 1, row)
        book.write(number + 2, [mark])
        book.close()
    return number


class _Book:
    """A workbook of one sheet whose rows are written once, from the top down."""

    def __init__(self, file: IO[bytes], folder: str) -> None:
        import xlsxwriter  # costs a tenth of a second, and few pages need it

        self._book = xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": folder, "strings_to_urls": False})
        self._sheet = self._book.add_worksheet()
        self.bold = self._book.add_format({"bold": True})
        self._text = self._book.add_format({"quote_prefix": True})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._time = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})

    def marked(self, mark: str) -> None:
        """Put ``mark`` at the head and foot of every printed page."""
        text = mark.replace("&", "&&")[: HEADER_MOST - 2]
        self._sheet.set_header(f"&L{text}")
        self._sheet.set_footer(f"&L{text}")
        self._sheet.freeze_panes(2, 0)

    def write(self, row: int, values: Row, style: Any = None) -> None:
        for column, value in enumerate(values):
            self._cell(row, column, value, style)

    def _cell(self, row: int, column: int, value: object, style: Any) -> None:
        if isinstance(value, bool):
            self._sheet.write_boolean(row, column, value, style)
        elif _is_number(value):
            self._sheet.write_number(row, column, value, style)
        elif isinstance(value, datetime):
            self._sheet.write_datetime(row, column, _local(value), self._time)
        elif isinstance(value, date):
            self._sheet.write_datetime(row, column, value, self._day)
        elif text := _text(value):
            self._sheet.write_string(row, column, text[:CELL_MOST], self._text if dangerous(text) else style)

    def close(self) -> None:
        self._book.close()


def _is_number(value: object) -> bool:
    """A number that a spreadsheet holds exactly."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return False
    return math.isfinite(value) and not (isinstance(value, int) and abs(value) >= DIGITS_MOST)


def _plain(value: object) -> str:
    text = _text(value)
    return f"'{text}" if isinstance(value, str) and dangerous(text) else text


def _text(value: object) -> str:
    if value is None or (isinstance(value, float | Decimal) and not math.isfinite(value)):
        return ""
    if isinstance(value, datetime):
        return _local(value).isoformat(" ", "seconds")
    return str(value)


def _local(value: datetime) -> datetime:
    return timezone.make_naive(value) if timezone.is_aware(value) else value


def counted(rows: Iterable[Row], most: int, error: Exception) -> Iterator[Row]:
    """The rows, but ``error`` where there are more than ``most``: a list may have grown since it was counted.

    A generator is closed in either case, and with it the cursor that it reads.
    """
    try:
        for number, row in enumerate(rows, 1):
            if number > most:
                raise error
            yield row
    finally:
        if isinstance(rows, Generator):
            rows.close()
