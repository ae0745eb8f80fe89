"""Day-end balances as change rows, from the flows of demand accounts and the values of holdings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kequn.sandbox.files import Landing, yuan
from kequn.sandbox.flows import SLOT, Flows
from kequn.sandbox.holdings import Holdings, value_on
from kequn.sandbox.market import rate_days, rates
from kequn.sandbox.people import People
from kequn.sandbox.plan import NEVER, Ints
from kequn.sandbox.settle import Demand
from kequn.sandbox.world import World


@dataclass(frozen=True)
class Rows:
    """Change rows ordered by account and day; accounts count demand accounts first, then holdings."""

    account: Ints
    day: Ints
    balance: Ints
    change: Ints


def change_rows(people: People, demand: Demand, held: Holdings, moved: Flows) -> Rows:
    """All rows; what stood before the period opens with a row on the day before it (day -1)."""
    many = len(demand.person)
    standing = np.flatnonzero(demand.opening != 0)
    parts = [
        (demand.number_of(len(people), moved), moved.day, moved.amount),
        (standing, np.full(len(standing), -1), demand.opening[standing]),
        *((many + account, day, change) for account, day, change in _holding_changes(people.world, held)),
    ]
    account, day, change = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((day, account))
    account, day, change = account[order], day[order], change[order]
    first = np.flatnonzero(np.append(True, (account[1:] != account[:-1]) | (day[1:] != day[:-1])))
    change = np.add.reduceat(change, first)
    account, day = account[first], day[first]
    kept = change != 0
    account, day, change = account[kept], day[kept], change[kept]
    running = np.cumsum(change)
    start = np.flatnonzero(np.append(True, account[1:] != account[:-1]))
    before = np.where(start > 0, running[start - 1], 0)
    balance = running - np.repeat(before, np.diff(np.append(start, len(account))))
    return Rows(account, day, balance, change)


def _holding_changes(world: World, held: Holdings) -> list[tuple[Ints, Ints, Ints]]:
    index = np.arange(len(held))
    begins = np.where(held.prior > 0, -1, held.opened)
    closed = np.flatnonzero(held.closed < NEVER)
    fixed = closed[held.valued[closed] == 0]
    valued = np.flatnonzero(held.valued > 0)
    return [
        (index, begins, held.amount),
        (fixed, held.closed[fixed], -held.amount[fixed]),
        *_value_changes(world, held, valued, np.maximum(begins, 0)),
    ]


def _value_changes(world: World, held: Holdings, valued: Ints, bought: Ints) -> list[tuple[Ints, Ints, Ints]]:
    """Month-end changes of value, and the whole value out on the day of closing."""
    made = []
    last = held.amount[valued].copy()
    for month_end in world.plan.month_start[1:] - 1:
        day = np.full(len(valued), int(month_end))
        inside = (day > bought[valued]) & (day < held.closed[valued])
        now = value_on(world, held.product[valued], held.amount[valued], bought[valued], day)
        now = np.where(inside, now, last)
        made.append((valued[inside], day[inside], (now - last)[inside]))
        last = now
    ends = held.closed[valued] < NEVER
    made.append((valued[ends], held.closed[valued][ends], -last[ends]))
    return made


def month_end_aum(people: People, demand: Demand, held: Holdings, rows: Rows, currency: Ints) -> Ints:
    """AUM in fen of each person (rows) at each month's end (columns); ``currency`` is each person's foreign one."""
    plan, count = people.plan, len(people)
    person = np.concatenate([demand.person, held.person])[rows.account]
    foreign = np.concatenate([demand.slot == SLOT["foreign"], np.zeros(len(held), np.bool_)])[rows.account]
    month = plan.month_of(rows.day)
    home = _running(person[~foreign], month[~foreign], rows.change[~foreign], count, plan.months)
    abroad = _running(person[foreign], month[foreign], rows.change[foreign], count, plan.months)
    row = np.searchsorted(rate_days(plan), plan.month_start[1:] - 1, side="right") - 1
    rate = rates(plan)[row][:, currency].T
    return home + (abroad * rate + 500_000) // 1_000_000


def _running(person: Ints, month: Ints, change: Ints, people: int, months: int) -> Ints:
    total = np.zeros(people * months, np.int64)
    np.add.at(total, person * months + month, change)
    return np.cumsum(total.reshape(people, months), axis=1)


def deliver(landing: Landing, rows: Rows, ids: pa.Array) -> None:
    """Each delivery ends a row's validity only where it brings the successor; otherwise the row stands open."""
    plan = landing.plan
    for delivery in plan.deliveries:
        inside = np.flatnonzero((rows.day > delivery.after) & (rows.day <= delivery.upto))
        account, day = rows.account[inside], rows.day[inside]
        followed = np.append(account[1:] == account[:-1], False) if len(inside) else np.zeros(0, np.bool_)
        until = np.append(day[1:], 0)[: len(day)] - 1
        data = pa.table(
            {
                "account_id": ids.take(pa.array(account)),
                "valid_from": plan.dates(day),
                "valid_to": plan.dates(until, ~followed),
                "balance_yuan": yuan(rows.balance[inside]),
            }
        )
        landing.write("balance", delivery, data)


def investment(held: Holdings) -> tuple[Ints, Ints]:
    """Which holdings were bought and which paid back within the period: their indices."""
    return np.flatnonzero(held.prior == 0), np.flatnonzero(held.closed < NEVER)
