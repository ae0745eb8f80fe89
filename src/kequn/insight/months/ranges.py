"""Aggregates by month: closed months are computed once and kept, the open month every night."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from pathlib import Path

import yaml
from sqlglot import exp

from kequn.bank.store import Part
from kequn.bank.tables import attach_days
from kequn.engine.build import Build, digest
from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query

BEGINNING = date(1900, 1, 1)
SEPARATOR = "__"
STEADY_TABLES = {"account": "account_holder_steady"}


@dataclass(frozen=True)
class Aggregate:
    """One definition: sums of ``source`` by party and month of its business day."""

    name: str
    source: str
    text: str


@dataclass(frozen=True)
class Range:
    """Whole months from ``first`` to ``last`` (days, inclusive)."""

    first: date
    last: date

    def table(self, aggregate: str) -> str:
        return f"{aggregate}{SEPARATOR}{self.first:%Y%m%d}_{self.last:%Y%m%d}"


def aggregates() -> Iterator[Aggregate]:
    """All month aggregates, in alphabetical order."""
    folder = Path(str(resources.files("kequn.insight.months")))
    for file in sorted(folder.glob("*.yaml")):
        fields = yaml.safe_load(file.read_text("utf-8"))
        yield Aggregate(file.stem, fields["source"], file.with_suffix(".sql").read_text("utf-8"))


def build_aggregate(build: Build, aggregate: Aggregate, parts: Sequence[Part], parameters: Parameters) -> None:
    """Leave the table of the aggregate's name (every month up to as_of) and ``<name>_closed`` (no open month)."""
    closed, opened = ranges(build.previous, aggregate.name, parameters.as_of)
    folders = {item: _build_range(build, aggregate, item, parts, parameters) for item in (*closed, opened)}
    columns = build.columns[opened.table(aggregate.name)]
    for name, chosen in ((aggregate.name, [*closed, opened]), (f"{aggregate.name}_closed", closed)):
        key = digest(*(build.keys[item.table(aggregate.name)] for item in chosen))
        build.attach(name, [folders[item] for item in chosen], columns, key)


def ranges(previous: Sequence[Path], name: str, as_of: date) -> tuple[list[Range], Range]:
    """The closed ranges, continuing those of the previous night, and the open month up to ``as_of``."""
    opening = as_of.replace(day=1)
    closed = [item for item in _kept(previous, name) if item.last < opening]
    first = closed[-1].last + timedelta(days=1) if closed else BEGINNING
    if first < opening:
        closed.append(Range(first, opening - timedelta(days=1)))
    return closed, Range(opening, as_of)


def _kept(previous: Sequence[Path], name: str) -> list[Range]:
    folders = previous[0].glob(f"{name}{SEPARATOR}*") if previous else []
    texts = sorted(folder.name.rpartition(SEPARATOR)[2].split("_") for folder in folders)
    read = [Range(_day(first), _day(last)) for first, last in texts]
    return [item for item in read if (item.last + timedelta(days=1)).day == 1]


def _day(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def _build_range(
    build: Build, aggregate: Aggregate, item: Range, parts: Sequence[Part], parameters: Parameters
) -> Path:
    rows = f"{aggregate.source}{SEPARATOR}range"
    within = Parameters(item.last, parameters.settings)
    attach_days(build, rows, aggregate.source, parts, first=item.first, within=within)
    query = compile_query(aggregate.text, within, f"{aggregate.name}.sql")
    return build.table(item.table(aggregate.name), renamed(query, {aggregate.source: rows, **STEADY_TABLES}))


def renamed(query: Query, tables: dict[str, str]) -> Query:
    """The query reading other tables in place of some; columns keep referring to the old names."""

    def step(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Table) and node.name in tables:
            return exp.alias_(exp.to_table(tables[node.name]), node.alias or node.name, table=True)
        return node

    return Query(query.origin, query.tree.transform(step))
