"""Compose the published table ``customer`` from all topics, tiers and segments."""

from __future__ import annotations

from collections.abc import Mapping

import sqlglot
from sqlglot import exp

from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query
from kequn.errors import KequnError
from kequn.insight.catalogue import Catalogue, Tag, Topic
from kequn.insight.rules import compile_rule

PREFIX = "topic_"


def topic_queries(catalogue: Catalogue, parameters: Parameters) -> dict[str, Query]:
    """Compiled base topics by name, each after the topics it reads (as ``topic_<name>``)."""
    queries = _compiled(catalogue, parameters, "base")
    return _ordered(queries, {name: _read_topics(query) for name, query in queries.items()})


def topic_query(topic: Topic, parameters: Parameters) -> Query:
    """Compile one topic; raises KequnError where its columns and the tags of its YAML differ."""
    query = compile_query(topic.text, parameters, topic.file)
    expected = ["customer_id", *(tag.name for tag in topic.tags)]
    columns = query.columns()
    if columns[:1] != ["customer_id"]:
        raise KequnError(f"{topic.file}: the first column must be customer_id.")
    for name in set(expected) ^ set(columns):
        where = "YAML entry but no column" if name in expected else "column but no YAML entry"
        raise KequnError(f"{topic.file}: tag {name} has a {where}.")
    return query


def customer_query(catalogue: Catalogue, parameters: Parameters) -> Query:
    """One row a customer: base tags, then derived tags, then a flag for each segment."""
    tree = _joined(catalogue)
    for name, query in _derived(catalogue, parameters).items():
        tree = _with_derived(tree, catalogue.topics[name], query)
    types, values = catalogue.types, catalogue.values
    flags = {
        name: compile_rule(segment.rule, types, parameters, f"segments/{name}.yaml", values)
        for name, segment in catalogue.segments.items()
    }
    return Query("customer", _with_columns(tree, {n: f"COALESCE({f.sql('duckdb')}, FALSE)" for n, f in flags.items()}))


def tag_query(catalogue: Catalogue) -> Query:
    """The joined base tags, which derived topics read as table ``tag``."""
    return Query("tag", _joined(catalogue))


def _derived(catalogue: Catalogue, parameters: Parameters) -> dict[str, Query]:
    queries = _compiled(catalogue, parameters, "tag")
    origin = {tag.name: name for name in queries for tag in catalogue.topics[name].tags}
    needs = {
        name: {origin[column.name] for column in query.tree.find_all(exp.Column) if column.name in origin} - {name}
        for name, query in queries.items()
    }
    return _ordered(queries, needs)


def _compiled(catalogue: Catalogue, parameters: Parameters, reads: str) -> dict[str, Query]:
    return {n: topic_query(topic, parameters) for n, topic in catalogue.topics.items() if topic.reads == reads}


def _read_topics(query: Query) -> set[str]:
    tables = {table.name for table in query.tree.find_all(exp.Table)}
    return {name.removeprefix(PREFIX) for name in tables if name.startswith(PREFIX)}


def _ordered(queries: Mapping[str, Query], needs: Mapping[str, set[str]]) -> dict[str, Query]:
    ordered: dict[str, Query] = {}
    while len(ordered) < len(queries):
        ready = [name for name in queries if name not in ordered and needs[name] & set(queries) <= set(ordered)]
        if not ready:
            circle = ", ".join(sorted(set(queries) - set(ordered)))
            raise KequnError(f"Topics read each other in a circle: {circle}.")
        ordered |= {name: queries[name] for name in ready}
    return ordered


def _joined(catalogue: Catalogue) -> exp.Query:
    columns = ["base.customer_id"]
    joins = []
    for topic in catalogue.topics.values():
        if topic.reads == "base":
            table = PREFIX + topic.name
            joins.append(f"LEFT JOIN {table} ON base.customer_id = {table}.customer_id")
            columns += [f"{_filled(tag, f'{table}.{tag.name}')} AS {tag.name}" for tag in topic.tags]
    return _select(f"SELECT {', '.join(columns)} FROM customer_base AS base {' '.join(joins)}")


def _with_derived(tree: exp.Query, topic: Topic, query: Query) -> exp.Query:
    select = query.tree
    tables = [table.name for table in select.find_all(exp.Table)]
    if (
        not isinstance(select, exp.Select)
        or tables != ["tag"]
        or select.find(exp.Group, exp.Where, exp.AggFunc, exp.Join)
    ):
        raise KequnError(
            f"{topic.file}: a derived topic computes columns from tag only.", "No joins, filters or groups."
        )
    sources = {item.alias_or_name: item.unalias().copy() for item in select.selects}
    bare = {name: _unqualified(source).sql("duckdb") for name, source in sources.items()}
    return _with_columns(tree, {tag.name: _filled(tag, bare[tag.name]) for tag in topic.tags})


def _unqualified(tree: exp.Expr) -> exp.Expr:
    return tree.transform(lambda node: exp.column(node.this.copy()) if isinstance(node, exp.Column) else node)


def _with_columns(tree: exp.Query, columns: Mapping[str, str]) -> exp.Query:
    if not columns:
        return tree
    added = ", ".join(f"{text} AS {name}" for name, text in columns.items())
    return _select(f"SELECT tag.*, {added} FROM ({tree.sql('duckdb')}) AS tag")


def _filled(tag: Tag, column: str) -> str:
    """The column in its declared type, with the tag's value for customers without a row."""
    typed = f"CAST({column} AS {tag.type})"
    if tag.empty is None:
        return typed
    return f"COALESCE({typed}, {exp.convert(tag.empty).sql('duckdb')})"


def _select(text: str) -> exp.Query:
    tree = sqlglot.parse_one(text, read="duckdb")
    if not isinstance(tree, exp.Query):
        raise TypeError(text)
    return tree
