"""Expose the standard tables to a night: the parts up to as_of, without rows of later business days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from kequn.bank.contract import Contract, contracts
from kequn.bank.store import Part, part_infos
from kequn.engine.build import Build, digest
from kequn.engine.macros import Parameters
from kequn.engine.query import compile_query
from kequn.workspace import Workspace

AT_REST = "_at_rest"


def attach(build: Build, workspace: Workspace, parameters: Parameters) -> dict[str, list[Part]]:
    """Attach every standard table, ``account`` as ``account_at_rest``; returns the parts of each table."""
    parts = {name: part_infos(workspace, name, parameters.as_of) for name in contracts()}
    attach_parts(build, parts, parameters)
    return parts


def attach_parts(build: Build, parts: Mapping[str, Sequence[Part]], parameters: Parameters) -> None:
    """Attach these parts of every standard table, without rows of business days after the date of ``parameters``."""
    for name, contract in contracts().items():
        shown = name + AT_REST if name == "account" else name
        _attach(build, contract, shown, parts[name], parameters)


def attach_days(
    build: Build, shown: str, table: str, parts: Sequence[Part], *, first: date, within: Parameters
) -> None:
    """Expose the rows of ``table`` with a business day from ``first`` to the date of ``within`` as ``shown``.

    Its key follows from the parts that touch these days, so that what later parts bring does not change it.
    """
    contract, last = contracts()[table], within.as_of
    chosen = [part for part in parts if part.touches(first, last)]
    key = digest(table, first.isoformat(), last.isoformat(), *(part.content_hash for part in chosen))
    build.attach(f"{shown}_parts", [part.folder for part in chosen], contract.stored_columns, key)
    day, after = contract.business_day, last + timedelta(days=1)
    text = (
        f"SELECT {', '.join(contract.stored_columns)} FROM {shown}_parts"
        f" WHERE {day} >= DATE '{first}' AND {day} < DATE '{after}'"
    )
    build.define(shown, compile_query(text, within, shown))


def _attach(build: Build, contract: Contract, shown: str, parts: Sequence[Part], parameters: Parameters) -> None:
    key = digest(contract.name, *(part.content_hash for part in parts))
    folders = [part.folder for part in parts]
    if not any(part.last_day and part.last_day > parameters.as_of for part in parts):
        build.attach(shown, folders, contract.stored_columns, key)
        return
    build.attach(f"{contract.name}_parts", folders, contract.stored_columns, key)
    day, after = contract.business_day, parameters.as_of + timedelta(days=1)
    text = (
        f"SELECT {', '.join(contract.stored_columns)} FROM {contract.name}_parts"
        f" WHERE {day} IS NULL OR {day} < DATE '{after.isoformat()}'"
    )
    build.define(shown, compile_query(text, parameters, contract.name))
