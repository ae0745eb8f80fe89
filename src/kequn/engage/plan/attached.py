"""The open night as the functions of decisions read it: its tables are attached once, for all requests."""

from __future__ import annotations

from dataclasses import dataclass

from kequn.engage.site.night import Night, Rows
from kequn.insight.reading import Reading

NEEDED = ("settlement", "bid", "bid_pair", "campaign", "price", "funnel")


class _Columns(dict[str, dict[str, str]]):
    """Columns by table; a table without rows has been attached with none."""

    def __missing__(self, table: str) -> dict[str, str]:
        return {"customer_id": "BIGINT"}


@dataclass(frozen=True)
class Attached(Reading):
    """Nothing is attached a second time, which would disturb other requests."""

    columns: dict[str, dict[str, str]]

    def attach(self, table: str) -> dict[str, str]:
        return self.columns[table]

    def rows(self, text: str, origin: str) -> Rows:
        """Nothing of a table that is empty: no view of it could be made."""
        return super().rows(text, origin) if origin in self.columns else []


def attached(night: Night) -> Attached | None:
    """The night for reading; None where it had no campaigns."""
    if not all(night.has(table) for table in NEEDED):
        return None
    opened = night.reading
    return Attached(opened.night, opened.engine, opened.parameters, _Columns(night.columns))
