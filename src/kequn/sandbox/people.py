"""The persons of one chunk: who they are, and the latent traits that only the truth holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kequn.sandbox.codes import CHANNEL, CLASS
from kequn.sandbox.plan import NEVER, Bools, Floats, Ints, Plan
from kequn.sandbox.shelf import FACTORS
from kequn.sandbox.wealth import BANDS, aum_yuan, ranked
from kequn.sandbox.words import CITY_WEIGHT, EDUCATION, OCCUPATIONS
from kequn.sandbox.world import World

WORKING = ("worker", "clerk", "professional", "teacher", "civil_servant", "manager")
OCCUPATION_WEIGHT = (0.26, 0.16, 0.12, 0.05, 0.05, 0.13, 0.06, 0.11, 0.0, 0.0, 0.06)
WEALTH_OF = dict(zip(OCCUPATIONS, (0, 0.2, 0.6, 0.4, 0.5, 0.7, 1.2, -0.3, -1.0, 0.4, -0.4), strict=True))


@dataclass(frozen=True)
class People:
    """Persons as arrays; ``number`` counts over all chunks, days count from the period's start."""

    world: World
    chunk: int
    number: Ints
    female: Bools
    age: Floats
    birth: Ints
    city: Ints
    outlet: Ints
    occupation: Ints
    education: Ints
    marital: Ints
    joined: Ints
    target: Ints
    band: Ints
    salary: Floats
    employer: Ints
    pensioner: Bools
    app_rate: Floats
    car: Bools
    social: Bools
    taste: Floats
    liking: Floats
    channel_taste: Floats
    unhappy_nature: Floats
    annoyed: Bools
    persuadable: Floats
    thrift: Floats
    outside: Ints

    def __len__(self) -> int:
        return len(self.number)

    @property
    def plan(self) -> Plan:
        return self.world.plan

    def chance(self, topic: str) -> np.random.Generator:
        """The random stream of one topic of this chunk."""
        return self.plan.chance(self.chunk, topic)

    def works_as(self, *names: str) -> Bools:
        return np.isin(self.occupation, [OCCUPATIONS.index(name) for name in names])


def people(world: World, chunk: int) -> People:
    """Draw the persons of one chunk."""
    plan = world.plan
    low = chunk * plan.chunk_size
    count = min(plan.chunk_size, plan.customers - low)
    chance = plan.chance(chunk, "people")
    age = _ages(chance, count)
    occupation = _occupations(chance, age)
    score = chance.normal(0, 1, count) + 0.012 * np.minimum(age, 60)
    score += np.array([WEALTH_OF[name] for name in OCCUPATIONS])[occupation]
    rich = aum_yuan(ranked(score, chance))
    band = np.searchsorted(BANDS, rich, side="right")
    city, outlet = _homes(world, chance, count)
    employer = _employers(world, chance, age, occupation)
    taste = chance.normal(0, 0.8, (count, FACTORS)) + np.outer(np.log10(rich) - 3.5, (0.25, -0.1, 0.15, 0.0))
    unhappy = chance.normal(0, 1, count)
    return People(
        world=world,
        chunk=chunk,
        number=np.arange(low, low + count),
        female=chance.random(count) < 0.5,
        age=age,
        birth=-np.rint(age * 365.25).astype(np.int64),
        city=city,
        outlet=outlet,
        occupation=occupation,
        education=np.clip(np.rint(chance.normal(2.3, 1.2, count) + (band > 1)), 0, len(EDUCATION) - 1).astype(np.int64),
        marital=_marital(chance, age),
        joined=np.where(
            chance.random(count) < plan.share("joined_percent"),
            chance.integers(1, plan.days - 20, count),
            -chance.integers(30, 5000, count),
        ),
        target=np.rint(rich * 100).astype(np.int64),
        band=band,
        salary=_salaries(chance, band),
        employer=employer,
        pensioner=(age >= 60) & (chance.random(count) < plan.share("pension_percent")),
        app_rate=_app_rates(plan.share("app_percent"), chance, age, band),
        car=(age > 22) & (age < 68) & (chance.random(count) < plan.share("car_percent") * (1 + 0.6 * (band > 0))),
        social=chance.random(count) < plan.share("social_security_percent"),
        taste=taste,
        liking=_liking(world, taste),
        channel_taste=_channel_taste(chance, age),
        unhappy_nature=unhappy,
        annoyed=chance.random(count) < plan.share("annoyed_percent"),
        persuadable=chance.normal(0, 1, count),
        thrift=np.clip(chance.beta(2, 4, count), 0.02, 0.95),
        outside=np.clip(np.searchsorted((0.55, 0.8, 0.92, 0.98), chance.random(count) * (0.82 + 0.05 * band)), 0, 4),
    )


