"""Cut a large delivery of events by day, so that each part is sorted and given its tokens in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from kequn.bank.contract import Contract
from kequn.bank.session import Session


def slices(session: Session, contract: Contract, rows: str) -> list[str]:
    """SQL of the slices of ``rows`` (SQL), in the order of their business days; tables other than events are whole.

    A slice holds whole days, about ``landing.rows_at_once`` rows.
    """
    if contract.kind != "event" or contract.business_day is None:
        return [rows]
    day = f"CAST({contract.business_day} AS DATE)"
    counted = session.rows(f"SELECT {day}, count(*) FROM {rows} WHERE {day} IS NOT NULL GROUP BY 1 ORDER BY 1")
    starts = cuts(counted, session.workspace.settings.integer("landing.rows_at_once"))
    if not starts:
        return [rows]
    first = f"{day} IS NULL OR {day} < DATE '{starts[0]}'"
    spans = zip(starts, [*starts[1:], date.max], strict=True)
    later = [f"{day} >= DATE '{start}' AND {day} < DATE '{end}'" for start, end in spans]
    return [f"(SELECT * FROM {rows} WHERE {condition})" for condition in (first, *later)]


def cuts(counted: Sequence[tuple[date, int]], most: int) -> list[date]:
    """Days, rising, on which a new slice begins: a day joins the slice before it while that stays within ``most`` rows.

    ``counted`` holds each day with its rows, rising.
    """
    found: list[date] = []
    held = 0
    for day, count in counted:
        if held and held + count > most:
            found.append(day)
            held = 0
        held += count
    return found
