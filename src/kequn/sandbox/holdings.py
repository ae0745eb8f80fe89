"""Time deposits, wealth products, funds, insurance and metal: chains of holdings with maturities and values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kequn.sandbox.codes import CLASS
from kequn.sandbox.contacts import Contacts, purchase_day
from kequn.sandbox.draws import products
from kequn.sandbox.lives import Lives
from kequn.sandbox.people import People
from kequn.sandbox.plan import NEVER, Bools, Floats, Ints
from kequn.sandbox.world import World

HELD = ("deposit", "wealth", "fund", "insurance", "metal")
GATE = np.array([[0.05, 0.13, 3.0, 0.7], [0.0, 0.18, 3.4, 0.8], [0.01, 0.13, 3.6, 0.6], [0.0, 0.11, 3.7, 0.4],
                 [0.0, 0.04, 3.5, 0.2]])  # fmt: skip
"""Chance to hold a class: start + slope x (log10 of AUM in yuan - from), at most the last."""
WEIGHT = np.array([1.0, 1.2, 0.45, 0.35, 0.12])
DEMAND_WEIGHT = 0.45
YIELD = {"deposit": 0.018, "wealth": 0.029, "fund": 0.03, "insurance": 0.025, "metal": 0.03}
WOBBLE = {"wealth": 0.002, "fund": 0.035, "metal": 0.03}
ROUNDS = 12


@dataclass(frozen=True)
class Holdings:
    """One entry a holding: fen at ``opened`` and at ``closed`` (NEVER while it stands), ``matures`` or NEVER.

    ``prior`` stood before the period; ``valued`` ones change their value every month or quarter.
    """

    person: Ints
    klass: Ints
    product: Ints
    opened: Ints
    matures: Ints
    closed: Ints
    amount: Ints
    proceeds: Ints
    prior: Ints
    valued: Ints

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True)
class Wanted:
    """What persons want to hold: places for chains of holdings, and the rest that stays on demand (fen)."""

    person: Ints
    klass: Ints
    amount: Ints
    demand: Ints


def wanted(people: People) -> Wanted:
    """Split each person's wealth over asset classes by wealth and liking."""
    chance = people.chance("wanted")
    level = np.log10(people.target / 100 + 1)[:, None]
    gate = np.clip(GATE[:, 0] + GATE[:, 1] * (level - GATE[:, 2]), 0, GATE[:, 3])
    classes = [CLASS[name] for name in HELD]
    gate = np.clip(gate * np.exp(0.45 * people.liking[:, classes]), 0, 0.95)
    holds = (chance.random(gate.shape) < gate) & (people.age > 20)[:, None]
    weight = np.where(holds, WEIGHT * chance.gamma(2, 0.5, gate.shape), 0)
    share = weight / (weight.sum(axis=1, keepdims=True) + DEMAND_WEIGHT * chance.gamma(2, 0.5, (len(people), 1)))
    amount = (people.target[:, None] * share / 10_000).astype(np.int64) * 10_000
    person, column = np.nonzero(amount >= 50_000)
    amount = amount[person, column]
    parts = np.where((people.band[person] >= 2) & (column < 2), 2 + (people.band[person] >= 4), 1)
    piece = np.repeat(np.arange(len(person)), parts)
    split = amount[piece] // parts[piece] // 10_000 * 10_000
    demand = people.target - np.bincount(person[piece], split, len(people)).astype(np.int64)
    return Wanted(person[piece], np.array(classes)[column[piece]], split, demand)


def holdings(people: People, lives: Lives, want: Wanted, made: Contacts | None) -> Holdings:
    """All holdings that ever stood within the period; ``made`` adds those that contacts caused."""
    found = _chains(people, lives, want) + _valued(people, lives, want)
    if made is not None:
        found += _caused(people, lives, made)
    return Holdings(
        *(np.concatenate([getattr(part, name) for part in found]) for name in Holdings.__dataclass_fields__)
    )


