"""Which parties are one customer, and what is known of each customer across its parties."""

from __future__ import annotations

from functools import cache, partial
from importlib import resources
from pathlib import Path

from kequn.bank.contract import contracts
from kequn.bank.identity.components import resolve, source_text, statement
from kequn.engine.build import Build, digest
from kequn.engine.macros import Parameters
from kequn.engine.publish import Published
from kequn.engine.query import Query, compile_query

COLUMNS = {"party_id": "BIGINT", "customer_id": "BIGINT"}
GUARD_COLUMNS = {
    "key_kind": "VARCHAR",
    "key_value": "VARCHAR",
    "party_id": "BIGINT",
    "parties": "BIGINT",
    "action": "VARCHAR",
    "reason_zh": "VARCHAR",
    "reason_en": "VARCHAR",
}
CHANGE_COLUMNS = {"customer_before": "BIGINT", "customer_after": "BIGINT", "parties": "BIGINT", "kind": "VARCHAR"}
LINK_COLUMNS = {"party_a": "BIGINT", "party_b": "BIGINT", "score": "DOUBLE", "method": "VARCHAR"}

__all__ = ["LINK_COLUMNS", "build", "build_customers", "identify", "resolve"]


def build(night: Build, parameters: Parameters, before: Published | None = None) -> None:
    """Tables identity, identity_guard, identity_change, customer_base and account of a night.

    ``before`` is the night that this one follows; without it nothing counts as changed. Further links between
    parties, whatever their method, are taken from table ``identity_link`` (LINK_COLUMNS) where an earlier stage
    built one: a link of at least identity.min_link_score, a probability, counts like a shared strong key.
    """
    identify(night, parameters)
    files = [before.table("identity")] if before else []
    key = str(before.manifest["tables"]["identity"]["hash"]) if before else "first night"
    night.attach("identity_before", files, COLUMNS, digest(key))
    night.table("identity_change", statement("change", parameters), CHANGE_COLUMNS)
    build_customers(night, parameters)


def build_customers(night: Build, parameters: Parameters) -> None:
    """Tables customer_base and account of a night that knows its identity."""
    night.table("customer_base", statement("customer_base", parameters))
    night.table("account", _owned_accounts(parameters))


def identify(night: Build, parameters: Parameters) -> None:
    """Tables identity and identity_guard of a night."""
    if "identity_link" not in night.keys:
        night.attach("identity_link", [], LINK_COLUMNS, digest("no links"))
    key = _key(night, parameters)
    resolved = cache(lambda: resolve(night.engine, parameters))

    def make(name: str, columns: dict[str, str], folder: Path) -> int:
        resolved()
        query = compile_query(f"SELECT {', '.join(columns)} FROM {name}", parameters, name)
        return night.engine.write(query, folder)

    for name, columns in (("identity_guard", GUARD_COLUMNS), ("identity", COLUMNS)):
        night.stage(name, digest(key, name), partial(make, name, columns), columns)


def _key(night: Build, parameters: Parameters) -> str:
    """Everything that identity depends on: parties, links, settings and the definitions beside this module."""
    folder = resources.files("kequn.bank.identity")
    files = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    values = parameters.settings.values
    settings = [f"{name}={values[name]}" for name in sorted(values) if name.startswith("identity.")]
    texts = [source_text(file.removesuffix(".sql")) for file in files]
    return digest(night.keys["party"], night.keys["identity_link"], *settings, *texts)


def _owned_accounts(parameters: Parameters) -> Query:
    """Accounts with their customer; one whose party no delivery knows any more belongs to nobody."""
    columns = ", ".join(f"a.{name}" for name in contracts()["account"].stored_columns)
    text = f"SELECT {columns}, i.customer_id FROM account_at_rest AS a JOIN identity AS i ON i.party_id = a.party_id"
    return compile_query(text, parameters, "account")
