"""DuckDB and Spark behind one small interface; compilation, lineage and atomic publishing of nights."""

from __future__ import annotations

from pathlib import Path

from kequn.engine.base import Engine
from kequn.errors import KequnError
from kequn.workspace import Settings

NAMES = ("duckdb", "spark")


def open_engine(name: str, settings: Settings, temporary: Path) -> Engine:
    """Start the engine ``name`` with the bank's threads and memory; ``temporary`` is emptied when it closes.

    Raises KequnError for an unknown name, or where Spark or Java is not installed.
    """
    threads, memory = settings.integer("engine.threads"), settings.text("engine.memory")
    if name == "duckdb":
        from kequn.engine.duck import DuckEngine  # noqa: PLC0415 - engines load when they are opened

        return DuckEngine(threads, memory, temporary)
    if name == "spark":
        from kequn.engine.spark import SparkEngine  # noqa: PLC0415

        return SparkEngine(threads, memory, temporary, settings.text("engine.master"))
    raise KequnError(f"There is no engine {name}.", f"Choose one of: {', '.join(NAMES)}.")