def redeemed(people: People, lives: Lives, person: Ints, draw: Floats) -> Ints:
    """The day on which leaving, or buying a house, makes a person give up a holding."""
    leaving = lives.leaves[person] + (draw * lives.leaving_days[person]).astype(np.int64)
    leaving = np.where((lives.leaves[person] < NEVER) & (leaving < lives.halted[person]), leaving, NEVER)
    house = np.where((draw < 0.6) & (lives.house[person] < NEVER), lives.house[person] - 3, NEVER)
    return np.minimum(leaving, house)


def _first_days(people: People, person: Ints, chance: np.random.Generator) -> Ints:
    """Most stand since before the period, the rest are opened within it."""
    plan = people.plan
    late = chance.random(len(person)) < plan.share("late_holding_percent")
    inside = chance.integers(1, max(2, plan.days - 30), len(person))
    newly = people.joined[person] + 1 + chance.integers(0, 40, len(person))
    return np.where(people.joined[person] >= 0, newly, np.where(late, inside, -1))


def _chains(people: People, lives: Lives, want: Wanted) -> list[Holdings]:
    """Holdings with a term, rolled over at maturity by most."""
    plan, shelf = people.plan, people.world.shelf
    chance = people.chance("chains")
    termed = chance.random(len(want.person)) < 0.55
    place = (want.klass == CLASS["deposit"]) | ((want.klass == CLASS["wealth"]) & termed)
    place &= want.amount >= 10_000
    person, klass, amount = want.person[place], want.klass[place], want.amount[place]
    day = _first_days(people, person, chance)
    gives_up = redeemed(people, lives, person, chance.random(len(person)))
    shelves = {
        CLASS["deposit"]: shelf.of("deposit", "time", "large"),
        CLASS["wealth"]: shelf.of("wealth", "closed", "private"),
    }
    found, active, prior = [], day < gives_up, day < 0
    for _ in range(ROUNDS):
        rolls = chance.random(len(person)) < plan.share("rollover_percent")
        product = np.zeros(len(person), np.int64)
        for number, among in shelves.items():
            mine = klass == number
            product[mine] = products(people, person[mine], day[mine], amount[mine], among, chance=chance)
        term = shelf.term[product]
        started = np.where(prior, -1 - np.floor(chance.random(len(person)) * (term - 2)).astype(np.int64), day)
        matures = started + term
        ends = np.minimum(matures, gives_up)
        proceeds = _matured(klass, amount, term, matures <= gives_up)
        closed = np.where(ends < plan.days, ends, NEVER)
        one = Holdings(person, klass, product, started, matures, closed, amount, proceeds, prior.astype(np.int64),
                       np.zeros(len(person), np.int64))  # fmt: skip
        found.append(_only(one, active & (started < plan.days - 2)))
        active = active & rolls & (matures < np.minimum(gives_up, plan.days - 2)) & (matures <= _stays(lives, person))
        day, amount = np.where(active, matures, 0), np.where(active, proceeds // 10_000 * 10_000, amount)
        prior = np.zeros(len(person), np.bool_)
    return found


def _stays(lives: Lives, person: Ints) -> Ints:
    return np.where(lives.halted[person] < NEVER, NEVER, lives.leaves[person])


def _matured(klass: Ints, amount: Ints, term: Ints, full: Bools) -> Ints:
    """What is paid back in fen; whoever gives up early gets no yield."""
    rate = np.array([YIELD.get(name, 0.0) for name in CLASS.names])[klass]
    return amount + np.where(full, np.floor(amount * rate * term / 365), 0).astype(np.int64)


def _valued(people: People, lives: Lives, want: Wanted) -> list[Holdings]:
    """Open-ended holdings: funds, open wealth products, insurance, metal."""
    plan, shelf = people.plan, people.world.shelf
    chance = people.chance("valued")
    chained = people.chance("chains").random(len(want.person)) < 0.55
    place = (want.klass != CLASS["deposit"]) & ~((want.klass == CLASS["wealth"]) & chained)
    person, klass, amount = want.person[place], want.klass[place], want.amount[place]
    day = _first_days(people, person, chance)
    sells = np.where(
        chance.random(len(person)) < plan.share("redeem_percent"),
        chance.integers(30, plan.days + 30, len(person)),
        NEVER,
    )
    gives_up = np.minimum(redeemed(people, lives, person, chance.random(len(person))), sells)
    product = np.zeros(len(person), np.int64)
    for name, among in _open_ended(people.world).items():
        mine = klass == CLASS[name]
        product[mine] = products(people, person[mine], day[mine], amount[mine], among, chance=chance)
    since = np.where(day < 0, -1 - chance.integers(0, 900, len(person)), day)
    ends = np.where(gives_up < plan.days, gives_up, NEVER)
    matures = np.where(shelf.term[product] > 0, np.maximum(since + shelf.term[product], plan.days + 200), NEVER)
    proceeds = value_on(people.world, product, amount, np.maximum(day, 0), np.minimum(ends, plan.days - 1))
    one = Holdings(person, klass, product, since, matures, ends, amount, proceeds, (day < 0).astype(np.int64),
                   np.ones(len(person), np.int64))  # fmt: skip
    return [_only(one, (day < gives_up - 1) & (day < plan.days - 2))]


def _open_ended(world: World) -> dict[str, Ints]:
    shelf = world.shelf
    return {
        "wealth": shelf.of("wealth", "open"),
        "fund": shelf.of("fund"),
        "insurance": shelf.of("insurance"),
        "metal": shelf.of("metal"),
    }


def _caused(people: People, lives: Lives, made: Contacts) -> list[Holdings]:
    """Holdings that contacts made people buy."""
    plan, shelf = people.plan, people.world.shelf
    bought = made.bought & np.isin(made.klass, [CLASS[name] for name in HELD])
    person, klass, product = made.person[bought], made.klass[bought], made.product[bought]
    opened, amount = purchase_day(made)[bought], made.amount[bought]
    term = shelf.term[product]
    valued = (term == 0) | (klass == CLASS["insurance"])
    gives_up = redeemed(people, lives, person, people.chance("caused").random(len(person)))
    matures = np.where(term > 0, opened + term, NEVER)
    ends = np.minimum(matures, np.where(gives_up > opened, gives_up, NEVER))
    ends = np.where(ends < plan.days, ends, NEVER)
    proceeds = np.where(
        valued, value_on(people.world, product, amount, opened, np.minimum(ends, plan.days - 1)),
        _matured(klass, amount, term, matures <= gives_up),
    )  # fmt: skip
    nothing = np.zeros(len(person), np.int64)
    return [Holdings(person, klass, product, opened, matures, ends, amount, proceeds, nothing, valued.astype(np.int64))]


def index_values(world: World) -> Floats:
    """Value of one unit of each open-ended product after each month (column 0: before the first)."""
    plan, shelf = world.plan, world.shelf
    chance = plan.chance(0, "values")
    names = [CLASS.names[number] for number in shelf.klass]
    rate = np.array([YIELD.get(name, 0.0) for name in names])[:, None] / 12
    wobble = np.array([WOBBLE.get(name, 0.0) for name in names]) * (shelf.risk / 3)
    steps = chance.normal(rate, wobble[:, None], (len(names), plan.months))
    return np.concatenate([np.ones((len(names), 1)), np.cumprod(1 + steps, axis=1)], axis=1)


def value_on(world: World, product: Ints, amount: Ints, bought: Ints, day: Ints) -> Ints:
    """Value in fen on ``day`` of ``amount`` put in on ``bought``; values change at month-ends, insurance quarterly."""
    index = index_values(world)
    quarterly = world.shelf.klass[product] == CLASS["insurance"]
    before = _months_closed(world, bought - 1, quarterly)
    after = _months_closed(world, day, quarterly)
    return np.floor(amount * index[product, after] / index[product, before]).astype(np.int64)


def _months_closed(world: World, day: Ints, quarterly: Bools) -> Ints:
    """How many month-ends have passed by the end of ``day``."""
    closed = np.clip(np.searchsorted(world.plan.month_start[1:] - 1, day, side="right"), 0, world.plan.months)
    return np.where(quarterly, closed // 3 * 3, closed)


def _only(made: Holdings, chosen: Bools) -> Holdings:
    return Holdings(*(getattr(made, name)[chosen] for name in Holdings.__dataclass_fields__))
