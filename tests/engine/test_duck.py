"""What is DuckDB's own: bounds, and errors about them."""

from __future__ import annotations

import resource
from pathlib import Path

import pyarrow as pa
import pytest
import sqlglot

from kequn.engine.duck import BATCH_ROWS, DuckEngine
from kequn.engine.query import Query
from kequn.errors import KequnError


def numbers(rows: int) -> Query:
    return Query("numbers", sqlglot.parse_one(f"SELECT i AS a, md5(CAST(i AS TEXT)) AS s FROM range({rows}) AS t(i)"))


def test_map_holds_a_few_batches_at_a_time(duck: DuckEngine, tmp_path: Path) -> None:
    sizes: list[int] = []

    def measure(batch: pa.RecordBatch) -> pa.RecordBatch:
        sizes.append(batch.num_rows)
        return batch.select(["a"])

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows = duck.map(numbers(3_000_000), measure, pa.schema([("a", pa.int64())]), tmp_path / "out")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert rows == sum(sizes) == 3_000_000
    assert max(sizes) <= BATCH_ROWS
    assert grown * 1024 < 3_000_000 * 40, "the whole result would take 40 bytes a row and more"


def test_too_little_memory_is_explained(tmp_path: Path) -> None:
    engine = DuckEngine(1, "20MB", tmp_path / "spill")
    engine.connection.execute("SET max_temp_directory_size = '1MB'")
    with pytest.raises(KequnError, match="numbers needs more memory") as caught:
        engine.keep("t", numbers(2_000_000))
    assert "engine.memory" in caught.value.hint
    engine.close()


def test_a_wrong_size_is_named(tmp_path: Path) -> None:
    with pytest.raises(KequnError, match="memory_limit = 'much'"):
        DuckEngine(1, "much", tmp_path / "spill")


def test_a_function_may_use_the_engine_while_it_maps(duck: DuckEngine, tmp_path: Path) -> None:
    def look(batch: pa.RecordBatch) -> pa.RecordBatch:
        assert duck.fetch(numbers(3)).num_rows == 3
        return batch.select(["a"])

    assert duck.map(numbers(300_000), look, pa.schema([("a", pa.int64())]), tmp_path / "out") == 300_000
