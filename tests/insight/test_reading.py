from __future__ import annotations

import os
from datetime import date

import pytest

from kequn.errors import KequnError
from kequn.insight.reading import definitions, published

SEGMENT = "{{name: mine, zh: 我, en: Mine, rule: {rule}, play_zh: 试, play_en: Try}}"


def test_without_a_night_it_says_what_to_run(workspace):
    with pytest.raises(KequnError, match="No night is published") as fault:
        published(workspace)
    assert "kequn night" in fault.value.hint


def test_definitions_follow_the_files(workspace):
    file = workspace.own("segments") / "mine.yaml"
    assert "mine" not in definitions(workspace).segments
    file.parent.mkdir()
    file.write_text(SEGMENT.format(rule="age < 30"), "utf-8")
    first = definitions(workspace)
    assert first.segments["mine"].rule == "age < 30"
    assert definitions(workspace) is first
    file.write_text(SEGMENT.format(rule="age < 40"), "utf-8")
    os.utime(file, ns=(1, 1))
    assert definitions(workspace).segments["mine"].rule == "age < 40"
    file.unlink()
    assert "mine" not in definitions(workspace).segments


def test_a_date_without_a_night_is_named(workspace):
    with pytest.raises(KequnError, match="No night"):
        published(workspace, date(2020, 1, 31))
