"""Month-ends at which families look back."""

from datetime import date

from kequn.insight.scores.dates import month_ends


def test_month_ends_before_a_day():
    assert month_ends(date(2026, 5, 17), 3) == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
    assert month_ends(date(2026, 3, 31), 2) == [date(2026, 1, 31), date(2026, 2, 28)]


def test_months_apart_over_a_year():
    assert month_ends(date(2026, 3, 31), 3, 6) == [date(2024, 9, 30), date(2025, 3, 31), date(2025, 9, 30)]
