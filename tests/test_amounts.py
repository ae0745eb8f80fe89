from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.amounts import percent, plain, written, yuan
from kequn.language import Language

SIZES = {"万": 10**4, "亿": 10**8, "K": 10**3, "M": 10**6, "B": 10**9}


@given(st.integers(-(10**17), 10**17), st.sampled_from(Language))
def test_the_text_is_the_amount_to_half_a_hundredth_of_its_unit(fen, language):
    text = yuan(fen, language)
    size = SIZES.get(text[-1], 1)
    shown = Fraction(text.rstrip("".join(SIZES)).replace(",", "")) * size
    assert abs(shown - Fraction(fen, 100)) <= Fraction(size, 200)


@pytest.mark.parametrize(
    ("fen", "zh", "en"),
    [
        (0, "0.00", "0.00"),
        (-5, "-0.05", "-0.05"),
        (99_999, "999.99", "999.99"),
        (100_000, "1,000.00", "1.00K"),
        (1_000_000, "1.00万", "10.00K"),
        (123_456_789, "123.46万", "1.23M"),
        (-2_000_000_000_000, "-200.00亿", "-20.00B"),
    ],
)
def test_amounts_that_people_know(fen, zh, en):
    assert (yuan(fen, Language.ZH), yuan(fen, Language.EN)) == (zh, en)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "fen", ""),
        (True, "flag", "是"),
        (0.125, "share", "12.5%"),
        (12, "days", "12 天"),
        (40, "percent", "40%"),
        (1234, "count", "1,234"),
        (date(2025, 3, 1), "date", "2025-03-01"),
        ("gold", "code", "贵宾金"),
        ("unheard", "code", "unheard"),
    ],
)
def test_a_value_is_written_by_its_unit(value, unit, text):
    assert written(value, unit, Language.ZH, {"gold": ("贵宾金", "Gold")}) == text


def test_nothing_is_an_empty_text():
    assert (plain(None), percent(None), yuan(None, Language.EN)) == ("", "", "")
