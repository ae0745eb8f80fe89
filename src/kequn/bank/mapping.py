"""Mapping SQL: what a source's raw tables say in the bank's standard words. The words it may use: mapping.sql."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from kequn.bank.contract import Contract
from kequn.bank.delivery import Delivery
from kequn.bank.refusal import Refusal
from kequn.bank.session import Session
from kequn.bank.source import Target
from kequn.errors import KequnError

PLACE = ("_file", "_row")
_MISSING = re.compile(r'(?:Referenced column|does not have a column named) "([^"]+)"')


@dataclass(frozen=True)
class Mapping:
    """A mapping ready to run: its SQL, the types of its columns, and the raw tables that it reads."""

    sql: str
    types: dict[str, str]
    reads: tuple[str, ...]


def reads(target: Target) -> tuple[str, ...]:
    """The raw tables that a mapping reads, claimed ones first; raises KequnError where the SQL cannot be parsed."""
    tree = _parsed(target)
    inside = {cte.alias for cte in tree.find_all(exp.CTE)}
    named = {table.name for table in tree.find_all(exp.Table)} - inside - {""}
    return (*target.claims, *sorted(named - set(target.claims)))


def prepare(session: Session, delivery: Delivery, target: Target, contract: Contract) -> Mapping:
    """Check the mapping against the delivered columns and the contract; raises Refusal saying what does not fit."""
    needed = reads(target)
    for raw in needed:
        if raw not in delivery.files:
            raise Refusal(f"{target.origin} reads {raw}, which was not delivered.")
        if raw in delivery.faults:
            raise Refusal(delivery.faults[raw])
    sql = target.sql.strip().rstrip(";")
    types = _types(session, delivery, target, sql, needed)
    if not set(PLACE) <= set(types):
        sql = _placed(target, sql)
        types = _types(session, delivery, target, sql, needed)
    _fits(types, contract, target)
    return Mapping(sql, types, needed)


def _types(session: Session, delivery: Delivery, target: Target, sql: str, needed: Iterable[str]) -> dict[str, str]:
    try:
        return session.types(sql)
    except duckdb.Error as error:
        match = _MISSING.search(str(error))
        lacking = [match[1]] if match else _unknown_columns(delivery, target, needed)
        if lacking:
            raise Refusal(_missing(delivery, lacking[0], needed)) from None
        raise Refusal(f"{target.origin} does not fit the delivered files: {_first_line(error)}") from None


def _unknown_columns(delivery: Delivery, target: Target, needed: Iterable[str]) -> list[str]:
    """Columns that the SQL names and nothing has; the engine does not name those inside an overloaded macro."""
    tree = _parsed(target)
    known = {name.lower() for raw in needed for name in delivery.columns(raw)} | set(PLACE)
    known |= {alias.alias.lower() for alias in tree.find_all(exp.Alias)}
    return [column.name for column in tree.find_all(exp.Column) if column.name.lower() not in known]


def _missing(delivery: Delivery, column: str, needed: Iterable[str]) -> str:
    shown = ", ".join(file.shown for file in delivery.claimed(needed)[:3])
    present = [name for raw in needed for name in delivery.columns(raw)]
    close = difflib.get_close_matches(column, present, n=1, cutoff=0.5)
    nearest = f"the nearest present one is {close[0]}" if close else f"present are {', '.join(present[:12])}"
    return f"The column {column} is missing in {shown}; {nearest}."


def _placed(target: Target, sql: str) -> str:
    """The SQL with ``_file`` and ``_row`` of the claimed table added, where it is one plain SELECT."""
    tree = _parsed(target)
    source = tree.args.get("from_") or tree.args.get("from")
    table = source.this if source else None
    plain = isinstance(tree, exp.Select) and not tree.args.get("group") and not tree.args.get("distinct")
    if not plain or not isinstance(table, exp.Table) or table.name not in target.claims:
        raise KequnError(f"{target.origin} must select _file and _row of the claimed raw row.")
    return tree.select(*(f"{table.alias_or_name}.{name}" for name in PLACE)).sql(dialect="duckdb")


def _fits(types: dict[str, str], contract: Contract, target: Target) -> None:
    wanted = [column.name for column in contract.columns]
    lacking = [name for name in wanted if name not in types]
    extra = [name for name in types if name not in wanted and name not in PLACE]
    if extra:
        close = difflib.get_close_matches(extra[0], lacking or wanted, n=1)
        hint = f"; did you mean {close[0]}?" if close else "."
        raise Refusal(f"{target.origin} gives {extra[0]}, a column that {contract.name} does not have{hint}")
    if lacking:
        raise Refusal(f"{target.origin} does not give {lacking[0]}: select NULL AS {lacking[0]} if there is none.")


def _parsed(target: Target) -> exp.Select:
    try:
        return sqlglot.parse_one(target.sql, dialect="duckdb")  # type: ignore[return-value]
    except SqlglotError as error:
        raise KequnError(f"{target.origin} is not valid SQL: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
