"""The course of money of one chunk: flows, holdings and balances, as they came or as they would have come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kequn.sandbox.accounts import currencies, demand_accounts, first_deposits, inactive_social
from kequn.sandbox.balances import Rows, change_rows, investment, month_end_aum
from kequn.sandbox.contacts import Contacts
from kequn.sandbox.flows import SLOT, Flows, flows, joined
from kequn.sandbox.holdings import Holdings, Wanted, holdings
from kequn.sandbox.income import interest, payroll, pensions, social_security
from kequn.sandbox.lives import Lives
from kequn.sandbox.loans import Loans, repayments
from kequn.sandbox.people import People
from kequn.sandbox.plan import Ints
from kequn.sandbox.settle import Demand, settled
from kequn.sandbox.shops import Shops, settlements
from kequn.sandbox.spending import spending


@dataclass(frozen=True)
class Course:
    """What happened to the money; ``aum`` in fen by person and month's end."""

    demand: Demand
    held: Holdings
    flows: Flows
    rows: Rows
    aum: Ints


@dataclass(frozen=True)
class Means:
    """What decides over a chunk's money beside its lives: wants, shops and loans."""

    want: Wanted
    shop: Shops
    owed: Loans


def course(people: People, lives: Lives, means: Means, made: Contacts | None) -> Course:
    """Run the money of a chunk; without ``made`` as it would have gone without any contact.

    Every topic has its own random stream and draws for everybody, so that both runs differ only by the contacts.
    """
    days, want, shop = people.plan.days, means.want, means.shop
    demand = demand_accounts(people, want, shop)
    held = holdings(people, lives, want, made)
    active = people.social.copy()
    active[demand.person[inactive_social(people, demand)]] = False
    given = joined(
        [
            first_deposits(people, demand, days),
            *payroll(people, lives),
            pensions(people, lives),
            social_security(people, active),
            interest(people, want.demand),
            *spending(people, lives, want.demand),
            settlements(people, shop),
            repayments(people, means.owed),
            _investments(held),
            _foreign(people, demand),
        ]
    )
    account = demand.number_of(len(people), given)
    inside = (given.day >= demand.opened[account]) & (given.day >= 0) & (given.day < days)
    moved = settled(people, lives, demand, given.where(inside))
    rows = change_rows(people, demand, held, moved)
    currency = currencies(people, np.arange(len(people)))
    return Course(demand, held, moved, rows, month_end_aum(people, demand, held, rows, currency))


def _investments(held: Holdings) -> Flows:
    """Money into holdings when they are bought, and back when they end."""
    bought, ended = investment(held)
    return joined(
        [
            flows(held.person[bought], held.opened[bought], -held.amount[bought], "investment", "app"),
            flows(held.person[ended], held.closed[ended], held.proceeds[ended], "investment", "auto"),
        ]
    )


def _foreign(people: People, demand: Demand) -> Flows:
    """A deposit now and then on foreign-currency accounts; those opened within the period start with one."""
    chance = people.chance("foreign")
    some = np.flatnonzero(demand.slot == SLOT["foreign"])
    later = np.maximum(demand.opened[some], 0) + chance.integers(5, 300, len(some))
    day = np.where(demand.opened[some] >= 0, demand.opened[some], later)
    amount = np.where(demand.opened[some] >= 0, demand.wanted[some], demand.wanted[some] // 1000 * 100)
    return flows(demand.person[some], day, amount, "transfer", "counter", slot="foreign", own=1)
