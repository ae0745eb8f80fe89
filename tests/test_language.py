from __future__ import annotations

import pytest

from kequn.language import Language, asked_for, one_of


@pytest.mark.parametrize(
    ("args", "environment", "language"),
    [
        ([], "", "zh"),
        ([], "en", "en"),
        (["--lang", "en", "night"], "", "en"),
        (["--lang=zh"], "en", "zh"),
        (["--lang", "fr"], "", "zh"),
        (["--lang"], "", "zh"),
    ],
)
def test_the_option_wins_over_the_environment(monkeypatch, args, environment, language):
    monkeypatch.setenv("KEQUN_LANG", environment)
    assert asked_for(args) == language


def test_a_text_gives_its_half_or_itself():
    assert [one_of("夜批 | night", each) for each in Language] == ["夜批", "night"]
    assert one_of("Show this message", Language.ZH) == "Show this message"
