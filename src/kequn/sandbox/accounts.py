"""Accounts: the demand accounts of each person, and one account for each holding."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kequn.sandbox.codes import CLASS, Codes, labels
from kequn.sandbox.files import texts, turns
from kequn.sandbox.flows import SLOT, Flows, flows
from kequn.sandbox.holdings import Holdings, Wanted
from kequn.sandbox.market import CURRENCIES
from kequn.sandbox.party import Parties
from kequn.sandbox.people import People
from kequn.sandbox.plan import NEVER, Bools, Ints
from kequn.sandbox.settle import Demand
from kequn.sandbox.shops import Shops

ASSET = Codes("deposit", "wealth", "fund", "insurance", "metal", "other")
PURPOSE = Codes("general", "payroll", "social_security", "settlement", "pension")
FIRST_HOLDING = 10


def demand_accounts(people: People, want: Wanted, made: Shops) -> Demand:
    """Main accounts, social-security, settlement and foreign-currency accounts."""
    plan, count = people.plan, len(people)
    chance = people.chance("demand")
    everyone = np.arange(count)
    social = np.flatnonzero(people.social)
    foreign = np.flatnonzero((people.band >= 1) & (chance.random(count) < plan.share("foreign_percent")))
    person = np.concatenate([everyone, social, made.owner, foreign])
    slot = np.repeat([0, 1, 2, 3], [count, len(social), len(made.owner), len(foreign)])
    opened = np.concatenate(
        [
            people.joined,
            np.minimum(people.joined[social] + 3, plan.days - 10),
            made.opened - 1,
            people.joined[foreign] + 2,
        ]
    )
    wanted = np.concatenate(
        [want.demand, np.zeros(len(social), np.int64), (made.ticket * 300).astype(np.int64),
         want.demand[foreign] // 140 * 10]
    )  # fmt: skip
    noise = chance.lognormal(-0.05, 0.3, len(person))
    noise[:count] = np.where(people.band >= 3, np.clip(noise[:count], 0.8, 1.2), noise[:count])
    opening = np.where(opened < 0, (wanted * noise).astype(np.int64), 0)
    return Demand(person, slot, opened, opening, wanted)


def first_deposits(people: People, demand: Demand, days: int) -> Flows:
    """What those who join within the period bring on the first day."""
    newly = np.flatnonzero((demand.opened >= 0) & (demand.opened < days) & (demand.slot == SLOT["main"]))
    person = demand.person[newly]
    return flows(person, demand.opened[newly], np.maximum(demand.wanted[newly], 10_000), "cash", "counter")


def account_ids(people: People, demand: Demand, held: Holdings) -> pa.Array:
    """Identifiers of demand accounts, then of holdings; they count up within a person."""
    numbers = np.concatenate([people.number[demand.person] * 1000 + demand.slot,
                              people.number[held.person] * 1000 + FIRST_HOLDING + turns(held.person)])  # fmt: skip
    return texts("A", numbers, 12)


def main_accounts(people: People, persons: Ints) -> pa.Array:
    """Identifiers of main accounts of ``persons``."""
    return texts("A", people.number[persons] * 1000, 12)


def inactive_social(people: People, demand: Demand) -> Bools:
    """Social-security accounts that were issued and never activated."""
    never: Bools = (demand.slot == SLOT["social_security"]) & (people.number[demand.person] % 10 < 3)
    return never


def currencies(people: People, persons: Ints) -> Ints:
    """Number of the currency of each person's foreign account."""
    return people.number[persons] % len(CURRENCIES)


def account_table(people: People, who: Parties, demand: Demand, held: Holdings) -> pa.Table:
    """The standard table; ``closed_on`` holds every closing, also those after a delivery's day."""
    plan, shelf = people.plan, people.world.shelf
    person = np.concatenate([demand.person, held.person])
    ids = account_ids(people, demand, held)
    many, size = len(demand.person), len(person)
    core = who.of("core", person)
    party = pc.if_else(pa.array(np.arange(size) < many), core, _holder(who, held, person))
    inactive = np.concatenate([inactive_social(people, demand), np.zeros(len(held), np.bool_)])
    opened = np.concatenate([demand.opened, held.opened])
    matures = np.concatenate([np.full(many, NEVER), held.matures])
    closed = np.concatenate([np.full(many, NEVER), held.closed])
    foreign = np.concatenate([demand.slot == SLOT["foreign"], np.zeros(len(held), np.bool_)])
    currency = np.where(foreign, 1 + currencies(people, person), 0)
    term = np.where(
        np.arange(size) < many, 0, np.where(np.concatenate([np.zeros(many, np.bool_), _timed(held)]), 1, -1)
    )
    klass = np.array([ASSET[name] if name in ASSET.names else -1 for name in CLASS.names])
    return pa.table(
        {
            "account_id": ids,
            "party_id": party,
            "account_number": pc.binary_join_element_wise("9900", pc.utf8_slice_codeunits(ids, 1), "000", ""),
            "product_id": labels(np.concatenate([(demand.slot == SLOT["foreign"]) * 1, held.product]), shelf.ids),
            "asset_class": ASSET.texts(np.concatenate([np.zeros(many, np.int64), klass[held.klass]])),
            "term": labels(term, ["demand", "time"]),
            "purpose": PURPOSE.texts(np.concatenate([_purposes(people, demand), np.zeros(len(held), np.int64)])),
            "currency": labels(currency, ["CNY", *CURRENCIES]),
            "opened_on": plan.dates(opened),
            "activated_on": plan.dates(opened, inactive),
            "closed_on": plan.dates(np.where(closed < NEVER, closed, 0), closed == NEVER),
            "matures_on": plan.dates(np.where(matures < NEVER, matures, 0), matures == NEVER),
            "org_id": labels(people.outlet[person], people.world.orgs.outlets),
        }
    )


def _holder(who: Parties, held: Holdings, person: Ints) -> pa.Array:
    """Deposits are kept in the core system, everything else in the wealth system where it knows the person."""
    wealth = who.of("wealth", person)
    deposit = np.concatenate([np.ones(len(person) - len(held), np.bool_), held.klass == CLASS["deposit"]])
    return pc.if_else(pa.array(deposit), who.of("core", person), wealth)


def _timed(held: Holdings) -> Bools:
    timed: Bools = (held.valued == 0) & (held.klass == CLASS["deposit"])
    return timed


def _purposes(people: People, demand: Demand) -> Ints:
    person = demand.person
    main = np.where(people.employer[person] >= 0, 1, np.where(people.pensioner[person], 4, 0))
    return np.choose(
        demand.slot, [main, np.full(len(person), 2), np.full(len(person), 3), np.zeros(len(person), np.int64)]
    )
