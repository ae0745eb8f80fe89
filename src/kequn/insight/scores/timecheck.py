"""Nothing that a feature says comes from after its as_of: refused as a definition, and found in a training table.

A definition is refused where it compares the business day of an event with a day after as_of(). A table is refused
where features replayed at the date of a published night differ from what that night published.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlglot import exp

from kequn.bank.contract import contracts
from kequn.engine.macros import Parameters
from kequn.engine.place import Place, fault
from kequn.engine.publish import before, current
from kequn.engine.query import Query, compile_query, parse
from kequn.errors import KequnError
from kequn.insight.reading import reading
from kequn.insight.scores.replay import Past, wanted
from kequn.workspace import Workspace

KEY = "customer_id"
# Days that a month may have at most; a comparison that may reach past as_of counts as one that does.
MONTH = 31
Kind: TypeAlias = type[exp.Binary]
FLIPPED: dict[Kind, Kind] = {exp.LT: exp.GT, exp.LTE: exp.GTE, exp.GT: exp.LT, exp.GTE: exp.LTE, exp.EQ: exp.EQ}
KEEPS = ("date_of", "month_start", "add_days", "greatest", "least", "coalesce")


def check(
    bank: Past,
    names: Collection[str],
    parameters: Parameters,
    features: Callable[[Parameters], Query] | None = None,
    compared: Sequence[str] | None = None,
) -> None:
    """Refuse features made of the tags and segments ``names`` that see later days than their own.

    Their definitions are looked at; then the newest night before the date of ``parameters`` is replayed and compared.
    ``features`` gives what to ask of ``customer`` on a date, of which ``compared`` counts; by default the tags and
    segments themselves, as far as that night had them. Raises KequnError that names definition or feature.
    """
    for topic in wanted(bank.definitions, names).topics.values():
        refuse_later(topic.text, parameters, topic.file)
    night = before(bank.workspace, parameters.as_of) or current(bank.workspace, parameters.as_of)
    if night is None:
        return
    within = Parameters(night.as_of, parameters.settings)
    query = features(within) if features else _tags_query(bank.workspace, names, within)
    with bank.on(night.as_of, names) as build:
        replayed = build.engine.fetch(query)
    chosen = replayed.select([KEY, *compared]) if compared else replayed
    against_night(bank.workspace, chosen, query, night.as_of)


def _tags_query(workspace: Workspace, names: Collection[str], parameters: Parameters) -> Query:
    with reading(workspace, as_of=parameters.as_of) as night:
        known = night.attach("customer")
    listed = ", ".join([KEY, *(name for name in dict.fromkeys(names) if name in known)])
    return compile_query(f"SELECT {listed} FROM customer", parameters, "customer")


def refuse_later(text: str, parameters: Parameters, origin: str) -> None:
    """Raise KequnError, with line and column, where a SELECT compares an event's business day with a later day."""
    tree = parse(text, origin)
    days = _Days(parameters, _event_days(tree))
    for node in tree.walk():
        for column, kind, other in _comparisons(node):
            if days.reaches_later(column, kind, other):
                raise fault(
                    origin, Place.of(node, text), text,
                    f"{node.sql('duckdb')} lets in events after as_of().",
                    "A feature knows nothing later than its date: compare with as_of() or an earlier day.",
                )  # fmt: skip


def compare(replayed: pa.Table, published: pa.Table, least: float, day: date) -> None:
    """Raise KequnError, naming the feature, unless each column is equal for at least ``least`` of the customers.

    Both have customer_id; every other column of ``replayed`` must be in ``published``, whose further customers do not
    count. Numbers are equal to nine digits, and nothing equals nothing.
    """
    places = pc.index_in(replayed[KEY], value_set=published[KEY].combine_chunks())
    aligned = published.take(places)
    known = ~pc.is_null(places).to_numpy()
    for name in replayed.schema.names:
        if name == KEY:
            continue
        if name not in published.schema.names:
            raise KequnError(f"Feature {name} is not among what the night of {day} published.", "Make it of its tags.")
        equal = float((_equal(replayed[name], aligned[name]) & known).mean()) if replayed.num_rows else 1.0
        if equal < least:
            raise KequnError(
                f"Feature {name} replayed at {day} equals what that night published for {equal:.1%} of the customers"
                f" only ({least:.0%} are needed).",
                "It sees later days, or reads a column that states what is true today: leave it out.",
            )


def against_night(workspace: Workspace, replayed: pa.Table, query: Query, day: date) -> None:
    """``compare`` a replay of ``day`` with ``query`` over the table ``customer`` that its night published."""
    with reading(workspace, "customer", as_of=day) as night:
        published = night.engine.fetch(query)
    compare(replayed, published, float(workspace.settings.text("scores.replay_equal_share")), day)


def _event_days(tree: exp.Expr) -> set[str]:
    """Names of columns that hold the business day of an event or change, and of what the definition calls them."""
    known = {each.business_day for each in contracts().values() if each.kind != "snapshot" and each.business_day}
    while True:
        named = {
            alias.alias
            for alias in tree.find_all(exp.Alias)
            if (column := _bare(alias.this)) is not None and column.name in known
        }
        if named <= known:
            return {name for name in known if name}
        known |= named


