"""The insight stages of a night: months, tier history, tags, segments, prospects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from importlib import resources

from kequn.bank.store import Part
from kequn.engine.build import Build, digest
from kequn.engine.macros import Parameters
from kequn.engine.query import compile_query
from kequn.insight.catalogue import Catalogue
from kequn.insight.compose import PREFIX, customer_query, topic_queries
from kequn.insight.months.ranges import aggregates, build_aggregate, renamed
from kequn.insight.months.steady import steady
from kequn.insight.prospects.compile import prospect_query
from kequn.insight.segments import segment_queries

# Balances in the bank's currency are aggregated under this name; with the converted ones they are `balance_month`.
HOME = "balance_home"
CLOSED = "_closed"


def build_months(build: Build, parts: Mapping[str, Sequence[Part]], parameters: Parameters) -> None:
    """The month aggregates, and what closed months say of each customer."""
    holder = "SELECT account_id, party_id, asset_class, COALESCE(term, 'demand') AS term, currency FROM account_at_rest"
    build.table("account_holder", compile_query(holder, parameters, "account_holder"))
    steady(build, "account_holder", parameters)
    steady(build, "identity", parameters)
    for aggregate in aggregates():
        shown = HOME if aggregate.name == "balance_month" else aggregate.name
        build_aggregate(build, aggregate, shown, parts[aggregate.source], parameters)
    opening = parameters.as_of.replace(day=1)
    _convert(build, "", parameters)
    _convert(build, CLOSED, Parameters(opening - timedelta(days=1), parameters.settings))
    closed = Parameters(opening, parameters.settings)
    _over_closed(build, "balance_history", "months", "balance_history.sql", closed)
    _over_closed(build, "tier_month", "tiers", "history.sql", closed)


def build_tags(build: Build, definitions: Catalogue, parameters: Parameters) -> None:
    """The published table ``customer``; topics are computed only where it is not known already."""
    queries = topic_queries(definitions, parameters)
    for name, query in queries.items():
        build.known(PREFIX + name, query)
    whole = customer_query(definitions, parameters)
    if not build.known("customer", whole):
        for name, query in queries.items():
            build.table(PREFIX + name, query)
    build.table("customer", whole, definitions.types)


def build_segments(build: Build, definitions: Catalogue, parameters: Parameters) -> None:
    """Sizes, cross-coverage and white lists of the segments."""
    for name, query in segment_queries(definitions, parameters).items():
        build.table(name, query)


def build_prospects(build: Build, definitions: Catalogue, parameters: Parameters) -> None:
    """The prospect lists, with evidence."""
    build.table("prospect", prospect_query(definitions, parameters))


def _convert(build: Build, until: str, parameters: Parameters) -> None:
    """``balance_month`` (or, of closed months only, ``balance_month_closed``) over all currencies."""
    rates = f"SELECT currency, valid_from, rate_ppm FROM rate WHERE valid_from <= DATE '{parameters.as_of}'"
    query = compile_query(f"{rates} ORDER BY currency, valid_from", parameters, "rate")
    rate = f"rate_until{until}"
    build.define(rate, compile_query(rates, parameters, "rate"))
    build.keys[rate] = digest(str(build.engine.fetch(query).to_pylist()))
    text = resources.files("kequn.insight.months").joinpath("foreign_month.sql").read_text("utf-8")
    converted = compile_query(text, parameters, "foreign_month.sql")
    foreign = f"foreign_month{until}"
    build.table(foreign, renamed(converted, {"rate": rate, "foreign_change": f"foreign_change{until}"}))
    columns = ", ".join(build.columns[foreign])
    whole = f"SELECT {columns} FROM {HOME}{until} UNION ALL SELECT {columns} FROM {foreign}"
    build.define(f"balance_month{until}", compile_query(whole, parameters, "balance_month"))


def _over_closed(build: Build, name: str, room: str, file: str, parameters: Parameters) -> None:
    """A table over closed months: it reads no later day, so that it stays true until the month changes."""
    text = resources.files(f"kequn.insight.{room}").joinpath(file).read_text("utf-8")
    closed = {table: f"{table}{CLOSED}" for table in ("balance_month", "posting_month", "app_month")}
    query = compile_query(text, parameters, file)
    build.table(name, renamed(query, closed | {"identity": "identity_steady"}))
