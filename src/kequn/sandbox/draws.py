"""Draws that many topics share: repeated events, days by weight, choices by liking, rounded amounts."""

from __future__ import annotations

import numpy as np

from kequn.sandbox.people import People
from kequn.sandbox.plan import Floats, Ints
from kequn.sandbox.world import World


def occurrences(chance: np.random.Generator, rate: Floats) -> tuple[Ints, Ints]:
    """Row and column of each event of independent Poisson counts with the expected values ``rate``."""
    counts = chance.poisson(rate).ravel()
    places: Ints = np.repeat(np.arange(counts.size), counts)
    row: Ints = (places // rate.shape[1]).astype(np.int64)
    column: Ints = (places - row * rate.shape[1]).astype(np.int64)
    return row, column


def days_in_month(chance: np.random.Generator, world: World, month: Ints) -> Ints:
    """A day of each month, by the calendar's spending weight."""
    weight = np.concatenate([[0], np.cumsum(world.market.lift)])
    start, end = world.plan.month_start[month], world.plan.month_start[month + 1]
    aim = weight[start] + chance.random(len(month)) * (weight[end] - weight[start])
    day: Ints = np.clip(np.searchsorted(weight, aim, side="right") - 1, start, end - 1)
    return day


def yuan_amounts(values: Floats, step_fen: int = 100) -> Ints:
    """Amounts in yuan as fen, at least one step and whole steps."""
    steps = np.rint(values * 100 / step_fen)
    return (np.maximum(steps, 1) * step_fen).astype(np.int64)


def products(
    people: People, person: Ints, day: Ints, amount: Ints, among: Ints, *, chance: np.random.Generator
) -> Ints:
    """The product each person likes best among those on the shelf that they may buy, with some chance (Gumbel)."""
    shelf = people.world.shelf
    liking = people.taste[person] @ shelf.factors[among].T + shelf.popularity[among]
    liking += chance.gumbel(size=liking.shape)
    age = people.age[person][:, None]
    there = (shelf.listed[among] <= day[:, None]) & (shelf.withdrawn[among] > day[:, None])
    fits = (shelf.minimum[among] <= amount[:, None]) & (shelf.min_age[among] <= age) & (shelf.max_age[among] >= age)
    region = (shelf.city[among] < 0) | (shelf.city[among] == people.city[person][:, None])
    private = ~shelf.private[among] | (people.band[person] == 5)[:, None]
    liking[~(there & fits & region & private)] -= 1e6
    best: Ints = among[np.argmax(liking, axis=1)]
    return best
