"""Positions and the caret."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kequn.engine.place import Place, fault


@given(st.text(alphabet="ab \n客", max_size=40), st.integers(0, 40))
def test_a_place_leads_back_to_its_character(text: str, offset: int) -> None:
    offset = min(offset, len(text))
    place = Place.at(text, offset)
    lines = text.split("\n")
    assert sum(len(line) + 1 for line in lines[: place.line - 1]) + place.column - 1 == offset


def test_the_caret_stands_below_wide_characters() -> None:
    error = fault("rule", Place.at("a\n客户 > 3", 5), "a\n客户 > 3", "wrong.", "Mend it.")
    assert error.message == "rule, line 2, column 4: wrong."
    assert error.hint == "Mend it.\n客户 > 3\n\u3000\u3000 ^"
