"""Keep demand accounts near what their holders want to keep: money comes from, or goes to, the account elsewhere.

Everyday flows alone would drift away from a person's wealth. Month by month a surplus over three times the wanted
amount is moved to the own account at another bank, a shortage is made up twofold from there, and who leaves takes out
what exceeds the share that remains. So no day ends below zero, and the spread of wealth stays as it was drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kequn.sandbox.codes import KIND, TELLER
from kequn.sandbox.flows import SLOT, Flows, flows, joined
from kequn.sandbox.income import own_cards
from kequn.sandbox.lives import Lives
from kequn.sandbox.people import People
from kequn.sandbox.plan import Ints

STEP_FEN = 10_000


@dataclass(frozen=True)
class Demand:
    """Demand accounts, one entry each, by person and slot; ``opening`` is the balance before day 0."""

    person: Ints
    slot: Ints
    opened: Ints
    opening: Ints
    wanted: Ints

    def number_of(self, people: int, flows_: Flows) -> Ints:
        """Index of the account of each flow."""
        place = np.full(people * len(SLOT), -1)
        place[self.person * len(SLOT) + self.slot] = np.arange(len(self.person))
        found: Ints = place[flows_.person * len(SLOT) + flows_.slot]
        return found


def settled(people: People, lives: Lives, demand: Demand, given: Flows) -> Flows:
    """``given`` and the moves from and to elsewhere that they call for."""
    plan = people.plan
    chance = people.chance("settle")
    net, low = monthly(plan.months, plan.month_of(given.day), demand.number_of(len(people), given), given,
                       len(demand.person))  # fmt: skip
    keep = _keep(people, lives, demand)
    pick = chance.random((len(demand.person), plan.months))
    balance = demand.opening.copy()
    moves = []
    for month in range(plan.months):
        start, end = int(plan.month_start[month]), int(plan.month_start[month + 1])
        away, brought = _month(balance, net[:, month], low[:, month], keep[:, month], demand.wanted)
        balance += net[:, month] + brought - away
        leaves = lives.leaves[demand.person]
        begins = np.where(leaves < end, np.maximum(start, leaves), start)
        day = begins + np.floor(pick[:, month] * (end - begins)).astype(np.int64)
        first = np.maximum(start, demand.opened)
        moves += [(np.flatnonzero(away), day, -away), (np.flatnonzero(brought), first, brought)]
    return joined([given, _moves(people, demand, moves, chance)])


def monthly(months: int, month: Ints, account: Ints, given: Flows, size: int) -> tuple[Ints, Ints]:
    """Net flow, and lowest point of the day-ends (from 0 at the start), of each account and month, in fen."""
    order = np.lexsort((given.day, account))
    cell = (account * months + month)[order]
    day, running = given.day[order], np.cumsum(given.amount[order])
    last = np.append((cell[1:] != cell[:-1]) | (day[1:] != day[:-1]), True) if len(cell) else np.zeros(0, np.bool_)
    starts = np.flatnonzero(np.append(True, cell[1:] != cell[:-1])) if len(cell) else np.zeros(0, np.int64)
    before = np.zeros(len(starts), np.int64)
    before[1:] = running[starts[1:] - 1]
    lengths = np.diff(np.append(starts, len(cell)))
    inside = running - np.repeat(before, lengths)
    net, low = np.zeros(size * months, np.int64), np.zeros(size * months, np.int64)
    ends = starts + lengths - 1
    net[cell[starts]] = inside[ends]
    np.minimum.at(low, cell[last], inside[last])
    return net.reshape(size, months), low.reshape(size, months)


def _keep(people: People, lives: Lives, demand: Demand) -> Ints:
    """What each account should hold in each month, in fen, as its holder leaves or stays."""
    ends = people.plan.month_start[1:][None, :]
    share = lives.remaining(ends + np.zeros((len(lives.leaves), 1), np.int64))[demand.person]
    return (demand.wanted[:, None] * share).astype(np.int64)


def _month(balance: Ints, net: Ints, low: Ints, keep: Ints, wanted: Ints) -> tuple[Ints, Ints]:
    """What leaves (on any day of the month) and what must be brought (on its first) for one month."""
    sure = balance + low
    limit = np.where(keep < wanted, keep, 3 * keep + 700_000)
    away = np.where(balance > limit, np.minimum(balance - keep, sure), 0)
    away = np.maximum(away, 0) // STEP_FEN * STEP_FEN
    brought = -(2 * np.minimum(sure, 0) // STEP_FEN) * STEP_FEN
    return away, brought


def _moves(people: People, demand: Demand, moves: list[tuple[Ints, Ints, Ints]], chance: np.random.Generator) -> Flows:
    account = np.concatenate([some for some, _, _ in moves])
    day = np.concatenate([days[some] for some, days, _ in moves])
    amount = np.concatenate([values[some] for some, _, values in moves])
    person = demand.person[account]
    bank, level = own_cards(people, person)
    cash = (people.number[person] % 5 == 0) & (amount > 0) & (amount < 5_000_000)
    made = flows(
        person, day, amount, np.where(cash, KIND["cash"], KIND["transfer"]),
        np.where(cash, TELLER["counter"], np.where(people.app_rate[person] > 0, TELLER["app"], TELLER["online"])),
        own=np.where(cash, 0, 1), bank=np.where(cash, -1, bank), level=np.where(cash, -1, level),
    )  # fmt: skip
    moved = demand.slot[account][amount != 0]
    return Flows(**{**made.__dict__, "slot": moved})
