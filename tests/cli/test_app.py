from __future__ import annotations

import subprocess
import sys

import pytest

from kequn.cli.app import build, walk
from kequn.language import SPLIT, Language

HEAVY = ("duckdb", "pyarrow", "sqlglot", "numpy", "yaml", "pyspark")


def test_starting_up_imports_nothing_heavy():
    code = f"import sys, kequn.cli.app as a; a.run(['--version']); print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_every_command_and_option_is_explained_in_both_languages():
    zh, en = (list(walk(build(language))) for language in (Language.ZH, Language.EN))
    for chinese, english in zip(zh, en, strict=True):
        explained = [(chinese.name, chinese.help, english.help)]
        explained += [
            (f"{chinese.name} {one.name}", one.help, two.help)
            for one, two in zip(chinese.params, english.params, strict=True)
            if "completion" not in one.name and one.name != "help"
        ]
        for name, in_chinese, in_english in explained:
            assert in_chinese, f"{name} has no help"
            assert in_english, f"{name} has no help"
            assert SPLIT not in in_chinese + in_english, name
            assert any("\u4e00" <= letter <= "\u9fff" for letter in in_chinese), f"{name}: {in_chinese}"
            assert in_english.isascii(), f"{name}: {in_english}"


def test_every_command_that_prints_takes_json():
    for command in walk(build(Language.EN)):
        if not getattr(command, "commands", None):
            assert "--json" in [option for each in command.params for option in each.opts], command.name


@pytest.mark.parametrize("args", [[], ["audience"], ["sandbox"], ["bench"]])
def test_a_group_alone_prints_its_help(kequn, args):
    answer = kequn(*args)
    assert answer.code == 0
    assert "--help" in answer.out


def test_help_speaks_the_language_asked_for(kequn, monkeypatch):
    assert "跑一夜" in kequn("night", "--help").out
    assert "Run one night" in kequn("--lang", "en", "night", "--help").out
    monkeypatch.setenv("KEQUN_LANG", "en")
    assert "Run one night" in kequn("night", "--help").out


@pytest.mark.parametrize("args", [["nihgt"], ["night", "--nothing"], ["audience", "count"], ["--lang", "fr", "nights"]])
def test_wrong_usage_is_the_users_fault(kequn, args):
    answer = kequn(*args)
    assert answer.code == 1
    assert "Traceback" not in answer.err
    assert "--help" in answer.err
    assert set(kequn(*args, "--json").fault) == {"error", "hint"}
