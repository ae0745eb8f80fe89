from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kequn.insight.profile import masked


@given(st.text(min_size=1, max_size=40))
def test_at_most_the_last_four_characters_are_shown(text):
    shown = masked(text)
    assert shown.startswith("****")
    assert len(shown) <= 8
    assert shown == "****" or (text.endswith(shown[4:]) and len(text) >= 8)


def test_nothing_stays_nothing():
    assert (masked(None), masked("")) == ("", "")
