"""Money that goes out by its reason: everyday life, school, car, insurance, taxes, fees."""

from __future__ import annotations

import numpy as np

from kequn.sandbox.codes import CATEGORY, KIND, TELLER
from kequn.sandbox.draws import days_in_month, occurrences, yuan_amounts
from kequn.sandbox.flows import Flows, flows, joined
from kequn.sandbox.income import everyday, own_cards
from kequn.sandbox.lives import Lives
from kequn.sandbox.people import People
from kequn.sandbox.plan import NEVER, Ints


def spending(people: People, lives: Lives, demand: Ints) -> list[Flows]:
    """All outflows that follow no pay day; ``demand`` is what a person usually keeps at hand, in fen."""
    made = [
        _life(people, lives, demand),
        _tuition(people, lives),
        _roads(people, lives),
        _yearly(people, lives),
        _house(people, lives),
    ]
    return [part.where(_while_here(people, lives, part)) for part in made]


def _while_here(people: People, lives: Lives, part: Flows) -> np.ndarray:
    here = (part.day > people.joined[part.person]) & (part.day < people.plan.days) & (part.day >= 0)
    gone = (lives.leaves + lives.leaving_days)[part.person]
    return here & ((part.day < gone) | (lives.halted[part.person] < NEVER))


def _life(people: People, lives: Lives, demand: Ints) -> Flows:
    """Everyday movements in both directions; many customers make hardly any."""
    world = people.world
    plan, count = people.plan, len(people)
    chance = people.chance("life")
    rate = np.where(chance.random(count) < plan.share("quiet_percent"), 0.01, chance.lognormal(-2.2, 0.9, count))
    rate *= 1 + 0.5 * people.band
    lift = np.array(
        [world.market.lift[a:b].mean() for a, b in zip(plan.month_start, plan.month_start[1:], strict=False)]
    )
    person, month = occurrences(chance, np.clip(np.outer(rate, lift), 0, 12))
    size = len(person)
    kind, channel, category = everyday(chance, size)
    comes_in = (chance.random(size) < 0.45) & np.isin(kind, (KIND["transfer"], KIND["cash"], KIND["other"]))
    share = np.clip(chance.lognormal(-2.2, 0.9, size), 0.002, 0.9)
    size_yuan = share * (np.minimum(demand[person], 5_000_000 + demand[person] // 10) / 100 + 300)
    amount = yuan_amounts(size_yuan * np.where(comes_in, 1.6, 1), 1) * np.where(comes_in, 1, -1)
    own = (kind == KIND["transfer"]) & (chance.random(size) < 0.35)
    known = world.market.starts["person"] + chance.integers(0, 3000, size)
    bank, level = own_cards(people, person)
    return flows(
        person, days_in_month(chance, world, month), amount, kind, channel, category=category, own=own.astype(np.int64),
        counterparty=np.where((kind == KIND["transfer"]) & ~own, known, -1),
        bank=np.where(own, bank, -1), level=np.where(own, level, -1),
    )  # fmt: skip


def _tuition(people: People, lives: Lives) -> Flows:
    """Fees in the first days of March, June and September."""
    plan = people.plan
    chance = people.chance("tuition")
    calendar_month = (plan.first.month - 1 + np.arange(plan.months)) % 12 + 1
    parent = np.flatnonzero(lives.school < NEVER)
    month = np.flatnonzero(np.isin(calendar_month, (3, 6, 9)))
    day = plan.month_start[month] + chance.integers(0, 12, (len(parent), len(month)))
    fee = chance.lognormal(8.0, 0.6, len(parent))[:, None] * np.where(calendar_month[month] == 6, 0.2, 1)
    school = people.world.market.starts["school"] + parent % 15
    pays = day >= lives.school[parent][:, None]
    row, column = np.nonzero(pays)
    return flows(parent[row], day[row, column], -yuan_amounts(fee[row, column]), "tuition", "app",
                 counterparty=school[row], category=CATEGORY["education"])  # fmt: skip


def _roads(people: People, lives: Lives) -> Flows:
    """Tolls and fuel of car owners, more around festivals."""
    plan = people.plan
    chance = people.chance("roads")
    owner = np.flatnonzero(people.car)
    rate = np.full((len(owner), plan.months), plan.number("car_postings_a_month"))
    row, month = occurrences(chance, rate)
    fuel = chance.random(len(row)) < 0.45
    amount = np.where(fuel, chance.uniform(150, 480, len(row)), chance.lognormal(3.4, 0.7, len(row)))
    return flows(
        owner[row],
        days_in_month(chance, people.world, month),
        -yuan_amounts(amount, 1),
        np.where(fuel, KIND["fuel"], KIND["toll"]),
        np.where(fuel, TELLER["pos"], TELLER["auto"]),
        category=np.where(fuel, CATEGORY["fuel"], CATEGORY["toll"]),
    )


def _yearly(people: People, lives: Lives) -> Flows:
    """Once a year: car insurance, life insurance premiums, taxes, card fees."""
    plan, count = people.plan, len(people)
    chance = people.chance("yearly")
    day = chance.integers(0, 365, (4, count, 1)) + 365 * np.arange(-(-plan.days // 365))
    who = (
        people.car,
        chance.random(count) < plan.share("life_premium_percent") * (1 + people.band),
        chance.random(count) < plan.share("tax_percent"),
        chance.random(count) < plan.share("fee_percent"),
    )
    insurer = people.world.market.starts["insurer"] + people.number % 3
    bureau = np.full(count, people.world.market.starts["bureau"] + 2)
    lines = (
        ("insurance", CATEGORY["car_insurance"], chance.lognormal(8.1, 0.35, count), insurer),
        ("insurance", CATEGORY["life_insurance"], chance.lognormal(7.8, 0.6, count), insurer),
        ("tax", -1, chance.lognormal(6.5, 1.0, count), bureau),
        ("fee", -1, np.full(count, 10.0), np.full(count, -1)),
    )
    made = []
    for days, chosen, (kind, category, value, other) in zip(day, who, lines, strict=True):
        person, turn = np.nonzero(np.broadcast_to(chosen[:, None], days.shape) & (days < plan.days))
        made.append(flows(person, days[person, turn], -yuan_amounts(value[person], 1), kind, "auto",
                          category=category, counterparty=other[person]))  # fmt: skip
    return joined(made)


def _house(people: People, lives: Lives) -> Flows:
    """The down payment of a house."""
    chance = people.chance("house")
    share = chance.uniform(0.3, 0.7, len(people))
    buyer = np.flatnonzero(lives.house < NEVER)
    amount = yuan_amounts(np.maximum(people.target[buyer] / 100 * share[buyer], 20_000), 1_000_00)
    market = people.world.market
    seller = market.starts["employer"] + buyer % market.employers
    return flows(buyer, lives.house[buyer], -amount, "transfer", "counter", counterparty=seller)
