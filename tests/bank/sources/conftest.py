"""Run one mapping of a source over raw rows stated in a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

import duckdb
import pyarrow as pa
import pytest

Raw = Mapping[str, Sequence[Mapping[str, str | None]]]
RunMapping = Callable[[str, str, Raw], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def mapped() -> Iterator[RunMapping]:
    """``mapped(source, table, raw)``: what the mapping makes of raw rows, as loading exposes them."""
    bank = resources.files("kequn.bank")
    connection = duckdb.connect()
    for statement in duckdb.extract_statements(bank.joinpath("mapping.sql").read_text("utf-8")):
        connection.execute(statement)

    def run(source: str, table: str, raw: Raw) -> list[dict[str, Any]]:
        for number, (name, rows) in enumerate(raw.items()):
            names = list(rows[0])
            columns = {column: pa.array([row[column] for row in rows], pa.string()) for column in names}
            placed = {"_file": pa.array([number] * len(rows)), "_row": pa.array(range(1, len(rows) + 1))}
            connection.register("given", pa.table(columns | placed))
            connection.execute(f'CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM given')
        text = bank.joinpath("sources", source, f"{table}.sql").read_text("utf-8")
        return connection.sql(text).to_arrow_table().to_pylist()

    yield run
    connection.close()
