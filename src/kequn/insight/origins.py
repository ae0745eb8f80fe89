"""From which source tables and columns a tag or a segment is computed."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from functools import reduce

from sqlglot import exp

from kequn.bank.contract import contracts
from kequn.bank.identity.components import statement
from kequn.engine.lineage import Columns, Sources, Tables, trace
from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query
from kequn.errors import KequnError
from kequn.insight.catalogue import Catalogue
from kequn.insight.compose import PREFIX, topic_query
from kequn.insight.months import DEFINITIONS, definition
from kequn.insight.rules import rule_names

HOLDER = "SELECT account_id, party_id, asset_class, term, currency FROM account"
SINCE = "SELECT DATE '1900-01-01' AS day"


def origins(definitions: Catalogue, parameters: Parameters, name: str) -> Sources:
    """The (table, column) pairs of standard tables that enter tag ``name``, and those that decide on its rows.

    Raises KequnError with the nearest name where there is no such tag or segment.
    """
    if name not in definitions.tags:
        close = difflib.get_close_matches(name, definitions.tags, n=1)
        raise KequnError(
            f"There is no tag {name}.", f"Did you mean {close[0]}?" if close else "See all tags: kequn catalogue."
        )
    found = _Origins(definitions, parameters).of(name)
    return Sources(_named(found.values), _named(found.conditions))


def _named(columns: Columns) -> Columns:
    """Without ``*``, which stands for the rows of a table."""
    return frozenset(pair for pair in columns if pair[1] != "*")


@dataclass
class _Origins:
    """Each topic is traced once, however many tags lead to it."""

    definitions: Catalogue
    parameters: Parameters
    traced: dict[str, dict[str, Sources]] = field(default_factory=dict)

    def of(self, name: str) -> Sources:
        if name in self.definitions.segments:
            return self.all(rule_names(self.definitions.segments[name].rule))
        topic = self.definitions.topics[self.definitions.tags[name].topic]
        if topic.name not in self.traced:
            query = topic_query(topic, self.parameters)
            derived: Tables = {"tag": self.definitions.types}
            reads = derived if topic.reads == "tag" else _tables(self.definitions, self.parameters, query)
            self.traced[topic.name] = trace(query, reads)
        found = self.traced[topic.name][name]
        if topic.reads != "tag":
            return found
        return self.all({tag for _, tag in found.all} - {"customer_id", "*"})

    def all(self, names: set[str]) -> Sources:
        """What several tags come from."""
        return reduce(Sources.__or__, map(self.of, sorted(names)), Sources())


def _tables(definitions: Catalogue, parameters: Parameters, query: Query) -> Tables:
    """Everything that a base topic may read, each as the query that makes it, down to the standard tables."""
    standard = {each.name: dict(each.stored_columns) for each in contracts().values()}
    standard["account"]["customer_id"] = "BIGINT"
    return {
        **standard,
        "identity": {"party_id": "BIGINT", "customer_id": "BIGINT"},
        "customer_base": statement("customer_base", parameters),
        "account_holder": compile_query(HOLDER, parameters, "account_holder"),
        **_months(parameters),
        **_topics(definitions, parameters, query),
    }


def _topics(definitions: Catalogue, parameters: Parameters, query: Query) -> dict[str, Query]:
    """The topics that a topic reads, and those that they read."""
    found: dict[str, Query] = {}
    for table in query.tree.find_all(exp.Table):
        topic = definitions.topics.get(table.name.removeprefix(PREFIX))
        if table.name.startswith(PREFIX) and topic is not None and table.name not in found:
            found[table.name] = topic_query(topic, parameters)
            found |= _topics(definitions, parameters, found[table.name])
    return found


def _months(parameters: Parameters) -> dict[str, Query]:
    found = {name: definition(name, parameters) for name in DEFINITIONS}
    return found | {"since": compile_query(SINCE, parameters, "since")}
