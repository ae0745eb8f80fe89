"""Landed files with their control files: Parquet for big tables, CSV of several looks for small ones."""

from __future__ import annotations

import filecmp
import io
import json
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from kequn.bank.contract import contracts
from kequn.sandbox.dirt import Dirt
from kequn.sandbox.plan import Bools, Delivery, Ints, Plan

YUAN = pa.decimal128(18, 2)


@dataclass(frozen=True)
class Look:
    """How a CSV file is written."""

    encoding: str
    delimiter: str


LOOKS = {
    "product": Look("gb18030", ";"),
    "org": Look("utf-8-sig", ","),
    "staff": Look("gb18030", ","),
    "officer": Look("utf-8", "|"),
    "corporate_client": Look("gb18030", "|"),
    "card_bin": Look("utf-8", ";"),
    "calendar": Look("utf-8-sig", ";"),
    "rate": Look("utf-8", ","),
    "merchant": Look("gb18030", ","),
    "loan": Look("utf-8", "|"),
    "relation": Look("utf-8-sig", "|"),
    "risk_signal": Look("utf-8", ";"),
}


@dataclass(frozen=True)
class Landing:
    """Where the deliveries of one chunk go: ``folder``/<table>/<date>/<part>; ``rows`` counts them by table."""

    folder: Path
    plan: Plan
    chunk: int
    dirt: Dirt
    rows: Counter[str] = field(default_factory=Counter)

    def events(self, table: str, data: pa.Table, days: Ints) -> None:
        """Deliver each row in the delivery that covers its day number."""
        for delivery in self.plan.deliveries:
            inside = (days > delivery.after) & (days <= delivery.upto)
            self.write(table, delivery, data.filter(pa.array(inside)))

    def write(self, table: str, delivery: Delivery, data: pa.Table) -> None:
        """Write one file and its control file; a delivery without rows leaves no file."""
        if data.num_rows == 0:
            return
        day = delivery.on.isoformat()
        data = self.dirt.add(table, day, data, self.plan.chance(self.chunk, f"dirt {table} {day}"))
        data = plain(data)
        self.rows[table] += data.num_rows
        folder = self.folder / table / day
        folder.mkdir(parents=True, exist_ok=True)
        look = LOOKS.get(table)
        file = folder / f"{self.dirt.part}.{'csv' if look else 'parquet'}"
        if look:
            file.write_bytes(csv_bytes(data, look))
        else:
            pq.write_table(data, file, compression="zstd", row_group_size=122_880)
        control = {"rows": data.num_rows, "sums": _sums(table, data)}
        file.with_name(f"{file.name}.ctl").write_text(json.dumps(control, sort_keys=True), "utf-8")


def drop_unchanged(landing: Path, deliveries: Sequence[Delivery]) -> Counter[str]:
    """Take back snapshots that equal the one before, which a source would not send again; rows taken back by table."""
    dropped: Counter[str] = Counter()
    days = [delivery.on.isoformat() for delivery in deliveries if delivery.snapshot]
    for table in sorted(path for path in landing.iterdir() if contracts()[path.name].kind == "snapshot"):
        kept: Path | None = None
        for folder in (table / day for day in days if (table / day).is_dir()):
            if kept is not None and _same(kept, folder):
                dropped[table.name] += sum(json.loads(file.read_text())["rows"] for file in folder.glob("*.ctl"))
                shutil.rmtree(folder)
            else:
                kept = folder
    return dropped


def _same(one: Path, other: Path) -> bool:
    names = sorted(file.name for file in one.iterdir())
    if names != sorted(file.name for file in other.iterdir()):
        return False
    return all(filecmp.cmp(one / name, other / name, shallow=False) for name in names)


def yuan(fen: Ints, absent: Bools | None = None) -> pa.Array:
    """Whole fen as yuan with two decimals, without a detour over floating point."""
    words = np.empty((len(fen), 2), np.int64)
    words[:, 0], words[:, 1] = fen, fen >> 63
    values = pa.Array.from_buffers(YUAN, len(fen), [None, pa.py_buffer(words)])
    if absent is None:
        return values
    return pc.if_else(pa.array(absent), pa.scalar(None, YUAN), values)


def texts(letter: str, numbers: Ints, width: int, absent: Bools | None = None) -> pa.Array:
    """Identifiers: a letter and a zero-padded number; NULL where ``absent``."""
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    joined = pc.binary_join_element_wise(letter, digits, "")
    return joined if absent is None else blank(joined, absent)


def turns(person: Ints) -> Ints:
    """0 for a person's first row, 1 for the second, and so on, whatever the order of rows."""
    order = np.argsort(person, kind="stable")
    ordered = person[order]
    turn = np.empty(len(person), np.int64)
    turn[order] = np.arange(len(person)) - np.searchsorted(ordered, ordered, side="left")
    return turn


def blank(values: pa.Array, absent: Bools) -> pa.Array:
    """``values`` with NULL where ``absent``."""
    return pc.if_else(pa.array(absent), pa.scalar(None, values.type), values)


def plain(data: pa.Table) -> pa.Table:
    """Texts without Arrow's dictionaries: one with a repeated entry would not give the same bytes every time."""
    for place, name in enumerate(data.column_names):
        kind = data.schema.field(name).type
        if pa.types.is_dictionary(kind):
            data = data.set_column(place, name, data.column(place).cast(kind.value_type))
    return data


def csv_bytes(data: pa.Table, look: Look) -> bytes:
    """The table as CSV text in the encoding and with the delimiter of ``look``."""
    buffer = io.BytesIO()
    options = pa_csv.WriteOptions(delimiter=look.delimiter, quoting_style="needed")
    pa_csv.write_csv(data, buffer, options)
    raw = buffer.getvalue()
    return raw if look.encoding == "utf-8" else raw.decode("utf-8").encode(look.encoding)


def _sums(table: str, data: pa.Table) -> dict[str, str]:
    column = contracts()[table].control_column
    if column is None:
        return {}
    name = column.replace("_fen", "_yuan")
    return {name: str(pc.sum(data[name].cast(pa.decimal128(38, 2))).as_py())}
