"""Starting Spark: sizes, missing parts, and one context for all engines."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kequn.engine import session
from kequn.engine.base import Engine
from kequn.engine.macros import Parameters
from kequn.engine.query import compile_query
from kequn.engine.spark import SparkEngine
from kequn.errors import KequnError


@pytest.mark.parametrize(("written", "java"), [("3GB", "3g"), ("500MB", "500m"), ("2 GiB", "2g"), ("1tb", "1t")])
def test_sizes_as_java_writes_them(written: str, java: str) -> None:
    assert session.java_size(written) == java


@pytest.mark.parametrize(("written", "size"), [("3GB", 3 * 2**30), ("500 MiB", 500 * 2**20), ("8kb", 8192)])
def test_sizes_in_bytes(written: str, size: int) -> None:
    assert session.in_bytes(written) == size


@pytest.mark.parametrize("written", ["much", "3", "1.5GB", "GB"])
def test_wrong_sizes_are_named(written: str) -> None:
    with pytest.raises(KequnError, match=r"engine\.memory"):
        session.java_size(written)


def test_without_pyspark_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_running", [])
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(KequnError) as caught:
        SparkEngine(1, "1GB", tmp_path)
    assert caught.value.hint == "pip install 'kequn[spark]'"


def test_without_java_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_running", [])
    monkeypatch.setattr(session, "java_home", lambda: None)
    with pytest.raises(KequnError, match="Java 17"):
        SparkEngine(1, "1GB", tmp_path)


@pytest.mark.spark
def test_engines_share_a_context_but_no_tables(spark: Engine, parameters: Parameters, tmp_path: Path) -> None:
    other = SparkEngine(2, "1GB", tmp_path)
    other.attach("mine", [], {"a": "BIGINT"})
    with pytest.raises(KequnError):
        spark.fetch(compile_query("SELECT a FROM mine", parameters))
    other.close()
    assert spark.fetch(compile_query("SELECT 1 AS a", parameters)).num_rows == 1
