"""Expose the standard tables to a night: the parts up to as_of, without rows of later business days."""

from __future__ import annotations

from datetime import timedelta

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
    for name, contract in contracts().items():
        shown = name + AT_REST if name == "account" else name
        _attach(build, contract, shown, parts[name], parameters)
    return parts


def _attach(build: Build, contract: Contract, shown: str, parts: list[Part], parameters: Parameters) -> None:
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
