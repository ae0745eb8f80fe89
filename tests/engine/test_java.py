"""Choosing a Java runtime, and the stand-in for one without the vector module."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from kequn.engine import java


def runtime(folder: Path, modules: str) -> Path:
    """A made-up runtime that lists ``modules`` and otherwise repeats its arguments."""
    script = folder / "bin" / "java"
    script.parent.mkdir(parents=True)
    script.write_text(f'#!/bin/sh\nif [ "$1" = --list-modules ]; then printf "{modules}"; else echo "$@"; fi\n')
    script.chmod(0o755)
    return folder


def test_the_first_that_is_new_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = runtime(tmp_path / "old", "java.base@11.0.2\\n")
    new = runtime(tmp_path / "new", "java.base@21-ea\\n")
    monkeypatch.setenv("JAVA_HOME", str(old))
    monkeypatch.setenv("PATH", f"{new / 'bin'}:/bin:/usr/bin")
    assert java.java_home() == new
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    assert java.java_home() == new


def test_a_whole_runtime_is_used_as_it_is(tmp_path: Path) -> None:
    home = runtime(tmp_path / "whole", "java.base@17\\njdk.incubator.vector@17\\n")
    assert java.fit_for_spark(home, tmp_path / "fit") == home


def test_the_stand_in_drops_one_argument(tmp_path: Path) -> None:
    home = runtime(tmp_path / "small", "java.base@25.0.2\\n")
    stand_in = java.fit_for_spark(home, tmp_path / "fit")
    arguments = ["-Xmx1g", "--add-modules=jdk.incubator.vector", "-cp", "a b", "Main"]
    said = subprocess.run([stand_in / "bin" / "java", *arguments], capture_output=True, text=True, check=True)
    assert said.stdout == "-Xmx1g -cp a b Main\n"
