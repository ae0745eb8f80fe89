"""What earlier contacts say: how often each offer was made and taken, and what to expect without history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query

# Rates are drawn to wider groups as if so many contacts more had the wider group's rate.
PRIOR_CONTACTS = 200.0
FLOOR = 1e-6


@dataclass(frozen=True)
class Tally:
    """Contacts that did not fail, and how many were answered by a purchase.

    ``standing`` are planned and not yet delivered: they use up stock and budget, and say nothing of the rate.
    """

    made: int = 0
    taken: int = 0
    standing: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.made + other.made, self.taken + other.taken, self.standing + other.standing)

    def rate(self, prior: float) -> float:
        """Share taken, drawn to ``prior`` (Beta prior of PRIOR_CONTACTS contacts)."""
        return (self.taken + PRIOR_CONTACTS * prior) / (self.made + PRIOR_CONTACTS)


@dataclass(frozen=True)
class Own:
    """What a campaign's own contacts say of a pair: factor on the expected rate, its doubt, and the contacts."""

    factor: float
    doubt: float
    made: int


@dataclass(frozen=True)
class Past:
    """Tallies by (campaign, offer, channel) and by (product class, channel)."""

    own: Mapping[tuple[str, str, str], Tally] = field(default_factory=dict)
    alike: Mapping[tuple[str, str], Tally] = field(default_factory=dict)

    def contacts(self, campaign: str, offer: str, channel: str | None = None) -> int:
        """Earlier contacts of an offer, by all channels or by one, those that stand included."""
        return sum(
            tally.made + tally.standing
            for (name, given, by), tally in self.own.items()
            if name == campaign and given == offer and channel in (None, by)
        )

    def expected(self, klass: str, channel: str) -> float:
        """Share of contacts taken: of the class by the channel, drawn to that of the class, that to the channel's."""
        everything = _total(self.alike.values())
        overall = everything.rate(0.005)
        by_channel = _total(t for (_, by), t in self.alike.items() if by == channel).rate(overall)
        by_class = _total(t for (name, _), t in self.alike.items() if name == klass).rate(overall)
        both = self.alike.get((klass, channel), Tally())
        return max(both.rate(by_class * by_channel / max(overall, FLOOR)), FLOOR)

    def of_pair(self, campaign: str, offer: str, channel: str, expected: float, weight: float) -> Own:
        """Posterior of a pair's factor: Gamma with ``weight`` taken offers as prior, mean 1 without own contacts.

        Source: gamma-Poisson model of observed over expected counts (Clayton and Kaldor, Biometrics 43, 1987).
        """
        tally = self.own.get((campaign, offer, channel), Tally())
        shape, rate = tally.taken + weight, tally.made * expected + weight
        return Own(shape / rate, shape**0.5 / rate, tally.made)


def past_of(rows: Iterable[Mapping[str, Any]]) -> Past:
    """From the rows of ``past_query``."""
    own: dict[tuple[str, str, str], Tally] = {}
    alike: dict[tuple[str, str], Tally] = {}
    for row in rows:
        tally = Tally(int(row["made"]), int(row["taken"]), int(row["standing"]))
        name = (row["campaign"] or "", row["offer"] or "", row["channel"])
        own[name] = own.get(name, Tally()) + tally
        kind = (row["product_class"] or "", row["channel"])
        alike[kind] = alike.get(kind, Tally()) + tally
    return Past(own, alike)


def past_query(parameters: Parameters) -> Query:
    """Contacts made, taken and standing (planned, not yet delivered) by campaign, offer, class and channel."""
    text = """WITH bought AS (
  SELECT contact_id FROM response WHERE kind = 'bought' GROUP BY contact_id
),
shelf AS (
  SELECT product_id, MIN(product_class) AS product_class FROM product GROUP BY product_id
),
made AS (
  SELECT contact.campaign, contact.offer, shelf.product_class, contact.channel,
    COUNT(*) AS made, COUNT(bought.contact_id) AS taken
  FROM contact
  LEFT JOIN bought ON contact.contact_id = bought.contact_id
  LEFT JOIN shelf ON contact.product_id = shelf.product_id
  WHERE contact.outcome <> 'failed'
  GROUP BY contact.campaign, contact.offer, shelf.product_class, contact.channel
)
SELECT campaign, offer, product_class, channel, made, taken, 0 AS standing FROM made
UNION ALL
SELECT campaign, offer, CAST(NULL AS VARCHAR) AS product_class, channel, 0 AS made, 0 AS taken, COUNT(*) AS standing
FROM plan_standing GROUP BY campaign, offer, channel
ORDER BY campaign, offer, product_class, channel, made, standing"""
    return compile_query(text, parameters, "past contacts")


def _total(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total = total + tally
    return total
