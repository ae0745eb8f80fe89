"""Where the balances that a source delivers and the postings it delivers disagree; the balance wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from importlib import resources

from kequn.bank.store import Part
from kequn.bank.tables import attach_days
from kequn.engine.build import Build
from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query

BEGINNING = date(1900, 1, 1)
GAP_COLUMNS = {"account_id": "BIGINT", "day": "DATE", "gap_fen": "BIGINT"}


def build(night: Build, parameters: Parameters, parts: Mapping[str, Sequence[Part]]) -> None:
    """Tables ledger_gap_closed, ledger_gap_open and reconciliation of a night.

    Gaps of closed months are a table of their own, which stands until a delivery touches one of these months.
    ``parts`` are those that the night reads, by table (`kequn.bank.tables.attach`).
    """
    opening = parameters.as_of.replace(day=1)
    closed = (BEGINNING, opening - timedelta(days=1))
    for name, (first, last) in (("closed", closed), ("open", (opening, parameters.as_of))):
        within = Parameters(last, parameters.settings)
        for table in ("balance", "posting"):
            attach_days(night, f"{table}_compared", table, parts[table], first=first, within=within)
        night.table(f"ledger_gap_{name}", _statement("gap", within), GAP_COLUMNS)
    night.table("reconciliation", _statement("reconciliation", parameters))


def _statement(file: str, parameters: Parameters) -> Query:
    text = resources.files("kequn.bank.reconcile").joinpath(f"{file}.sql").read_text("utf-8")
    return compile_query(text, parameters, f"reconcile/{file}.sql")
