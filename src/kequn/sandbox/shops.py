"""Shops of customers: merchant agreements and the settlements that they bring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kequn.sandbox.codes import labels
from kequn.sandbox.draws import occurrences, yuan_amounts
from kequn.sandbox.files import texts
from kequn.sandbox.flows import Flows, flows, joined
from kequn.sandbox.lives import Lives
from kequn.sandbox.people import People
from kequn.sandbox.plan import NEVER, Bools, Floats, Ints
from kequn.sandbox.words import PLACES

CATEGORIES = ("grocery", "catering", "clothing", "hardware", "pharmacy", "beauty", "repair", "wholesale")


@dataclass(frozen=True)
class Shops:
    """One entry a shop: its owner's index, first and last day, and the usual settlement in yuan."""

    owner: Ints
    opened: Ints
    closed: Ints
    acquiring: Bools
    category: Ints
    ticket: Floats


def shops(people: People, lives: Lives) -> Shops:
    """Shops that stand since before the period, and those that a life event opens."""
    plan, count = people.plan, len(people)
    chance = people.chance("shops")
    since_long = people.works_as("self_employed") & (chance.random(count) < plan.share("merchant_percent"))
    owner = np.flatnonzero(since_long | (lives.shop < NEVER))
    opened = np.where(since_long, np.minimum(people.joined + 20, plan.days - 10), lives.shop)[owner]
    size = len(owner)
    closes = chance.random(size) < 0.06
    return Shops(
        owner=owner,
        opened=np.maximum(opened, people.joined[owner] + 1),
        closed=np.where(closes, opened + chance.integers(100, 700, size), NEVER),
        acquiring=chance.random(size) < 0.4,
        category=chance.integers(0, len(CATEGORIES), size),
        ticket=chance.lognormal(9.2, 1.6, size) * (1 + 1.5 * people.band[owner]),
    )


def settlements(people: People, made: Shops) -> Flows:
    """Settlement credits, and what owners take out of the settlement account."""
    world = people.world
    plan = people.plan
    chance = people.chance("settlements")
    rate = np.full((len(made.owner), plan.months), plan.number("settlements_a_month"))
    row, month = occurrences(chance, rate)
    day = plan.month_start[month] + chance.integers(0, 28, len(row))
    lift = world.market.lift[np.clip(day, 0, plan.days - 1)]
    amount = yuan_amounts(made.ticket[row] * chance.lognormal(0, 0.4, len(row)) * lift, 1)
    acquirer = world.market.starts["acquirer"] + made.owner[row] % 3
    income = flows(made.owner[row], day, amount, "merchant_settlement", "auto", slot="settlement",
                   counterparty=acquirer)  # fmt: skip
    spent = chance.random(len(row)) < 0.5
    later = np.minimum(day + chance.integers(1, 12, len(row)), plan.days - 1)
    outgo = -np.where(spent, (amount * chance.uniform(0.5, 1.9, len(row))).astype(np.int64), 0)
    supplier = world.market.starts["employer"] + made.owner[row] % world.market.employers
    costs = flows(made.owner[row], later, outgo, "transfer", "app", slot="settlement", counterparty=supplier)
    runs = (day >= made.opened[row]) & (day < made.closed[row])
    return joined([income.where(runs), costs.where(runs[outgo != 0])])


def merchant_table(people: People, made: Shops, party: pa.Array, accounts: pa.Array) -> pa.Table:
    """The standard table, all shops of the chunk; ``party`` and ``accounts`` are the owners'."""
    plan = people.plan
    place = labels(people.number[made.owner] % len(PLACES), list(PLACES)).cast(pa.string()).to_pylist()
    return pa.table(
        {
            "merchant_id": texts("M", people.number[made.owner], 9),
            "party_id": party,
            "account_id": accounts,
            "name": [f"{name}商行{number}" for name, number in zip(place, people.number[made.owner], strict=True)],
            "kind": labels(made.acquiring.astype(np.int64), ["qr", "acquiring"]),
            "category": labels(made.category, list(CATEGORIES)),
            "org_id": labels(people.outlet[made.owner], people.world.orgs.outlets),
            "opened_on": plan.dates(made.opened),
            "closed_on": plan.dates(made.closed, made.closed == NEVER),
        }
    )
