"""The Spark session of this process: started once, shared by all engines, stopped with the last."""

from __future__ import annotations

import logging
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kequn.engine.java import fit_for_spark, java_home
from kequn.errors import KequnError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

INSTALL = "pip install 'kequn[spark]'"
UNITS = {"KB": "k", "KIB": "k", "MB": "m", "MIB": "m", "GB": "g", "GIB": "g", "TB": "t", "TIB": "t"}
QUIET = """rootLogger.level = error
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.target = SYSTEM_ERR
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %c{1}: %m%n%ex
"""


@dataclass
class _Running:
    """The one context, its folder, and how many engines use it."""

    session: SparkSession
    folder: Path
    users: int


_running: list[_Running] = []


def join(threads: int, memory: str, folder: Path, master: str) -> SparkSession:
    """A session of its own on the running context, which starts if there is none; raises KequnError without Spark."""
    if not _running:
        _running.append(_Running(_started(threads, memory, folder, master), folder, 0))
    _running[0].users += 1
    return _running[0].session.newSession()


def leave() -> None:
    """One engine less; the last one stops the context and removes its folder."""
    running = _running[0]
    running.users -= 1
    if not running.users:
        _running.clear()
        running.session.stop()
        shutil.rmtree(running.folder, ignore_errors=True)
        with suppress(OSError):
            running.folder.parent.rmdir()


def java_size(memory: str) -> str:
    """A size such as ``3GB`` as Java writes it: ``3g``; raises KequnError for anything else."""
    number, unit = _size(memory)
    return f"{number}{unit}"


def in_bytes(memory: str) -> int:
    """A size such as ``3GB`` in bytes; raises KequnError for anything else."""
    number, unit = _size(memory)
    return number << 10 * (1 + "kmgt".index(unit))


def _size(memory: str) -> tuple[int, str]:
    match = re.fullmatch(r"(\d+)\s*([KMGT]i?B)", memory.strip(), re.IGNORECASE)
    if not match:
        raise KequnError(f"Setting engine.memory must be a whole size such as 3GB, not {memory!r}.")
    return int(match[1]), UNITS[match[2].upper()]


def _started(threads: int, memory: str, folder: Path, master: str) -> SparkSession:
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415 - an optional extra
    except ImportError:
        raise KequnError("The engine spark needs Spark, which is not installed.", INSTALL) from None
    home = java_home()
    if home is None:
        raise KequnError("The engine spark needs Java 17 or newer.", f"Set JAVA_HOME, or: {INSTALL}")
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "spark.log"
    builder = SparkSession.builder.master(f"local[{threads}]" if master == "local" else master).appName("kequn")
    for name, value in _options(threads, memory, folder, master).items():
        builder = builder.config(name, value)
    # Errors reach the user as KequnError; Spark would print each one as well.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    with _environment({"JAVA_HOME": str(fit_for_spark(home, folder)), "PYSPARK_PYTHON": sys.executable}):
        try:
            with _errors_into(log):
                return builder.getOrCreate()
        except RuntimeError:
            said = log.read_text("utf-8", "replace").strip().splitlines()
            raise KequnError("Spark did not start.", said[-1] if said else "Java said nothing.") from None


def _options(threads: int, memory: str, folder: Path, master: str) -> Mapping[str, str]:
    """Values, types and errors as DuckDB has them; no web page, few tasks, everything temporary in ``folder``."""
    quiet = folder / "log4j2.properties"
    quiet.write_text(QUIET, "utf-8")
    options = {
        "spark.sql.ansi.enabled": "true",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.sql.parquet.compression.codec": "zstd",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "122880",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
        "spark.driver.memory": java_size(memory),
        "spark.driver.maxResultSize": java_size(memory),
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile=file:{quiet}",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # Of what ran, Spark keeps plans and metrics for its page, which nobody opens.
        "spark.ui.retainedJobs": "1",
        "spark.ui.retainedStages": "1",
        "spark.ui.retainedTasks": "1",
        "spark.sql.ui.retainedExecutions": "1",
    }
    if master == "local":
        options |= {
            "spark.local.dir": str(folder / "local"),
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.sql.shuffle.partitions": str(2 * threads),
        }
    return options


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _errors_into(file: Path) -> Iterator[None]:
    """Give the Java process that starts meanwhile ``file`` as its standard error."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with file.open("ab") as log:
            os.dup2(log.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
