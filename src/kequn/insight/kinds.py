"""Kinds of expressions in the rule language (number, text, boolean, date), checked with the place of each fault."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from kequn.engine.macros import Parameters
from kequn.engine.place import Place, fault
from kequn.errors import KequnError

KIND_OF_TYPE = {
    "BIGINT": "number", "INTEGER": "number", "DOUBLE": "number", "VARCHAR": "text", "BOOLEAN": "boolean",
    "DATE": "date", "TIMESTAMP": "date",
}  # fmt: skip
NULL = "null"

# Functions of our own: kinds of the arguments, kind of the result.
FUNCTIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "as_of": ((), "date"),
    "yuan": (("number",), "number"),
    "round_div": (("number", "number"), "number"),
    "ceil_div": (("number", "number"), "number"),
    "floor_div": (("number", "number"), "number"),
    "share": (("number", "number"), "number"),
    "days_between": (("date", "date"), "number"),
    "months_between_starts": (("date", "date"), "number"),
    "age_on": (("date", "date"), "number"),
    "add_days": (("date", "number"), "date"),
    "add_months": (("date", "number"), "date"),
    "month_start": (("date",), "date"),
    "month_end": (("date",), "date"),
    "days_in_month": (("date",), "number"),
    "weekday": (("date",), "number"),
}
# Constructs that have a better spelling here.
INSTEAD: dict[type[exp.Expr], str] = {
    exp.Div: "Use share(a, b) for a ratio, round_div(a, b) for money.",
    exp.DPipe: "Write or between conditions.",
    exp.BitwiseAnd: "Write and between conditions.",
    exp.ArrayOverlaps: "Write and between conditions.",
    exp.BitwiseOr: "Write or between conditions.",
    exp.Interval: "Use add_days(date, n) or add_months(date, n).",
    exp.Select: "A rule sees one customer's tags; subqueries belong into a tag.",
    exp.Subquery: "A rule sees one customer's tags; subqueries belong into a tag.",
    exp.AggFunc: "A rule sees one customer's tags; aggregates belong into a tag.",
    exp.Window: "A rule sees one customer's tags; windows belong into a tag.",
    exp.Alias: "Join conditions with and, or, not.",
    exp.CurrentDate: "Use as_of(), the business date.",
    exp.CurrentTimestamp: "Use as_of(), the business date.",
}


@dataclass(frozen=True)
class Kinds:
    """Finds the kind of every part of one rule; turns date texts into dates and names into lower case on the way."""

    text: str
    shift: int
    types: Mapping[str, str]
    values: Mapping[str, Collection[str]]
    parameters: Parameters
    origin: str

    def expect(self, node: exp.Expr, kind: str) -> None:
        """Raise KequnError unless ``node`` is of ``kind`` (or empty)."""
        node = self._dated(node, kind)
        found = self.of(node)
        if found in (kind, NULL):
            return
        if kind == "boolean":
            example = {"number": "> 0", "text": "= '...'", "date": "is not null"}[found]
            name = node.sql("duckdb")
            raise self.fault(node, f"{name} is a {found}, not a condition.", f"Compare it, e.g. {name} {example}.")
        raise self.fault(node, f"expected a {kind}, but {node.sql('duckdb')} is a {found}.", "")

    def of(self, node: exp.Expr) -> str:
        """The kind of ``node``; raises KequnError for what the language does not have."""
        for family, answer in self._answers().items():
            if isinstance(node, family):
                return answer(node)
        hint = next((hint for family, hint in INSTEAD.items() if isinstance(node, family)), "")
        raise self.fault(node, f"{node.sql('duckdb')} is not part of the rule language.", hint)

    def fault(self, node: exp.Expr, message: str, hint: str) -> KequnError:
        """An error that points at ``node``."""
        return fault(self.origin, Place.of(node, self.text, self.shift), self.text, message, hint)

    def _answers(self) -> dict[type[exp.Expr] | tuple[type[exp.Expr], ...], Callable[..., str]]:
        return {
            exp.Paren: lambda node: self.of(node.this),
            exp.Column: self._column,
            exp.Literal: lambda node: "text" if node.is_string else "number",
            exp.Boolean: lambda node: "boolean",
            exp.Null: lambda node: NULL,
            (exp.And, exp.Or, exp.Not): lambda node: self._all(node.iter_expressions(), "boolean", "boolean"),
            exp.Is: self._is,
            exp.In: self._in,
            exp.Between: self._between,
            (exp.Like, exp.StartsWith, exp.Contains): lambda node: self._all(
                node.iter_expressions(), "text", "boolean"
            ),
            (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE): self._comparison,
            (exp.Add, exp.Sub): self._sum,
            (exp.Mul, exp.IntDiv, exp.Mod, exp.Neg, exp.Abs): lambda node: self._all(
                node.iter_expressions(), "number", "number"
            ),
            (exp.Coalesce, exp.Greatest, exp.Least, exp.Nullif): lambda node: self.same(list(node.iter_expressions())),
            exp.Case: self._case,
            exp.Cast: self._cast,
            exp.Anonymous: self._function,
        }

    def same(self, nodes: Sequence[exp.Expr]) -> str:
        """The one kind that all ``nodes`` have; a text beside dates must be a date."""
        kinds = [self.of(node) for node in nodes]
        known = [kind for kind in kinds if kind != NULL]
        wanted = "date" if "date" in known else next(iter(known), NULL)
        for node, kind in zip(nodes, kinds, strict=True):
            if wanted == "date" and node.is_string:
                self._dated(node, wanted)
            elif kind not in (wanted, NULL):
                raise self._differ(nodes[kinds.index(wanted)], wanted, node, kind)
        return wanted

    def _differ(self, first: exp.Expr, wanted: str, node: exp.Expr, kind: str) -> KequnError:
        numbers = {kind, wanted} == {"text", "number"}
        hint = "Text stands in single quotes, numbers without." if numbers else "Compare like with like."
        message = f"{first.sql('duckdb')} is a {wanted} and {node.sql('duckdb')} is a {kind}."
        return self.fault(node, message, hint)

    def _all(self, nodes: Collection[exp.Expr], kind: str, result: str) -> str:
        for node in list(nodes):
            self.expect(node, kind)
        return result

    def _column(self, node: exp.Column) -> str:
        if not isinstance(node.this, exp.Identifier):
            raise self.fault(node, f"{node.sql('duckdb')} is not part of the rule language.", "")
        name = node.name.lower()
        if node.table or name not in self.types:
            raise self._unknown(node)
        if node.name != name or node.this.quoted:
            node.set("this", exp.to_identifier(name))
        return KIND_OF_TYPE[self.types[name].upper()]

    def _unknown(self, node: exp.Column) -> KequnError:
        name = node.sql("duckdb").strip('"')
        close = difflib.get_close_matches(name.lower(), self.types, n=1)
        codes = {code for known in self.values.values() for code in known}
        if node.this.quoted or name in codes:
            hint = f"Text stands in single quotes: '{name}'."
        else:
            hint = f"Did you mean {close[0]}?" if close else "The catalogue lists all tags."
        return self.fault(node, f"there is no tag {name}.", hint)

    def _is(self, node: exp.Is) -> str:
        self.of(node.this)
        if isinstance(node.expression, exp.Boolean):
            self.expect(node.this, "boolean")
        elif not isinstance(node.expression, exp.Null):
            raise self.fault(node, "after IS stands NULL, NOT NULL, TRUE or FALSE.", "Compare values with =.")
        return "boolean"

    def _in(self, node: exp.In) -> str:
        if not node.expressions or node.args.get("query"):
            raise self.fault(node, "IN needs a list of values.", "e.g. tier in ('gold', 'platinum')")
        self._same_or_codes([node.this, *node.expressions])
        return "boolean"

    def _between(self, node: exp.Between) -> str:
        self._ordered([node.this, node.args["low"], node.args["high"]])
        return "boolean"

    def _comparison(self, node: exp.Binary) -> str:
        sides = [node.left, node.right]
        for side in sides:
            if isinstance(side, exp.Null):
                raise self.fault(node, "nothing equals NULL.", "Write is null or is not null.")
        if isinstance(node, (exp.EQ, exp.NEQ)):
            self._same_or_codes(sides)
        else:
            self._ordered(sides)
        return "boolean"

    def _ordered(self, nodes: Sequence[exp.Expr]) -> None:
        if self.same(nodes) == "boolean":
            raise self.fault(nodes[0], "yes and no have no order.", "Write the tag alone, or not before it.")
        for node in nodes:
            if isinstance(node, exp.Column) and node.name in self.values:
                raise self.fault(
                    node, f"the codes of {node.name} have no order.", f"Use {node.name} in ('...', '...')."
                )

    def _same_or_codes(self, nodes: Sequence[exp.Expr]) -> None:
        self.same(nodes)
        named = [node.name.lower() for node in nodes if isinstance(node, exp.Column)]
        for name in (name for name in named if self.values.get(name)):
            for node in nodes:
                if node.is_string and node.name not in self.values[name]:
                    raise self._no_such_code(node, name)

    def _no_such_code(self, node: exp.Expr, name: str) -> KequnError:
        known = list(self.values[name])
        close = difflib.get_close_matches(node.name, known, n=1, cutoff=0.5)
        hint = f"Did you mean '{close[0]}'?" if close else f"It is one of: {', '.join(known)}."
        return self.fault(node, f"{name} is never '{node.name}'.", hint)

    def _sum(self, node: exp.Binary) -> str:
        for side in (node.left, node.right):
            kind = self.of(side)
            if kind == "date":
                raise self.fault(
                    node, "days are not added with + or -.", "Use add_days(date, n) or days_between(a, b)."
                )
            if kind not in ("number", NULL):
                raise self.fault(side, f"expected a number, but {side.sql('duckdb')} is a {kind}.", "")
        return "number"

    def _case(self, node: exp.Case) -> str:
        if node.this is not None:
            raise self.fault(node, "CASE compares nothing here.", "Write CASE WHEN condition THEN value ... END.")
        for branch in node.args["ifs"]:
            self.expect(branch.this, "boolean")
        default = node.args.get("default")
        return self.same([branch.args["true"] for branch in node.args["ifs"]] + ([default] if default else []))

    def _cast(self, node: exp.Cast) -> str:
        if not node.is_type("date") or not node.this.is_string:
            raise self.fault(node, "tags have their types already; nothing is cast.", "Write a date as '2024-05-17'.")
        self._day(node.this)
        return "date"

    def _function(self, node: exp.Anonymous) -> str:
        name = str(node.this).lower()
        if name == "setting":
            return self._setting(node)
        if name not in FUNCTIONS:
            close = difflib.get_close_matches(name, FUNCTIONS, n=1)
            raise self.fault(node, f"there is no function {name}.", f"Did you mean {close[0]}?" if close else "")
        kinds, result = FUNCTIONS[name]
        if len(kinds) != len(node.expressions):
            raise self.fault(node, f"{name}() takes {len(kinds)} arguments, not {len(node.expressions)}.", "")
        for argument, kind in zip(list(node.expressions), kinds, strict=True):
            self.expect(argument, kind)
        return result

    def _setting(self, node: exp.Anonymous) -> str:
        if len(node.expressions) != 1 or not node.expressions[0].is_string:
            raise self.fault(node, "setting() takes one quoted name.", "e.g. setting('tiers.gold_yuan')")
        try:
            value = self.parameters.settings[node.expressions[0].name]
        except KequnError as error:
            raise self.fault(node, error.message, error.hint) from None
        sample = value[0] if isinstance(value, list) and value else value
        if isinstance(sample, bool):
            return "boolean"
        return "text" if isinstance(sample, str) else "number"

    def _dated(self, node: exp.Expr, kind: str) -> exp.Expr:
        """The text of a date, where a date is expected, as a date."""
        if kind != "date" or not node.is_string:
            return node
        self._day(node)
        day = exp.cast(node.copy(), "DATE")
        node.replace(day)
        return day

    def _day(self, node: exp.Expr) -> None:
        try:
            date.fromisoformat(node.name)
        except ValueError:
            raise self.fault(node, f"'{node.name}' is not a date.", "Write dates as '2024-05-17'.") from None
