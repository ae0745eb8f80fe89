"""Debit and credit cards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kequn.sandbox.codes import CLASS, Codes, labels
from kequn.sandbox.contacts import Contacts, purchase_day
from kequn.sandbox.files import blank, texts, turns, yuan
from kequn.sandbox.flows import SLOT
from kequn.sandbox.people import People
from kequn.sandbox.plan import Bools, Floats, Ints
from kequn.sandbox.settle import Demand

LEVEL = Codes("junior", "classic", "gold", "platinum", "diamond", "private")
STATUS = Codes("active", "inactive", "blocked", "closed")
MAIN = SLOT["main"]


@dataclass(frozen=True)
class Cards:
    """One entry a card; ``slot`` is the linked demand account's, ``gap`` the usual days between uses."""

    person: Ints
    credit: Bools
    slot: Ints
    issued: Ints
    status: Ints
    level: Ints
    limit: Ints
    used: Floats
    gap: Ints


def cardholders(people: People) -> Bools:
    """Who holds a credit card without having been contacted for one."""
    chance = people.chance("cardholders")
    share = people.plan.share("credit_card_percent") * np.exp(0.4 * people.liking[:, CLASS["card"]])
    adult = (people.age >= 20) & (people.age < 66)
    return adult & (chance.random(len(people)) < share * (1 + 0.15 * people.band))


def cards(people: People, demand: Demand, credit: Bools, made: Contacts) -> Cards:
    """A debit card with most main accounts, social-security cards, credit cards, and those that contacts sold."""
    plan = people.plan
    chance = people.chance("cards")
    main = np.flatnonzero(chance.random(len(people)) < plan.share("debit_card_percent"))
    social = np.flatnonzero(demand.slot == SLOT["social_security"])
    own = np.flatnonzero(credit)
    sold = np.flatnonzero(made.bought & (made.klass == CLASS["card"]))
    person = np.concatenate([main, demand.person[social], own, made.person[sold]])
    sizes = [len(main), len(social), len(own), len(sold)]
    kind = np.repeat([0, 1, 2, 2], sizes)
    age_days = chance.integers(10, 1800, len(own))
    long_held = np.maximum(people.joined[own] + 3, plan.days - 10 - age_days)
    parts = [people.joined[main] + 1, demand.opened[social] + 1, long_held, purchase_day(made)[sold] + 2]
    issued = np.concatenate(parts)
    size = len(person)
    pick = chance.random(size)
    status = np.searchsorted([0.9, 0.95, 0.97], pick, side="right")
    waiting = (kind == 1) & (people.number[person] % 10 < 3)
    band = people.band[person]
    young = (people.age[person] < 26) & (kind == 2)
    level = np.where(young, 0, 1 + np.minimum(band, 4) * (kind == 2) + (kind == 0) * np.minimum(band, 4))
    limit = np.rint(chance.lognormal(9.6, 0.6, size) * (1 + band) / 1000) * 100_000
    return Cards(
        person=person, credit=kind == 2, slot=np.where(kind == 1, SLOT["social_security"], MAIN),
        issued=np.minimum(issued, plan.days - 5), status=np.where(waiting, STATUS["inactive"], status), level=level,
        limit=limit.astype(np.int64), used=np.clip(chance.beta(1.2, 3, size), 0, 1),
        gap=np.ceil(chance.exponential(18, size)).astype(np.int64),
    )  # fmt: skip


def card_table(people: People, made: Cards, party: pa.Array, day: int) -> pa.Table:
    """The standard table as it stands on day number ``day``."""
    plan = people.plan
    month = int(plan.month_of(np.array([day]))[0])
    chance = plan.chance(10**6 + month, "card bills")
    used = np.clip(made.used * chance.uniform(0.7, 1.3, len(made.person)), 0, 1.1)
    credit, active = made.credit, made.status == STATUS["active"]
    owed = np.where(credit & active, (made.limit * used).astype(np.int64), 0)
    instalment = np.where(credit & (made.gap % 5 == 0), owed // 3, 0)
    last = day - made.gap % 120 - month % 3
    unused = ~active | (last < made.issued)
    billed = int(plan.month_start[month]) + 4
    number = people.number[made.person] * 100 + turns(made.person)
    among = people.world.shelf.of("card")
    bins = pa.array(990_000 + made.credit * 10 + np.clip(made.level - 1, 0, 4)).cast(pa.string())
    account = people.number[made.person] * 1000 + made.slot
    data = pa.table(
        {
            "card_id": texts("D", number, 12),
            "party_id": party,
            "account_id": texts("A", account, 12, credit),
            "card_number": pc.binary_join_element_wise(bins, texts("", number, 13), ""),
            "product_id": labels(np.where(credit, among[made.level * 2 % len(among)], -1), people.world.shelf.ids),
            "kind": labels(credit.astype(np.int64), ["debit", "credit"]),
            "level": LEVEL.texts(made.level),
            "status": STATUS.texts(made.status),
            "issued_on": plan.dates(made.issued),
            "activated_on": plan.dates(made.issued + 2, (made.status == STATUS["inactive"]) | (made.issued + 2 > day)),
            "expires_on": plan.dates(made.issued + 5 * 365),
            "limit_yuan": yuan(made.limit, ~credit),
            "balance_yuan": yuan(owed, ~credit),
            "bill_yuan": yuan(owed // 2, ~credit),
            "bill_on": blank(
                plan.dates(np.full(len(owed), billed)), ~credit | (made.issued >= billed) | (billed > day)
            ),
            "instalment_yuan": yuan(instalment, ~credit),
            "last_used_on": plan.dates(np.where(unused, 0, last), unused),
        }
    )
    return data.filter(pa.array(made.issued <= day))
