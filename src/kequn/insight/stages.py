"""The insight stages of a night: months, tier history, tags, segments, prospects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from importlib import resources

from kequn.bank.store import Part
from kequn.bank.tables import attach_days
from kequn.engine.build import Build, digest
from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query, renamed
from kequn.insight import slices
from kequn.insight.catalogue import Catalogue
from kequn.insight.compose import PREFIX, customer_query, topic_queries
from kequn.insight.months import BEGINNING, HISTORIES, definition
from kequn.insight.months.steady import steady
from kequn.insight.prospects.compile import prospect_query
from kequn.insight.segments import segment_queries

CLOSED = "_closed"
OPEN = "_open"
# What a table over closed months reads instead of the tables that its definition names.
CLOSED_TABLES = {table: f"{table}{CLOSED}" for table in ("worth", "posting", "app_event")} | {
    "identity": "identity_steady",
    "account": "account_holder_steady",
}


def build_months(build: Build, parts: Mapping[str, Sequence[Part]], parameters: Parameters) -> None:
    """What closed months say of each customer (computed once a month), and the newest postings (every night)."""
    holder = "SELECT account_id, party_id, asset_class, COALESCE(term, 'demand') AS term, currency FROM account_at_rest"
    build.table("account_holder", compile_query(holder, parameters, "account_holder"))
    steady(build, "account_holder", parameters)
    steady(build, "identity", parameters)
    opening = parameters.as_of.replace(day=1)
    ended = Parameters(opening - timedelta(days=1), parameters.settings)
    for table in ("balance", "posting", "app_event"):
        attach_days(build, f"{table}{CLOSED}", table, parts[table], first=BEGINNING, within=ended)
    attach_days(build, f"balance{OPEN}", "balance", parts["balance"], first=opening, within=parameters)
    _foreign_changes(build, ended)
    _worth(build, CLOSED, BEGINNING, ended)
    _worth(build, "", opening, parameters)
    _worth_ever(build, opening, parameters)
    closed = Parameters(opening, parameters.settings)
    for name in HISTORIES:
        _over_closed(build, name, definition(name, closed), closed)
    build.table("tier_month", renamed(_tier_history(closed), CLOSED_TABLES))
    build.table("posting_recent", definition("posting_recent", parameters))


def build_tags(build: Build, definitions: Catalogue, parameters: Parameters) -> None:
    """The published table ``customer``; topics are computed only where it is not known already."""
    queries = topic_queries(definitions, parameters)
    for name, query in queries.items():
        build.known(PREFIX + name, query)
    whole = customer_query(definitions, parameters)
    if not build.known("customer", whole):
        for name, query in queries.items():
            build.table(PREFIX + name, query)
    build.stage(
        "customer", build.key(whole), lambda folder: slices.write(build, whole, folder, parameters), definitions.types
    )


def build_segments(build: Build, definitions: Catalogue, parameters: Parameters) -> None:
    """Sizes, cross-coverage and white lists of the segments."""
    for name, query in segment_queries(definitions, parameters).items():
        build.table(name, query)


def build_prospects(build: Build, definitions: Catalogue, parameters: Parameters) -> None:
    """The prospect lists, with evidence."""
    build.table("prospect", prospect_query(definitions, parameters))


def _foreign_changes(build: Build, ended: Parameters) -> None:
    """``foreign_change``: that of closed months, which stands until the month changes, and that of the open one."""
    for until in (CLOSED, OPEN):
        read = {"balance": f"balance{until}", "account": "account_holder_steady"}
        build.table(f"foreign_change{until}", renamed(definition("foreign_change", ended), read))
    columns = ", ".join(build.columns[f"foreign_change{OPEN}"])
    both = " UNION ALL ".join(f"SELECT {columns} FROM foreign_change{until}" for until in (CLOSED, OPEN))
    build.define("foreign_change", compile_query(both, ended, "foreign_change"))


def _worth(build: Build, until: str, first: date, parameters: Parameters) -> None:
    """``worth`` (or, of closed months only, ``worth_closed``): balances in the bank's currency.

    Those converted from other currencies begin at ``first``.
    """
    rates = f"SELECT currency, valid_from, rate_ppm FROM rate WHERE valid_from <= DATE '{parameters.as_of}'"
    query = compile_query(f"{rates} ORDER BY currency, valid_from", parameters, "rate")
    build.define(f"rate_until{until}", compile_query(rates, parameters, "rate"))
    build.keys[f"rate_until{until}"] = digest(str(build.engine.fetch(query).to_pylist()))
    build.define(f"since{until}", compile_query(f"SELECT DATE '{first}' AS day", parameters, "since"))
    read = {name: f"{name}{until}" for name in ("balance", "foreign_change", "foreign_worth", "since")}
    read["rate"] = f"rate_until{until}"
    build.table(read["foreign_worth"], renamed(definition("foreign_worth", parameters), read))
    build.define(f"worth{until}", renamed(definition("worth", parameters), read))


def _worth_ever(build: Build, opening: date, parameters: Parameters) -> None:
    """``worth_ever``: balances in the bank's currency from the beginning, whatever the currency."""
    columns = "account_id, converted, valid_from, balance_fen, change_fen"
    text = f"""SELECT {columns} FROM worth{CLOSED}
        UNION ALL SELECT {columns} FROM worth WHERE valid_from >= DATE '{opening}'"""
    build.define("worth_ever", compile_query(text, parameters, "worth_ever"))


def _over_closed(build: Build, name: str, query: Query, parameters: Parameters) -> None:
    """A table over closed months: it reads no later day, so that it stays true until the month changes."""
    key = build.key(renamed(query, CLOSED_TABLES))
    build.stage(name, key, lambda folder: slices.write(build, query, folder, parameters, CLOSED_TABLES))


def _tier_history(parameters: Parameters) -> Query:
    text = resources.files("kequn.insight.tiers").joinpath("history.sql").read_text("utf-8")
    return compile_query(text, parameters, "history.sql")
