"""Figures in words, against plain Python."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kequn.insight.catalogue import Tag
from kequn.insight.words import day, label, money, share, tag_in_words

UNITS = {
    "zh": [(10**10, "0.01", "亿"), (10**6, "0.1", "万"), (100, "1", "")],
    "en": [(10**11, "0.01", "B"), (10**8, "0.01", "M"), (10**5, "0.1", "K"), (100, "1", "")],
}
fens = st.one_of(
    st.integers(-(10**14), 10**14),
    st.builds(lambda unit, off: unit + off, st.sampled_from([10**k for k in range(1, 14)]), st.integers(-6000, 6000)),
)


def figure(fen, language):
    """The largest unit in which the rounded amount is at least one."""
    for unit, step, word in UNITS[language]:
        rounded = (Decimal(abs(fen)) / unit).quantize(Decimal(step), ROUND_HALF_UP)
        smaller = UNITS[language][UNITS[language].index((unit, step, word)) + 1 :]
        below = smaller and (Decimal(abs(fen)) / smaller[0][0]).quantize(Decimal(smaller[0][1]), ROUND_HALF_UP)
        if not smaller or below * smaller[0][0] >= unit:
            text = f"{rounded:f}"
            text = text.rstrip("0").rstrip(".") if "." in text else text
            return ("-" if fen < 0 and rounded else "") + text + word
    raise AssertionError


def said(bank, expression, column, values):
    bank._attach("figure", {"place": "BIGINT", "value": column}, [
        {"place": place, "value": value} for place, value in enumerate(values)
    ])  # fmt: skip
    query = bank.compile(f"SELECT {expression} AS words FROM figure ORDER BY place")
    return bank.engine.fetch(query).column("words").to_pylist()


@given(st.lists(fens, min_size=1, max_size=60))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_money(bank, amounts):
    zh = said(bank, money("value", "zh", "CNY"), "BIGINT", amounts)
    en = said(bank, money("value", "en", "CNY"), "BIGINT", amounts)
    assert zh == [figure(fen, "zh") + "元" for fen in amounts]
    assert en == ["CNY " + figure(fen, "en") for fen in amounts]


@pytest.mark.parametrize(
    ("fen", "zh", "en"),
    [
        (0, "0元", "CNY 0"),
        (49, "0元", "CNY 0"),
        (-49, "0元", "CNY 0"),
        (-50, "-1元", "CNY -1"),
        (850_000, "8500元", "CNY 8.5K"),
        (999_949, "9999元", "CNY 10K"),
        (999_950, "1万元", "CNY 10K"),
        (12_345_600, "12.3万元", "CNY 123.5K"),
        (9_999_949_999, "9999.9万元", "CNY 100M"),
        (9_999_950_000, "1亿元", "CNY 100M"),
        (123_400_000_000, "12.34亿元", "CNY 1.23B"),
        (600_000_000, "600万元", "CNY 6M"),
    ],
)
def test_known_amounts(bank, fen, zh, en):
    assert said(bank, money("value", "zh", "CNY"), "BIGINT", [fen]) == [zh]
    assert said(bank, money("value", "en", "CNY"), "BIGINT", [fen]) == [en]


def test_another_currency(bank):
    assert said(bank, money("value", "zh", "CZK"), "BIGINT", [1_000_000]) == ["1万捷克克朗"]
    assert said(bank, money("value", "zh", "THB"), "BIGINT", [1_000_000]) == ["1万THB"]
    assert said(bank, money("value", "en", "THB"), "BIGINT", [1_000_000]) == ["THB 10K"]


def test_days(bank):
    days = [date(2025, 3, 1), date(1999, 12, 31)]
    assert said(bank, day("value", "zh"), "DATE", days) == ["2025年3月1日", "1999年12月31日"]
    assert said(bank, day("value", "en"), "DATE", days) == ["2025-03-01", "1999-12-31"]


def test_shares(bank):
    assert said(bank, share("value"), "DOUBLE", [0.0, 0.384, 0.385, 1.0, 2.5]) == ["0%", "38%", "39%", "100%", "250%"]


def tag(unit, kind="VARCHAR", **fields):
    return Tag(
        name="value", zh="x", en="x", unit=unit, type=kind, dimension="profile", sensitivity="public", owner="x",
        topic="x", description_zh="x", description_en="x", **fields,
    )  # fmt: skip


def test_codes_have_labels_and_strangers_stand_for_themselves(bank):
    code = tag("code", values={"a": ("甲", "Anne's"), "b": ("乙", "Bob")})
    assert said(bank, label(code, "zh"), "VARCHAR", ["a", "b", "c"]) == ["甲", "乙", "c"]
    assert said(bank, label(code, "en"), "VARCHAR", ["a", "b", "c"]) == ["Anne's", "Bob", "c"]


@pytest.mark.parametrize(
    ("unit", "kind", "value", "words"),
    [
        ("fen", "BIGINT", 500, "5元"),
        ("percent", "BIGINT", 38, "38%"),
        ("share", "DOUBLE", 0.5, "50%"),
        ("count", "BIGINT", 3, "3"),
        ("text", "VARCHAR", "Harbour", "Harbour"),
        ("date", "DATE", date(2025, 1, 2), "2025年1月2日"),
    ],
)
def test_the_unit_decides_and_nothing_is_unknown(bank, unit, kind, value, words):
    assert said(bank, tag_in_words(tag(unit, kind), "zh", "CNY"), kind, [value, None]) == [words, "未知"]
    assert said(bank, tag_in_words(tag(unit, kind), "en", "CNY"), kind, [None]) == ["unknown"]
