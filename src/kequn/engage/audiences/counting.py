"""What a rule selects in a night, within somebody's scope: how many, who they are, and who of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from kequn.engage.language import say
from kequn.engage.orgs.scope import Scope
from kequn.engage.site.night import Night, Rows
from kequn.errors import KequnError
from kequn.insight.audience import condition
from kequn.insight.catalogue import Catalogue
from kequn.insight.reading import definitions

RULE_MOST = 20_000
PAGE = 50
# A customer's own number decides the order of samples, so that the same rule always shows the same customers.
SAMPLE_ORDER = "hash(customer_id)"


@dataclass(frozen=True)
class Size:
    """How many customers a rule selects, of how many in scope."""

    customers: int
    of: int

    @property
    def share(self) -> float | None:
        """Part of the scope, 0 to 1; None for an empty scope."""
        return self.customers / self.of if self.of else None


@dataclass(frozen=True)
class Looker:
    """A night as somebody may see it."""

    night: Night
    scope: Scope

    @property
    def known(self) -> Catalogue:
        """The catalogue of the workspace."""
        return definitions(self.night.workspace)

    def where(self, rule: str) -> str:
        """SQL for customers in scope for whom ``rule`` holds; raises KequnError that points at a mistake."""
        return f"{self.within} AND ({self.chosen(rule)})" if rule else self.within

    def chosen(self, rule: str) -> str:
        """SQL of the rule alone, compiled once a night."""
        if len(rule) > RULE_MOST:
            raise KequnError(
                say(
                    f"规则太长：最多 {RULE_MOST:,} 个字符。", f"The rule is too long: at most {RULE_MOST:,} characters."
                ),
                say("拆成几个目标客群。", "Make several audiences of it."),
            )
        return self.night.kept(("audience rule", rule), lambda: self._compiled(rule))

    def _compiled(self, rule: str) -> str:
        try:
            return condition(self.night.reading, self.known, self.night.columns["customer"], rule).sql("duckdb")
        except RecursionError:
            raise KequnError(
                say("规则的条件过多或嵌套过深。", "The rule has too many conditions, or nests them too deeply."),
                say("拆成几个目标客群。", "Make several audiences of it."),
            ) from None

    @property
    def within(self) -> str:
        """SQL of the scope."""
        return self.scope.condition("customer")[0]

    def rows(self, query: str, **values: Any) -> Rows:
        """Rows of a SELECT that may use the scope's parameters.

        Raises KequnError where a rule that compiles cannot be computed, e.g. because a product is beyond 64 bits.
        """
        try:
            return self.night.rows(query, **self.scope.condition("customer")[1], **values)
        except (duckdb.DataError, duckdb.ProgrammingError):
            raise KequnError(
                say("规则无法计算。", "The rule cannot be computed."),
                say("检查数值和日期是否过大。", "See whether a number or a day is too large."),
            ) from None

    def kept(self, what: str, *key: object, make: Any) -> Any:
        """What ``make`` gives, remembered for this night and scope."""
        return self.night.kept((what, self.scope, *key), make)


def size(looker: Looker, rule: str) -> Size:
    """Count the customers in scope for whom ``rule`` holds (an empty rule holds for all)."""

    def counted(text: str) -> int:
        query = f"SELECT COUNT(*) AS n FROM customer WHERE {looker.where(text)}"
        return int(looker.rows(query)[0]["n"])

    everybody = looker.kept("audience size", "", make=lambda: counted(""))
    return Size(looker.kept("audience size", rule, make=lambda: counted(rule)), everybody)


def sample(looker: Looker, rule: str, most: int = 20) -> Rows:
    """A few members, the same each time: customer_id, tier, lifecycle_stage and aum (fen)."""
    query = f"""SELECT customer_id, tier, lifecycle_stage, aum FROM customer
        WHERE {looker.where(rule)} ORDER BY {SAMPLE_ORDER}, customer_id LIMIT {int(most)}"""
    found: Rows = looker.kept("audience sample", rule, most, make=lambda: looker.rows(query))
    return found


def members(looker: Looker, rule: str, columns: Sequence[str], *, after: int | None = None, skip: int = 0,
            most: int | None = PAGE) -> Rows:  # fmt: skip
    """Members by customer_id with ``columns``, names of the night's ``customer``.

    Either those beyond customer ``after``, or from number ``skip`` on; ``most`` None gives all of them.
    """
    names = ", ".join(["customer_id", *(f'"{name}"' for name in columns if name != "customer_id")])
    beyond = "AND customer_id > $after" if after is not None else ""
    limit = f"LIMIT {int(most)} OFFSET {int(skip)}" if most is not None else ""
    query = f"SELECT {names} FROM customer WHERE {looker.where(rule)} {beyond} ORDER BY customer_id {limit}"
    return looker.rows(query, after=after)


def columns_of(looker: Looker, asked: Sequence[str]) -> list[str]:
    """Those of the tags asked for that the night has, in order, without repetition."""
    there = looker.night.columns["customer"]
    known = looker.known.tags
    return [name for name in dict.fromkeys(asked) if name in there and name in known]
