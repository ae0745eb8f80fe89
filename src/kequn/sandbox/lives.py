"""Life events: job change, house, child to school, retirement, shop, dissatisfaction, and leaving the bank."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kequn.sandbox.people import People, day_or_never
from kequn.sandbox.plan import NEVER, Bools, Floats, Ints


@dataclass(frozen=True)
class Lives:
    """Day number of each event, NEVER where it does not come.

    A leaver takes the money out from ``leaves`` on over ``leaving_days``; ``halted`` is the day on which a
    contact won the customer back.
    """

    job_change: Ints
    paid_again: Ints
    house: Ints
    school: Ints
    retired: Ints
    shop: Ints
    unhappy: Ints
    hazard: Floats
    leaves: Ints
    leaving_days: Ints
    halted: Ints

    def remaining(self, days: Ints) -> Floats:
        """Share of their money that persons keep here on ``days`` (persons x n)."""
        days = np.minimum(days, self.halted[:, None])
        gone = (days - self.leaves[:, None]) / self.leaving_days[:, None]
        return np.clip(1 - gone, 0.03, 1)

    def left_by(self, days: Ints) -> Bools:
        """Whether persons have wholly left on ``days`` (persons x n)."""
        gone: Bools = (days > (self.leaves + self.leaving_days)[:, None]) & (self.halted[:, None] == NEVER)
        return gone

    def with_contacts(self, leaves: Ints, halted: Ints) -> Lives:
        """These lives as the past contacts changed them."""
        return replace(self, leaves=leaves, halted=halted)


def lives(people: People) -> Lives:
    """Draw the events of a chunk's persons as they come without any contact."""
    plan, count = people.plan, len(people)
    chance = people.chance("lives")
    years = plan.days / 365

    def sometime(share: Floats) -> Ints:
        comes = chance.random(count) < 1 - (1 - np.clip(share, 0, 0.95)) ** years
        return day_or_never(comes, chance.integers(0, plan.days, count))

    age, nobody = people.age, np.zeros(count)
    paid = people.employer >= 0
    job_change = sometime(np.where(paid, plan.share("job_change_percent"), 0))
    again = chance.random(count) < 0.45
    unhappy = sometime(plan.share("unhappy_percent") * np.exp(0.5 * people.unhappy_nature))
    leaves, hazard = _leaving(people, unhappy, chance)
    return Lives(
        job_change=job_change,
        paid_again=np.where(again, job_change + chance.integers(25, 70, count), NEVER),
        house=sometime(np.where((age > 24) & (age < 50), plan.share("house_percent") * (1 + 0.5 * people.band), 0)),
        school=_school(people, chance),
        retired=day_or_never(paid & (age > 58), plan.day_of(plan.first) + np.rint((60 - age) * 365).astype(np.int64)),
        shop=sometime(np.where(people.works_as("self_employed"), plan.share("shop_percent"), 0)),
        unhappy=unhappy,
        hazard=hazard,
        leaves=leaves,
        leaving_days=chance.integers(21, 85, count),
        halted=np.full(count, NEVER) + nobody.astype(np.int64),
    )


def _leaving(people: People, unhappy: Ints, chance: np.random.Generator) -> tuple[Ints, Floats]:
    """Who leaves and when, and the yearly hazard before and without unhappiness.

    The unhappy leave 20 to 100 days after they became so, likelier by nature; others seldom and at any time.
    """
    plan, count = people.plan, len(people)
    hazard = plan.share("leaving_percent") * np.exp(0.6 * people.unhappy_nature - 0.18)
    follows = chance.random(count) < plan.share("unhappy_leaving_percent") * np.exp(0.35 * people.unhappy_nature)
    after = np.where(follows & (unhappy < NEVER), unhappy + chance.integers(20, 100, count), NEVER)
    waiting = chance.exponential(1, count) / hazard * 365
    alone = np.maximum(people.joined, 0) + np.minimum(waiting, NEVER).astype(np.int64) + 1
    leaves = np.minimum(after, np.where(alone < plan.days, alone, NEVER))
    leaves = np.where(leaves < plan.days - 1, np.maximum(leaves, people.joined + 30), NEVER)
    return leaves, hazard


def _school(people: People, chance: np.random.Generator) -> Ints:
    """Parents pay tuition from a day on, many since before the period."""
    count = len(people)
    parent = (people.age > 28) & (people.age < 52) & (people.marital != 0)
    pays = parent & (chance.random(count) < people.plan.share("tuition_percent"))
    return day_or_never(pays, chance.integers(-people.plan.days, people.plan.days, count))
