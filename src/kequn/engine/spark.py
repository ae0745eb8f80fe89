"""Spark as engine: for a bank that outgrows one machine; local mode gives the same rows as DuckDB."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from kequn.engine import session
from kequn.engine.base import BatchMap
from kequn.engine.dialect import KequnSpark
from kequn.engine.duck import parquet_files
from kequn.engine.query import Query
from kequn.errors import KequnError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


class SparkEngine:
    """One Spark session with tables of its own.

    ``threads`` and ``memory`` bound the driver, and in local mode everything. ``master`` is ``local`` or the URL of a
    cluster, whose machines must see the workspace under the same path. Raises KequnError where Spark or Java is absent.
    """

    name = "spark"

    def __init__(self, threads: int, memory: str, temporary: Path, master: str = "local") -> None:
        self._temporary = temporary / f"spark-{uuid4().hex[:8]}"
        self._session = session.join(threads, memory, temporary / "spark", master)
        self._kept: dict[str, Path] = {}
        self._closed = False

    def attach(self, name: str, files: Sequence[Path], columns: Mapping[str, str]) -> None:
        paths = [str(path) for path in parquet_files(files)]
        schema = ", ".join(f"{_quoted(column)} {_type(kind)}" for column, kind in columns.items())
        if paths:
            frame = self._session.read.schema(schema).parquet(*paths)
        else:
            frame = self._session.createDataFrame([], schema)
        frame.createOrReplaceTempView(_quoted(name))

    def define(self, name: str, query: Query) -> None:
        with _explained(query):
            self._session.sql(f"CREATE OR REPLACE TEMPORARY VIEW {_quoted(name)} AS {query.sql('spark')}")

    def keep(self, name: str, query: Query) -> int:
        # Parquet instead of Spark's cache: it cuts the plan, which otherwise grows with every round of an iteration.
        folder = self._temporary / f"{name}-{uuid4().hex[:8]}"
        rows = self.write(query, folder)
        schema = self._session.read.parquet(str(folder)).schema
        self.drop(name)
        self._session.read.schema(schema).parquet(str(folder)).createOrReplaceTempView(_quoted(name))
        self._kept[name] = folder
        return rows

    def drop(self, name: str) -> None:
        self._session.catalog.dropTempView(name)
        folder = self._kept.pop(name, None)
        if folder:
            shutil.rmtree(folder, ignore_errors=True)

    def write(self, query: Query, folder: Path) -> int:
        with _explained(query):
            return self._written(self._session.sql(query.sql("spark")), folder)

    def fetch(self, query: Query) -> pa.Table:
        with _explained(query):
            return self._session.sql(query.sql("spark")).toArrow()

    def map(self, query: Query, function: BatchMap, schema: pa.Schema, folder: Path) -> int:
        with _explained(query):
            return self._written(self._mapped(query, function, schema), folder)

    def gather(self, query: Query, function: BatchMap, schema: pa.Schema) -> pa.Table:
        with _explained(query):
            return self._mapped(query, function, schema).toArrow().cast(schema)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            shutil.rmtree(self._temporary, ignore_errors=True)
            session.leave()

    def _mapped(self, query: Query, function: BatchMap, schema: pa.Schema) -> DataFrame:
        from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415 - an optional extra

        def mapped(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            return map(function, batches)

        frame = self._session.sql(query.sql("spark"))
        return frame.mapInArrow(mapped, from_arrow_schema(schema, prefer_timestamp_ntz=True))

    def _written(self, frame: DataFrame, folder: Path) -> int:
        """Write with plain names and without Hadoop's checksum files."""
        if folder.exists():
            raise FileExistsError(folder)
        frame.write.parquet(str(folder))
        for checksum in folder.glob(".*.crc"):
            checksum.unlink()
        written = sorted(folder.glob("*.parquet"))
        parts = [file.rename(folder / f"part-{number}.parquet") for number, file in enumerate(written)]
        return sum(int(pq.read_metadata(part).num_rows) for part in parts)


@contextmanager
def _explained(query: Query) -> Iterator[None]:
    """Turn what Spark says about a definition into an error that names its origin."""
    from pyspark.errors import PySparkException  # noqa: PLC0415 - an optional extra

    try:
        yield
    except PySparkException as error:
        said = str(error).split("\n", 1)[0].split(" SQLSTATE")[0]
        raise KequnError(f"{query.origin} cannot be computed: {said}", "This is what Spark says.") from error


def _type(kind: str) -> str:
    return str(exp.DataType.build(kind, dialect="duckdb").sql(KequnSpark))


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
