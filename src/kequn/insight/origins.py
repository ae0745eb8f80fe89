"""From which source tables and columns a tag or a segment is computed."""

from __future__ import annotations

import difflib
from importlib import resources

from kequn.bank.contract import contracts
from kequn.bank.identity.components import statement
from kequn.engine.lineage import Sources, Tables, trace
from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query
from kequn.errors import KequnError
from kequn.insight.catalogue import Catalogue
from kequn.insight.compose import PREFIX, customer_query, topic_queries
from kequn.insight.months.ranges import aggregates

HOLDER = "SELECT account_id, party_id, asset_class, term, currency FROM account"
BOTH_CURRENCIES = "SELECT {columns} FROM balance_home UNION ALL SELECT {columns} FROM foreign_month"


def origins(definitions: Catalogue, parameters: Parameters, name: str) -> Sources:
    """The (table, column) pairs of standard tables that enter tag ``name``, and those that decide on its rows.

    Raises KequnError with the nearest name where there is no such tag or segment.
    """
    if name not in definitions.tags:
        close = difflib.get_close_matches(name, definitions.tags, n=1)
        raise KequnError(
            f"There is no tag {name}.", f"Did you mean {close[0]}?" if close else "See all tags: kequn catalogue."
        )
    return trace(customer_query(definitions, parameters), _tables(definitions, parameters))[name]


def _tables(definitions: Catalogue, parameters: Parameters) -> Tables:
    """Everything that tags read, each as the query that makes it, down to the standard tables."""
    standard = {each.name: dict(each.stored_columns) for each in contracts().values()}
    standard["account"]["customer_id"] = "BIGINT"
    topics = topic_queries(definitions, parameters)
    return {
        **standard,
        "identity": {"party_id": "BIGINT", "customer_id": "BIGINT"},
        "customer_base": statement("customer_base", parameters),
        "account_holder": compile_query(HOLDER, parameters, "account_holder"),
        **_months(parameters),
        **{PREFIX + name: query for name, query in topics.items()},
    }


def _months(parameters: Parameters) -> dict[str, Query]:
    found = {each.name: compile_query(each.text, parameters, each.name) for each in aggregates()}
    folder = resources.files("kequn.insight.months")
    for name in ("balance_history", "foreign_month"):
        found[name] = compile_query(folder.joinpath(f"{name}.sql").read_text("utf-8"), parameters, f"{name}.sql")
    home = found["balance_month"]
    whole = BOTH_CURRENCIES.format(columns=", ".join(home.columns()))
    return found | {"balance_home": home, "balance_month": compile_query(whole, parameters, "balance_month")}
