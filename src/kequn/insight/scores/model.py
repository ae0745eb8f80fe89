"""A fitted model as text: parts (LightGBM text, JSON), what is known about it, and a version that names its content.

What ``about`` holds is JSON only; a family leaves out what it has not:

- purpose, limits: {zh, en} (limits may be {zh: [...], en: [...]}); owner: text; notes: [``zh | en``]
- data: ``data_record(table)``; period: {train: [from, to], validate: [from, to]}; parameters: {name: value}
- features: [{name, zh, en}]; drivers: [{name, share}], shares of the gain; names: {name: [zh, en]} of own segments
- metrics: {pooled: figures, segment: {name: figures}, tier: {name: figures}, baseline, oracle}, figures as of
  ``metrics.summary``; baseline and oracle are figures, or the same three groups, or several of either by name
- calibration: ``calibration_table`` of the validation; distributions: ``drift.distributions``; customers: how many they
  are of, where they are of all customers of the fit's date and not of those learned from
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kequn.errors import KequnError

VERSION_DIGITS = 12
PART = re.compile(r"[a-z0-9_][a-z0-9_.-]*\.(txt|json)")
RECORD = "model.json"


@dataclass(frozen=True)
class Model:
    """One fitted model of a family: ``parts`` are texts by file name, ``about`` is JSON.

    Raises KequnError for a part that is no text file of ours, and for an ``about`` that JSON cannot hold.
    """

    family: str
    parts: Mapping[str, str]
    about: Mapping[str, Any]

    def __post_init__(self) -> None:
        for name in self.parts:
            if not PART.fullmatch(name) or name == RECORD:
                raise KequnError(f"{name} is no part of a model.", "Parts are NAME.txt (LightGBM) and NAME.json.")
        # As it comes back from disk, so that a model just fitted equals the one loaded.
        object.__setattr__(self, "about", json.loads(canonical(self.about)))
        object.__setattr__(self, "parts", dict(self.parts))

    def __hash__(self) -> int:
        return hash(self.version)

    @cached_property
    def version(self) -> str:
        """First 12 hexadecimal digits of the SHA-256 over family, parts and about."""
        content = {"family": self.family, "parts": part_hashes(self.parts), "about": self.about}
        return sha256(canonical(content))[:VERSION_DIGITS]


def canonical(content: Mapping[str, Any]) -> str:
    """JSON that is the same text for the same content; raises KequnError for NaN, dates and whatever is not JSON."""
    try:
        return json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise KequnError(
            f"A model's record must be JSON: {error}.", "Use None for a figure that is not known."
        ) from None


def part_hashes(parts: Mapping[str, str]) -> dict[str, str]:
    """SHA-256 of each part by file name."""
    return {name: sha256(text) for name, text in sorted(parts.items())}


def sha256(text: str) -> str:
    """Hexadecimal SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def data_record(table: pa.Table, column: str = "as_of") -> dict[str, Any]:
    """What ``about["data"]`` says of a training table: rows, columns, hash of the content, first and last date.

    The hash is over the values in their order (as Parquet), not over how they lie in memory.
    """
    sink = _Digest()
    plain = table.replace_schema_metadata(None).combine_chunks()
    pq.write_table(plain, pa.PythonFile(sink, "w"), compression="none", use_dictionary=False, row_group_size=65_536)
    record = {"hash": sink.digest.hexdigest(), "rows": table.num_rows, "columns": table.num_columns}
    if column in table.schema.names and table.num_rows:
        ends = pc.min_max(table[column]).as_py()
        record |= {"from": str(ends["min"]), "to": str(ends["max"])}
    return record


class _Digest(io.RawIOBase):
    """A file that only remembers the hash of what was written."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self._written = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._written

    def write(self, content: bytes | memoryview) -> int:  # type: ignore[override]
        view = memoryview(content)
        self.digest.update(view)
        self._written += view.nbytes
        return view.nbytes
