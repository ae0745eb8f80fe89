"""Read raw files of any look: CSV becomes Parquet with text columns, Parquet is read where it lies."""

from __future__ import annotations

import codecs
import csv
import gzip
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from kequn.bank.refusal import Refusal
from kequn.bank.source import RawTable

DELIMITERS = ",;|\t"
BLOCK = 1 << 22
# This many well-formed multi-byte characters before a broken one mean UTF-8 with an error, not another encoding.
SURE_CHARACTERS = 20
# Bounds the memory that positions of bad records take; a file with more is not the table it should be.
MALFORMED_MOST = 100_000


@dataclass(frozen=True)
class Malformed:
    """A record whose number of fields is wrong; ``row`` is its position, 1 is the first after the header."""

    row: int
    expected: int
    actual: int


@dataclass(frozen=True)
class Decoded:
    """A raw file as Parquet. ``rows`` counts its good records; ``rows + len(malformed)`` is what was delivered."""

    path: Path
    text: bool
    rows: int
    columns: tuple[str, ...]
    malformed: tuple[Malformed, ...] = ()

    @property
    def delivered(self) -> int:
        return self.rows + len(self.malformed)


def decode(path: Path, number: int, raw: RawTable, folder: Path) -> Decoded:
    """Make file ``path`` readable as Parquet; raises Refusal for an empty, truncated or undecodable file.

    A CSV file is written to ``folder`` with its columns as text, ``_file`` (``number``) and ``_row``.
    """
    if path.stat().st_size == 0:
        raise Refusal(f"{path.name} is empty.")
    if path.suffix == ".parquet":
        return _parquet(path)
    encoding = raw.encoding or detect_encoding(path)
    header = _header(path, encoding)
    delimiter = raw.delimiter or detect_delimiter(header)
    names = _names(path, header, delimiter)
    return _Csv(path, number, encoding, delimiter, names).write(folder / f"{raw.name}-{number}.parquet")


def detect_encoding(path: Path) -> str:
    """utf-8-sig, utf-8 or gb18030; raises Refusal naming the position where the file is none of them."""
    with _opened(path) as handle:
        if handle.read(3) == codecs.BOM_UTF8:
            return "utf-8-sig"
    position, characters = _broken_at(path, "utf-8")
    if position is None:
        return "utf-8"
    if characters >= SURE_CHARACTERS:
        raise Refusal(f"{path.name} is UTF-8, but byte {position} is not.")
    other, _ = _broken_at(path, "gb18030")
    if other is not None:
        raise Refusal(f"{path.name} is neither UTF-8 (byte {position}) nor GB18030 (byte {other}).")
    return "gb18030"


def detect_delimiter(header: str) -> str:
    """The most frequent of the known delimiters in the header line; a comma where there is none."""
    counts = Counter(character for character in header if character in DELIMITERS)
    return counts.most_common(1)[0][0] if counts else ","


