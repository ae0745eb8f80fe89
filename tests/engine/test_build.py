"""A table is computed again only when something that it was computed from changed."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kequn.engine.build import Build
from kequn.engine.duck import DuckEngine
from kequn.engine.macros import Parameters
from kequn.engine.query import compile_query
from kequn.errors import KequnError
from kequn.workspace import Settings

PARAMETERS = Parameters(date(2026, 1, 31), Settings.load())


def query(text: str):
    return compile_query(text, PARAMETERS)


@pytest.fixture
def source(tmp_path):
    pq.write_table(pa.table({"x": [1, 2, 3]}), tmp_path / "source.parquet")
    return tmp_path / "source.parquet"


@pytest.fixture
def start(tmp_path, source):
    engines = []

    def build(work: str, *previous: Path, key: str = "one") -> Build:
        engine = DuckEngine(1, "200MB", tmp_path / work / ".spill")
        engines.append(engine)
        made = Build(engine, tmp_path / work, previous, lambda _: None)
        made.attach("source", [source], {"x": "BIGINT"}, key)
        return made

    yield build
    for engine in engines:
        engine.close()


def test_an_interrupted_run_uses_what_it_had_finished(start):
    start("work").table("doubled", query("SELECT x * 2 AS y FROM source"))
    again = start("work")
    again.table("doubled", query("SELECT x * 2 AS y FROM source"))
    again.table("more", query("SELECT y + 1 AS z FROM doubled"))
    assert [(stage.name, stage.rows, stage.reused) for stage in again.stages] == [
        ("doubled", 3, True),
        ("more", 3, False),
    ]
    assert sorted(again.engine.fetch(query("SELECT z FROM more")).column("z").to_pylist()) == [3, 5, 7]


@pytest.mark.parametrize(
    ("text", "key", "reused"),
    [
        ("SELECT x * 2 AS y FROM source", "one", True),
        ("SELECT x * 2 AS y FROM source", "two", False),
        ("SELECT x * 3 AS y FROM source", "one", False),
    ],
)
def test_a_following_night_links_what_did_not_change(start, tmp_path, text, key, reused):
    first = start("first").table("doubled", query("SELECT x * 2 AS y FROM source"))
    second = start("second", tmp_path / "first", key=key)
    folder = second.table("doubled", query(text))
    assert second.stages[-1].reused is reused
    assert (first / "part-0.parquet").samefile(folder / "part-0.parquet") is reused


def test_a_change_reaches_everything_that_reads_it(start, tmp_path):
    first = start("first")
    first.table("doubled", query("SELECT x * 2 AS y FROM source"))
    first.define("seen", query("SELECT y FROM doubled"))
    first.table("last", query("SELECT sum(y) AS s FROM seen"))
    second = start("second", tmp_path / "first", key="two")
    second.table("doubled", query("SELECT x * 2 AS y FROM source"))
    second.define("seen", query("SELECT y FROM doubled"))
    assert not second.known("last", query("SELECT sum(y) AS s FROM seen"))


def test_a_half_written_table_is_not_taken_for_a_finished_one(start, tmp_path):
    build = start("work")

    def fail(folder: Path) -> int:
        folder.mkdir(parents=True)
        (folder / "part-0.parquet").write_bytes(b"half")
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        build.stage("table", "key", fail)
    assert not (tmp_path / "work" / "table").exists()
    build.stage("table", "key", lambda folder: build.engine.write(query("SELECT x FROM source"), folder))
    assert build.stages[-1].rows == 3


def test_a_query_over_an_unknown_table_names_itself(start):
    with pytest.raises(KequnError, match="no table nowhere"):
        start("work").table("t", query("SELECT x FROM nowhere"))