def _bare(node: exp.Expr) -> exp.Column | None:
    """The column that a node is, as it stands or under a function that keeps it a day."""
    while not isinstance(node, exp.Column):
        inner = list(node.iter_expressions())
        name = str(node.this) if isinstance(node, exp.Anonymous) else node.key
        if name.lower() not in (*KEEPS, "max", "min", "cast", "filter", "paren") or not inner:
            return None
        node = inner[0]
    return node


def _comparisons(node: exp.Expr) -> Iterator[tuple[exp.Expr, Kind, exp.Expr]]:
    """(one side, how it compares, other side), both ways round; BETWEEN is two comparisons."""
    if isinstance(node, exp.Between):
        yield node.this, exp.LTE, node.args["high"]
        yield node.this, exp.GTE, node.args["low"]
    elif type(node) in FLIPPED and isinstance(node, exp.Binary):
        yield node.left, type(node), node.right
        yield node.right, FLIPPED[type(node)], node.left


@dataclass(frozen=True)
class _Days:
    """Reads sides of comparisons: event days, and days at an offset from as_of."""

    parameters: Parameters
    events: set[str]

    def reaches_later(self, side: exp.Expr, kind: Kind, other: exp.Expr) -> bool:
        """Whether ``side kind other`` holds for events after as_of, by what is known of ``other``."""
        whole = True
        if self._call(side) == "days_between":
            side, kind, other = self._between(side, kind, other)
        column = _bare(side)
        if column is None or column.name not in self.events:
            return False
        if isinstance(side, exp.Column):
            whole = column.name == "valid_from"
        offset = self.offset(other)
        if offset is None:
            return False
        latest = {exp.LT: 1, exp.LTE: 0, exp.EQ: 0, exp.GTE: 0, exp.GT: -1 if whole else 0}[kind]
        return offset > latest

    def offset(self, node: exp.Expr) -> int | None:
        """Days that a side lies after as_of, at most; None where that is not known."""
        call, inner = self._call(node), list(node.iter_expressions())
        if call == "as_of":
            return 0
        if call in ("date_of", "cast", "paren", "month_start"):
            return self.offset(inner[0])
        if call == "month_end":
            start = self.offset(inner[0])
            return None if start is None else start + MONTH - 1
        if call in ("add_days", "add_months"):
            start, more = self.offset(inner[0]), self.number(inner[1])
            return None if start is None or more is None else start + more * (MONTH if call == "add_months" else 1)
        if isinstance(node, exp.Literal) and node.is_string:
            return _since(self.parameters.as_of, node.name)
        return None

    def number(self, node: exp.Expr) -> int | None:
        """A whole number made of literals, settings, sums, differences and products."""
        if isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit():
            return int(node.name)
        if self._call(node) == "setting":
            value = self.parameters.settings[node.expressions[0].name]
            return value if isinstance(value, int) else None
        parts = [self.number(item) for item in node.iter_expressions()]
        if not parts or any(part is None for part in parts):
            return None
        known = [part for part in parts if part is not None]
        if isinstance(node, exp.Neg):
            return -known[0]
        if isinstance(node, exp.Add | exp.Sub | exp.Mul):
            one, two = known
            return one + two if isinstance(node, exp.Add) else one - two if isinstance(node, exp.Sub) else one * two
        return known[0] if isinstance(node, exp.Paren) else None

    def _between(self, side: exp.Expr, kind: Kind, other: exp.Expr) -> tuple[exp.Expr, Kind, exp.Expr]:
        """days_between(event, day) kind n as a comparison of the event with day - n, and the like turned round."""
        first, last = side.expressions
        column = _bare(first)
        if column is not None and column.name in self.events:
            minus = exp.Sub(this=exp.Literal.number(0), expression=other.copy())
            return first, FLIPPED[kind], exp.Anonymous(this="add_days", expressions=[last.copy(), minus])
        return last, kind, exp.Anonymous(this="add_days", expressions=[first.copy(), other.copy()])

    def _call(self, node: exp.Expr) -> str:
        return str(node.this).lower() if isinstance(node, exp.Anonymous) else node.key


def _since(as_of: date, text: str) -> int | None:
    try:
        return (date.fromisoformat(text) - as_of).days
    except ValueError:
        return None


def _equal(one: pa.ChunkedArray, two: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Row by row; numbers with a point to nine digits."""
    if pa.types.is_floating(one.type):
        left, right = (pc.cast(column, pa.float64(), safe=False).to_numpy() for column in (one, two))
        return np.asarray(np.isclose(left, right, rtol=1e-9, atol=1e-9, equal_nan=True), np.bool_)
    same = pc.fill_null(pc.equal(one, two), False).to_numpy()
    return np.asarray(same | (pc.is_null(one).to_numpy() & pc.is_null(two).to_numpy()), np.bool_)
