"""Figures in both languages."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from kequn.engage.site import figures


@pytest.mark.parametrize(
    ("language", "number", "text"),
    [
        ("zh-hans", 12_345, "12,345"), ("zh-hans", 123_456, "12.35万"), ("zh-hans", 250_000_000, "2.50亿"),
        ("en", 123_456, "123,456"), ("en", 2_500_000, "2.50M"), ("en", 3_000_000_000, "3.00B"),
        ("en", None, "–"), ("en", -7, "-7"), ("en", 0.5, "0.50"),
    ],
)  # fmt: skip
def test_counts(language, number, text):
    with translation.override(language):
        assert figures.count(number) == text


@pytest.mark.parametrize(("language", "text"), [("zh-hans", "123.46万"), ("en", "1.23M")])
def test_money_is_yuan(language, text):
    with translation.override(language):
        assert figures.money(123_456_789) == text
        assert figures.money(None) == "–"


@given(st.integers(-(10**15), 10**15), st.integers(-(10**15), 10**15))
def test_a_change_points_the_way_it_went(now, before):
    found = figures.change(now, before)
    if before == 0:
        assert found is None
        return
    assert found["by"] == now - before
    assert found["direction"] == ("up" if now > before else "down" if now < before else "flat")


def test_days_and_shares():
    assert figures.day(date(2026, 6, 30)) == "2026-06-30"
    assert figures.day(datetime(2026, 6, 30, 8, 5, tzinfo=UTC)) == "2026-06-30 08:05"
    assert figures.percent(0.1234) == "12.3%"


@pytest.mark.parametrize(("chosen", "zh", "en"), [("zh", True, False), ("both", True, True), ("none", False, False)])
def test_red_means_what_the_setting_says(settings, tmp_path, chosen, zh, en):
    from kequn.workspace import Workspace

    (tmp_path / "kequn.toml").write_text(f'[console]\nred_up = "{chosen}"\n', "utf-8")
    settings.WORKSPACE = Workspace.open(tmp_path)
    for language, expected in (("zh-hans", zh), ("en", en)):
        with translation.override(language):
            assert figures.red_up() is expected
