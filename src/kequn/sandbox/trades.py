"""Purchases with their outcomes: what was bought, what failed and what was given up half-way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kequn.sandbox.codes import CLASS, Codes, labels
from kequn.sandbox.contacts import Contacts, purchase_day
from kequn.sandbox.draws import days_in_month, occurrences, products, yuan_amounts
from kequn.sandbox.files import texts, yuan
from kequn.sandbox.holdings import Holdings
from kequn.sandbox.lives import Lives
from kequn.sandbox.people import People
from kequn.sandbox.plan import Ints

OUTCOME = Codes("done", "failed", "abandoned")
PLACE = Codes("counter", "app", "online", "rm")


@dataclass(frozen=True)
class Trades:
    """One entry a purchase, whatever became of it."""

    person: Ints
    day: Ints
    second: Ints
    product: Ints
    amount: Ints
    outcome: Ints
    place: Ints


def trades(people: People, lives: Lives, held: Holdings, made: Contacts) -> Trades:
    """Holdings bought within the period, cards, loans and services that contacts sold, and what came to nothing."""
    bought = np.flatnonzero(held.prior == 0)
    sold = np.flatnonzero(made.bought & np.isin(made.klass, [CLASS["loan"], CLASS["card"], CLASS["service"]]))
    person, day, product, amount, outcome = _unfinished(people, lives)
    done = np.zeros(len(bought) + len(sold), np.int64)
    person = np.concatenate([held.person[bought], made.person[sold], person])
    chance = people.chance("trades")
    app = people.app_rate[person] > 0
    pick = chance.random(len(person))
    place = np.where(app & (pick < 0.75), PLACE["app"], np.where(pick < 0.85, PLACE["counter"], PLACE["online"]))
    place = np.where((people.band[person] >= 3) & (pick > 0.6), PLACE["rm"], place)
    place[len(done) :] = PLACE["app"]
    return Trades(
        person=person,
        day=np.concatenate([held.opened[bought], purchase_day(made)[sold], day]),
        second=chance.integers(8 * 3600, 22 * 3600, len(person)),
        product=np.concatenate([held.product[bought], made.product[sold], product]),
        amount=np.concatenate([held.amount[bought], made.amount[sold], amount]),
        outcome=np.concatenate([done, outcome]),
        place=place,
    )


def _unfinished(people: People, lives: Lives) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Failed and abandoned purchases in the app, of what people would like."""
    world = people.world
    plan = people.plan
    chance = people.chance("unfinished")
    rate = np.minimum(people.app_rate, 6) * plan.number("unfinished_per_login")
    person, month = occurrences(chance, np.repeat(rate[:, None], plan.months, axis=1))
    day = days_in_month(chance, world, month)
    amount = yuan_amounts(np.maximum(people.target[person] / 100 * chance.uniform(0.05, 0.3, len(person)), 100), 10_000)
    among = np.flatnonzero(
        np.isin(world.shelf.klass, [CLASS[name] for name in ("deposit", "wealth", "fund", "insurance", "metal")])
        & (np.array(world.shelf.subtype) != "demand")
    )
    product = products(people, person, day, amount, among, chance=chance)
    outcome = np.where(chance.random(len(person)) < 0.3, OUTCOME["failed"], OUTCOME["abandoned"])
    here = (day > people.joined[person]) & (day < lives.leaves[person])
    return person[here], day[here], product[here], amount[here], outcome[here]


def purchase_table(people: People, made: Trades, party: pa.Array) -> pa.Table:
    """The standard table ``purchase``."""
    return pa.table(
        {
            "purchase_id": texts("U", people.chunk * 10**8 + np.arange(len(made.person)), 12),
            "party_id": party,
            "product_id": labels(made.product, people.world.shelf.ids),
            "happened_at": people.plan.moments(made.day, made.second),
            "amount_yuan": yuan(made.amount, made.amount == 0),
            "outcome": OUTCOME.texts(made.outcome),
            "channel": PLACE.texts(made.place),
        }
    )