@dataclass
class _Csv:
    path: Path
    number: int
    encoding: str
    delimiter: str
    names: list[str]
    malformed: list[Malformed] = field(default_factory=list)
    _last: pa.RecordBatch | None = None

    def write(self, target: Path) -> Decoded:
        fields = [pa.field(name, pa.string()) for name in self.names]
        schema = pa.schema([*fields, pa.field("_file", pa.int32()), pa.field("_row", pa.int64())])
        rows = 0
        try:
            with pq.ParquetWriter(target, schema, compression="lz4") as writer:
                for batch in self._batches():
                    numbers = self._numbers(rows, batch.num_rows)
                    place = pa.array(np.full(batch.num_rows, self.number, dtype=np.int32))
                    writer.write_batch(pa.record_batch([*batch.columns, place, pa.array(numbers)], schema=schema))
                    rows += batch.num_rows
                    self._bounded()
                    self._last = batch
        except (pa.ArrowInvalid, UnicodeDecodeError, EOFError) as error:
            raise Refusal(f"{self.path.name} cannot be read: {error}.") from None
        self._whole(rows)
        return Decoded(target, True, rows, tuple(self.names), tuple(self.malformed))

    def _batches(self) -> Iterator[pa.RecordBatch]:
        read = pa_csv.ReadOptions(
            use_threads=False, block_size=BLOCK, column_names=self.names, skip_rows=1, encoding=_arrow(self.encoding)
        )
        parse = pa_csv.ParseOptions(
            delimiter=self.delimiter, newlines_in_values=True, invalid_row_handler=self._invalid
        )
        convert = pa_csv.ConvertOptions(
            column_types=dict.fromkeys(self.names, pa.string()), strings_can_be_null=True, null_values=[""]
        )
        with pa.input_stream(str(self.path), compression="detect") as stream:
            try:
                yield from pa_csv.open_csv(stream, read, parse, convert)
            except pa.ArrowInvalid as error:
                if "Empty CSV" not in str(error):
                    raise

    def _invalid(self, row: pa_csv.InvalidRow) -> str:
        self.malformed.append(Malformed(int(row.number) - 1, row.expected_columns, row.actual_columns))
        return "skip"

    def _numbers(self, before: int, rows: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Positions of the next ``rows`` good records, of which ``before`` came earlier: bad ones leave gaps."""
        good_before_gap = np.array([gap.row - 1 - index for index, gap in enumerate(self.malformed)], dtype=np.int64)
        good_before = np.arange(before, before + rows, dtype=np.int64)
        return good_before + 1 + np.searchsorted(good_before_gap, good_before, side="right")

    def _bounded(self) -> None:
        if len(self.malformed) > MALFORMED_MOST:
            found = f"row {self.malformed[0].row} has {self.malformed[0].actual} fields instead of {len(self.names)}"
            raise Refusal(f"{self.path.name} has over {MALFORMED_MOST} malformed records: {found}.")

    def _whole(self, rows: int) -> None:
        """Refuse a file that ends in the middle of a record or within quotation marks."""
        last = rows + len(self.malformed)
        if self._last is not None and self._last.num_rows:
            final = self._last.slice(self._last.num_rows - 1).to_pylist()[0]
            if any("\n" in (value or "") for value in final.values()) and _odd_quotes(self.path):
                raise Refusal(f"{self.path.name}: a quotation mark in row {last} is never closed.")
        cut = bool(self.malformed) and self.malformed[-1].row == last
        if cut and self.malformed[-1].actual < len(self.names) and not _terminated(self.path):
            raise Refusal(f"{self.path.name} is truncated: its last line, row {last}, breaks off.")


def _parquet(path: Path) -> Decoded:
    try:
        described = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError):
        raise Refusal(f"{path.name} is truncated: it has no readable Parquet footer.") from None
    with described:
        return Decoded(path, False, described.metadata.num_rows, tuple(described.schema_arrow.names))


def _opened(path: Path) -> IO[bytes]:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def _arrow(encoding: str) -> str:
    return "utf8" if encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig") else encoding


def _broken_at(path: Path, encoding: str) -> tuple[int | None, int]:
    """Byte position of the first broken character (None if all is well), and multi-byte characters before it."""
    decoder = codecs.getincrementaldecoder(encoding)()
    seen = characters = 0
    with _opened(path) as handle:
        while block := handle.read(BLOCK):
            try:
                text = decoder.decode(block)
            except UnicodeDecodeError as error:
                good = error.object[: error.start].decode(encoding)
                return seen + error.start, characters + _multi_byte(good)
            seen += len(block)
            characters += _multi_byte(text)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return seen, characters
    return None, characters


def _multi_byte(text: str) -> int:
    return 0 if text.isascii() else sum(not character.isascii() for character in text)


def _header(path: Path, encoding: str) -> str:
    with _opened(path) as handle:
        try:
            return handle.readline().decode("utf-8-sig" if _arrow(encoding) == "utf8" else encoding).rstrip("\r\n")
        except (UnicodeDecodeError, LookupError) as error:
            raise Refusal(f"The header of {path.name} is not {encoding}: {error}.") from None


def _names(path: Path, header: str, delimiter: str) -> list[str]:
    names = [name.strip() for name in next(csv.reader([header], delimiter=delimiter), [])]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise Refusal(f"{path.name} has two columns named {twice[0]}.")
    if not any(names):
        raise Refusal(f"{path.name} has no header line.")
    return names


def _odd_quotes(path: Path) -> bool:
    with _opened(path) as handle:
        return sum(block.count(b'"') for block in iter(lambda: handle.read(BLOCK), b"")) % 2 == 1


def _terminated(path: Path) -> bool:
    if path.suffix == ".gz":
        return True
    with path.open("rb") as handle:
        handle.seek(-1, 2)
        return handle.read(1) in (b"\n", b"\r")
