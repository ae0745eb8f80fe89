"""Deterministic identity: parties that share a strong key, directly or through others, are one customer."""

from __future__ import annotations

from importlib import resources
from typing import Any

from kequn.bank.contract import contracts
from kequn.engine.base import Engine
from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query
from kequn.errors import KequnError
from kequn.workspace import Settings

SCRATCH = ("identity_key", "identity_group", "identity_edge", "identity_large", "identity_component")


def resolve(engine: Engine, parameters: Parameters) -> int:
    """Keep tables ``identity`` and ``identity_guard`` in the engine; returns the rounds that it took.

    Reads ``party`` and ``identity_link(party_a, party_b, score, method)``. Labels spread along shared keys until
    none changes: connected components as in FastSV (Zhang, Azad and Buluc, "Parallel algorithms for finding
    connected components using linear algebra"), about log2 of the longest chain in rounds. Raises KequnError for
    a strong key that party does not have, and when identity.max_rounds do not suffice.
    """
    engine.define("identity_key", _keys(parameters))
    engine.keep("identity_group", statement("group", parameters))
    engine.keep("identity_edge", statement("edge", parameters))
    labels, rounds = _labels(engine, parameters)
    for name, file in (("identity_large", "large"), ("identity_component", "component")):
        engine.keep(name, statement(file, parameters, identity_label=labels))
    engine.keep("identity", statement("identity", parameters))
    engine.keep("identity_guard", statement("guard", parameters))
    for name in (labels, *reversed(SCRATCH)):
        engine.drop(name)
    return rounds


def statement(file: str, parameters: Parameters, **tables: str) -> Query:
    """The compiled query of ``<file>.sql`` beside this module, reading other tables for those named."""
    text = source_text(file)
    for name, instead in tables.items():
        text = text.replace(name, instead)
    return compile_query(text, parameters, f"identity/{file}.sql")


def source_text(file: str) -> str:
    """The text of ``<file>.sql`` beside this module."""
    return resources.files("kequn.bank.identity").joinpath(f"{file}.sql").read_text("utf-8")


def strong_keys(settings: Settings) -> list[str]:
    """Columns of party that identify a person, strongest first; raises KequnError for one that is none."""
    value: Any = settings["identity.strong_keys"]
    party = contracts()["party"].stored_columns
    for name in value:
        if party.get(name) != "VARCHAR":
            known = ", ".join(column for column in party if column.endswith(("_token", "_number")))
            raise KequnError(f"Setting identity.strong_keys: party has no text column {name}.", f"Use some of {known}.")
    if not value:
        raise KequnError("Setting identity.strong_keys is empty.", "Name at least one column of party.")
    return [str(name) for name in value]


def _keys(parameters: Parameters) -> Query:
    """Every strong key of every party, one row each; strength 0 is the strongest."""
    kinds = [
        f"SELECT party_id, {strength} AS strength, '{name}' AS key_kind, {name} AS key_value"
        f" FROM party WHERE {name} IS NOT NULL AND {name} <> ''"
        for strength, name in enumerate(strong_keys(parameters.settings))
    ]
    return compile_query(" UNION ALL ".join(kinds), parameters, "identity.strong_keys")


def _labels(engine: Engine, parameters: Parameters) -> tuple[str, int]:
    """Spread labels until none changes; returns the table that holds them and the rounds."""
    limit = parameters.settings.integer("identity.max_rounds")
    before = "identity_label_0"
    engine.keep(before, statement("label", parameters))
    for rounds in range(1, limit + 1):
        after = f"identity_label_{rounds}"
        engine.keep(after, statement("spread", parameters, identity_label=before))
        engine.drop(before)
        if not _changed(engine, after, parameters):
            return after, rounds
        before = after
    engine.drop(before)
    raise KequnError(
        f"Identity: parties are chained over more than {limit} rounds.",
        "A weak key is among identity.strong_keys, or identity.max_parties_per_key is too high.",
    )


def _changed(engine: Engine, labels: str, parameters: Parameters) -> int:
    text = f"SELECT COUNT(*) AS parties FROM {labels} WHERE label <> was"
    return int(engine.fetch(compile_query(text, parameters, "identity")).column("parties")[0].as_py())
