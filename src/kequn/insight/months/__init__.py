"""What a night keeps of the months before the open one, and of the newest postings: one SQL file a table."""

from __future__ import annotations

from datetime import date
from importlib import resources

from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query

BEGINNING = date(1900, 1, 1)
# Tables over closed months alone: they stand until the month changes or a delivery touches a closed month.
HISTORIES = ("balance_history", "posting_history", "app_history", "outside_history")
DEFINITIONS = (*HISTORIES, "posting_recent", "foreign_change", "foreign_worth", "worth")


def definition(name: str, parameters: Parameters) -> Query:
    """The compiled definition ``<name>.sql`` of this room."""
    text = resources.files(__name__).joinpath(f"{name}.sql").read_text("utf-8")
    return compile_query(text, parameters, f"{name}.sql")
