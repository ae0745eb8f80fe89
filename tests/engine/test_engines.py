"""What the interface promises, kept by both engines."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kequn.engine import open_engine
from kequn.engine.base import Engine
from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query
from kequn.errors import KequnError
from kequn.workspace import Settings

COLUMNS = {"a": "BIGINT", "t": "TIMESTAMP", "s": "VARCHAR", "late": "DOUBLE"}
NOON = datetime(2024, 2, 29, 12, 0, 0, 123_456)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """An older file with narrower whole numbers and without ``s``, and a folder with a newer file."""
    old = pa.table({"a": pa.array([1, 2, None], pa.int32()), "t": pa.array([NOON] * 3, pa.timestamp("us"))})
    pq.write_table(old, tmp_path / "it's old.parquet")
    (tmp_path / "new").mkdir()
    new = pa.table({"extra": [1], "s": ["客"], "a": pa.array([10**16], pa.int64())})
    pq.write_table(new, tmp_path / "new" / "part-0.parquet")
    return [tmp_path / "it's old.parquet", tmp_path / "new"]


def query(text: str, parameters: Parameters) -> Query:
    return compile_query(text, parameters, "asset.sql")


def test_attach_gives_declared_columns(engine: Engine, parameters: Parameters, files: list[Path]) -> None:
    engine.attach("mixed", files, COLUMNS)
    table = engine.fetch(query("SELECT a, t, s, late FROM mixed ORDER BY a", parameters))
    assert table.to_pylist() == [
        {"a": 1, "t": NOON, "s": None, "late": None},
        {"a": 2, "t": NOON, "s": None, "late": None},
        {"a": 10**16, "t": None, "s": "客", "late": None},
        {"a": None, "t": NOON, "s": None, "late": None},
    ]
    assert table.schema.types == [pa.int64(), pa.timestamp("us"), pa.string(), pa.float64()]


def test_attach_nothing_is_an_empty_typed_table(engine: Engine, parameters: Parameters) -> None:
    engine.attach("nothing", [], COLUMNS)
    table = engine.fetch(query("SELECT a, t, s, late FROM nothing", parameters))
    assert table.num_rows == 0
    assert table.schema.types == [pa.int64(), pa.timestamp("us"), pa.string(), pa.float64()]


def test_a_view_follows_the_table_it_reads(engine: Engine, parameters: Parameters, files: list[Path]) -> None:
    engine.attach("seen", files[:1], COLUMNS)
    engine.define("counted", query("SELECT count(*) AS n FROM seen", parameters))
    engine.attach("seen", files, COLUMNS)
    assert engine.fetch(query("SELECT n FROM counted", parameters)).to_pylist() == [{"n": 4}]


def test_keep_may_read_what_it_replaces(engine: Engine, parameters: Parameters, files: list[Path]) -> None:
    engine.attach("rounds", files[:1], COLUMNS)
    for _ in range(3):
        assert engine.keep("rounds", query("SELECT a + 1 AS a FROM rounds", parameters)) == 3
    assert engine.fetch(query("SELECT a FROM rounds ORDER BY a", parameters)).to_pydict() == {"a": [4, 5, None]}
    engine.drop("rounds")
    engine.drop("rounds")
    with pytest.raises(KequnError):
        engine.fetch(query("SELECT a FROM rounds", parameters))


def test_write_makes_plain_parquet(engine: Engine, parameters: Parameters, files: list[Path], tmp_path: Path) -> None:
    engine.attach("source", files, COLUMNS)
    text = "SELECT a, t, date_of(t) AS d, sum(a) OVER () AS total, s IS NULL AS f, 0.5 AS r FROM source"
    folder = tmp_path / "out"
    assert engine.write(query(text, parameters), folder) == 4
    assert {file.name for file in folder.iterdir()} == {f"part-{i}.parquet" for i in range(len(list(folder.iterdir())))}
    written = pq.read_table(folder).sort_by("a")
    types = [pa.int64(), pa.timestamp("us"), pa.date32(), pa.int64(), pa.bool_(), pa.float64()]
    assert written.schema.types == types
    first = {"a": 1, "t": NOON, "d": date(2024, 2, 29), "total": 10**16 + 3, "f": True, "r": 0.5}
    assert written.to_pylist()[0] == first
    with pytest.raises(FileExistsError):
        engine.write(query(text, parameters), folder)


def test_write_no_rows_still_writes_columns(engine: Engine, parameters: Parameters, tmp_path: Path) -> None:
    engine.attach("none", [], COLUMNS)
    assert engine.write(query("SELECT a, s FROM none", parameters), tmp_path / "out") == 0
    assert pq.read_table(tmp_path / "out").schema.names == ["a", "s"]


def test_map_sends_every_row_through_python(
    engine: Engine, parameters: Parameters, files: list[Path], tmp_path: Path
) -> None:
    engine.attach("mapped", files, COLUMNS)
    schema = pa.schema([("s", pa.string()), ("twice", pa.int64()), ("day", pa.timestamp("us"))])

    def twice(batch: pa.RecordBatch) -> pa.RecordBatch:
        rows = [row for row in batch.to_pylist() if row["a"] is not None]
        columns = {"s": [r["s"] for r in rows], "twice": [2 * r["a"] for r in rows], "day": [r["t"] for r in rows]}
        return pa.RecordBatch.from_pydict(columns, schema=schema)

    assert engine.map(query("SELECT a, s, t FROM mapped", parameters), twice, schema, tmp_path / "out") == 3
    written = pq.read_table(tmp_path / "out").sort_by("twice")
    assert written.to_pydict() == {"s": [None, None, "客"], "twice": [2, 4, 2 * 10**16], "day": [NOON, NOON, None]}
    assert written.schema.field("day").type == pa.timestamp("us")


def test_gather_brings_back_what_the_function_makes_of_every_batch(
    engine: Engine, parameters: Parameters, files: list[Path]
) -> None:
    engine.attach("gathered", files, COLUMNS)
    schema = pa.schema([("rows", pa.int64()), ("total", pa.int64()), ("parts", pa.list_(pa.int64()))])

    def summed(batch: pa.RecordBatch) -> pa.RecordBatch:
        values = [value for value in batch.column("a").to_pylist() if value is not None]
        columns = {"rows": [len(values)], "total": [sum(values)], "parts": [[min(values, default=0), 7]]}
        return pa.RecordBatch.from_pydict(columns, schema=schema)

    found = engine.gather(query("SELECT a FROM gathered", parameters), summed, schema)
    assert found.schema == schema
    assert (sum(found["rows"].to_pylist()), sum(found["total"].to_pylist())) == (3, 10**16 + 3)
    assert all(len(parts) == 2 for parts in found["parts"].to_pylist())


def test_gather_of_nothing_is_an_empty_table(engine: Engine, parameters: Parameters) -> None:
    engine.attach("nothing", [], COLUMNS)
    schema = pa.schema([("a", pa.int64())])
    assert engine.gather(query("SELECT a FROM nothing", parameters), lambda batch: batch, schema).num_rows == 0


@pytest.mark.parametrize(
    "text",
    [
        "SELECT nowhere FROM broken",
        "SELECT a FROM no_such_table",
        "SELECT a * 9000000000000000000 AS x FROM broken",
        "SELECT CAST(s AS BIGINT) AS x FROM broken",
    ],
)
def test_what_fails_at_run_names_its_origin(
    engine: Engine, parameters: Parameters, files: list[Path], text: str, tmp_path: Path
) -> None:
    engine.attach("broken", files, COLUMNS)
    with pytest.raises(KequnError, match=r"^asset\.sql cannot be computed: "):
        engine.fetch(query(text, parameters))
    with pytest.raises(KequnError, match=r"^asset\.sql cannot be computed: "):
        engine.write(query(text, parameters), tmp_path / "out")


def test_close_twice_and_leave_nothing(request: pytest.FixtureRequest, engine: Engine, tmp_path: Path) -> None:
    opened = open_engine(engine.name, Settings.load(), tmp_path / "own")
    opened.attach("t", [], COLUMNS)
    opened.close()
    opened.close()
    assert not (tmp_path / "own").exists()


def test_engines_have_names(tmp_path: Path) -> None:
    with pytest.raises(KequnError, match="There is no engine polars"):
        open_engine("polars", Settings.load(), tmp_path)