def _ages(chance: np.random.Generator, count: int) -> Floats:
    young = chance.gamma(6, 4.2, count) + 14
    old = chance.normal(64, 9, count)
    return np.clip(np.where(chance.random(count) < 0.17, old, young), 10, 97)


def _occupations(chance: np.random.Generator, age: Floats) -> Ints:
    weight = np.array(OCCUPATION_WEIGHT)
    drawn = chance.choice(len(weight), len(age), p=weight / weight.sum())
    drawn[age < 22] = OCCUPATIONS.index("student")
    drawn[age >= 60] = OCCUPATIONS.index("retired")
    return drawn


def _homes(world: World, chance: np.random.Generator, count: int) -> tuple[Ints, Ints]:
    """A city by its weight, and one of its outlets."""
    weight = np.array(CITY_WEIGHT, float)
    city = chance.choice(len(weight), count, p=weight / weight.sum())
    first = np.searchsorted(world.orgs.outlet_city, np.arange(len(weight) + 1))
    outlet = first[city] + np.floor(chance.random(count) * (first[city + 1] - first[city])).astype(np.int64)
    return city, outlet


def _employers(world: World, chance: np.random.Generator, age: Floats, occupation: Ints) -> Ints:
    share = world.plan.share("payroll_percent")
    working = np.isin(occupation, [OCCUPATIONS.index(name) for name in WORKING]) & (age < 60)
    paid = working & (chance.random(len(age)) < share)
    return np.where(paid, chance.integers(0, world.market.employers, len(age)), -1)


def _salaries(chance: np.random.Generator, band: Ints) -> Floats:
    """Monthly pay in yuan; a few earn several times as much, and the rich earn more."""
    count = len(band)
    many = np.where(chance.random(count) < 0.03, chance.uniform(3, 8, count), 1)
    rich = 1 + 0.8 * (band >= 2) + 2 * (band >= 4)
    return np.clip(chance.lognormal(8.7, 0.45, count) * np.maximum(many, rich), 2500, 200_000)


def _marital(chance: np.random.Generator, age: Floats) -> Ints:
    drawn = chance.random(len(age))
    married = np.clip((age - 21) / 14, 0, 0.9)
    return np.where(drawn > married, 0, np.where(drawn < 0.05, 2, np.where((age > 65) & (drawn < 0.2), 3, 1)))


def _app_rates(share: float, chance: np.random.Generator, age: Floats, band: Ints) -> Floats:
    """Expected logins a month; 0 for those who do not use the app."""
    leaning = share * np.interp(age, (12, 20, 35, 55, 75), (0.4, 1.3, 1.3, 0.8, 0.3)) * (1 + 0.1 * band)
    uses = chance.random(len(age)) < leaning
    return np.where(uses, np.clip(chance.lognormal(-0.75, 0.9, len(age)), 0, 25), 0)


def _liking(world: World, taste: Floats) -> Floats:
    """Standardised liking of each product class: the mean over the class of taste x factors."""
    scores = taste @ world.shelf.factors.T
    columns = [scores[:, world.shelf.klass == number].mean(axis=1) for number in range(len(CLASS))]
    values = np.stack(columns, axis=1)
    standard: Floats = (values - values.mean(axis=0)) / (values.std(axis=0) + 1e-9)
    return standard


def _channel_taste(chance: np.random.Generator, age: Floats) -> Floats:
    """Leaning to each channel: the old to calls and people, the young to the app."""
    taste = chance.normal(0, 0.8, (len(age), len(CHANNEL)))
    years = (age - 42)[:, None] / 20
    slope = {"app": -0.6, "wecom": -0.3, "rcs": -0.2, "agent_call": 0.4, "rm": 0.4, "popup": 0.4}
    leaning: Floats = taste + years * np.array([slope.get(name, 0.0) for name in CHANNEL.names])
    return leaning


def day_or_never(chosen: Bools, days: Ints) -> Ints:
    """``days`` where ``chosen``, else the day that never comes."""
    return np.where(chosen, days, NEVER).astype(np.int64)
