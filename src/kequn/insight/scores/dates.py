"""Past month-ends at which families look back."""

from __future__ import annotations

from datetime import date, timedelta


def month_ends(until: date, count: int, every_months: int = 1) -> list[date]:
    """``count`` month-ends before ``until`` in rising order, ``every_months`` apart."""
    last = until + timedelta(days=1) if (until + timedelta(days=1)).day == 1 else until.replace(day=1)
    months = last.year * 12 + last.month - 1
    firsts = [months - every_months * number for number in range(count, 0, -1)]
    return [date(month // 12, month % 12 + 1, 1) - timedelta(days=1) for month in firsts]
