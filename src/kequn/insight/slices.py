"""Write a large table some customers after others, so that it stays within ``engine.memory``."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from sqlglot import exp

from kequn.engine.build import Build
from kequn.engine.duck import parquet_files
from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query, parse, renamed
from kequn.engine.session import in_bytes

# Bytes of memory that a customer takes: for each aggregate of a query, or, where it only joins, for each column.
# Measured on the histories and on `customer` of a bank of five million.
AGGREGATE = 24
COLUMN = 20
# The share of engine.memory that this may take; hash tables of joins, reading and writing need the rest.
SHARE = 0.6
SLICE = "slice_"
# Which rows of a table without customer_id belong to a slice.
OWNED = {
    "app_event": f"party_id IN (SELECT party_id FROM {SLICE}identity)",
    "posting": f"account_id IN (SELECT account_id FROM {SLICE}account)",
    "worth": f"account_id IN (SELECT account_id FROM {SLICE}account)",
}


def write(
    build: Build, query: Query, folder: Path, parameters: Parameters, read: Mapping[str, str] = MappingProxyType({})
) -> int:
    """Write ``query`` into ``folder``; returns its rows. Each of them must depend on rows of one customer alone.

    ``read`` names the tables to read instead of some (see `kequn.engine.query.renamed`). What fits in memory is written
    at once; else every table is cut to the customers of a slice before it is joined.
    """
    slices = _count(build, query, parameters)
    if slices == 1:
        return build.engine.write(renamed(query, read), folder)
    folder.mkdir(parents=True)
    rows = 0
    for number, customers in enumerate(_ranges_of_ids(slices)):
        part = folder / f"slice-{number}"
        with _owned(build, query, customers, read):
            rows += build.engine.write(renamed(_within(query, customers), read), part)
        for file in parquet_files([part]):
            file.rename(folder / f"{part.name}-{file.name}")
        shutil.rmtree(part)
    return rows


def _count(build: Build, query: Query, parameters: Parameters) -> int:
    """How many slices the query needs: by the setting, or by what it holds for a customer."""
    settings = parameters.settings
    counted = compile_query("SELECT count(*) AS customers FROM customer_base", parameters, query.origin)
    customers = int(build.engine.fetch(counted).column("customers")[0].as_py())
    most = settings.integer("engine.customers_at_once")
    if not most:
        most = int(SHARE * in_bytes(settings.text("engine.memory"))) // _held(query)
    return max(1, -(-customers // most))


def _held(query: Query) -> int:
    """Bytes that the query holds in memory for a customer, about."""
    aggregates = sum(1 for _ in query.tree.find_all(exp.AggFunc))
    widest = max(len(select.selects) for select in query.tree.find_all(exp.Select))
    return max(AGGREGATE * aggregates, COLUMN * widest)


@contextmanager
def _owned(build: Build, query: Query, customers: str, read: Mapping[str, str]) -> Iterator[None]:
    """Keep the parties and accounts of a slice meanwhile: an engine that knows how few they are joins them well."""
    names = {table.name for table in query.tree.find_all(exp.Table)}
    held = {
        "identity": f"SELECT * FROM identity WHERE {customers}",
        "account": f"SELECT account.* FROM account JOIN {SLICE}identity ON account.party_id = {SLICE}identity.party_id",
    }
    kept = list(held) if names & set(held) else []
    for name in kept:
        build.engine.keep(SLICE + name, renamed(Query(query.origin, parse(held[name], query.origin)), read))
    try:
        yield
    finally:
        for name in kept:
            build.engine.drop(SLICE + name)


def _within(query: Query, customers: str) -> Query:
    """The query over the customers of one slice: every table that it reads is cut before it is joined."""
    inside = {str(cte.alias) for cte in query.tree.find_all(exp.CTE)}

    def step(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Table) or node.name in inside:
            return node
        if node.name in ("identity", "account"):
            return exp.alias_(exp.to_table(SLICE + node.name), node.alias_or_name, table=True)
        condition = OWNED.get(node.name, customers)
        return exp.select("*").from_(exp.to_table(node.name)).where(condition).subquery(node.alias_or_name)

    return Query(query.origin, query.tree.transform(step))


def _ranges_of_ids(count: int) -> Iterator[str]:
    """Conditions that part the customers evenly: identifiers are spread over all BIGINTs from 0 on."""
    step = 2**63 // count
    for number in range(count):
        last = (number + 1) * step - 1 if number + 1 < count else 2**63 - 1
        yield f"customer_id BETWEEN {number * step} AND {last}"
