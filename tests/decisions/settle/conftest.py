"""Small random banks with every kind of limit, and the exact answer for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from kequn.decisions.settle.batch import schema
from kequn.decisions.settle.shapes import Limits, Pairs

KINDS = ("channel", "offer", "campaign", "budget", "minimum", "rm", "floor", "caps", "service")


@dataclass(frozen=True)
class Bank:
    """A night's bids as one Arrow batch."""

    pairs: Pairs
    limits: Limits
    batch: pa.RecordBatch

    def entries(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Customer's position, pair and priority of every bid."""
        lists = self.batch.column("pair")
        who = np.repeat(np.arange(self.batch.num_rows), np.diff(lists.offsets.to_numpy()))
        return who, lists.flatten().to_numpy(), self.batch.column("priority").flatten().to_numpy()

    def rooms(self) -> np.ndarray:
        caps = self.pairs.caps.shape[1]
        return self.batch.column("rooms").flatten().to_numpy().reshape(self.batch.num_rows, caps).astype(int)


def random_bank(seed: int, customers: int, kinds: tuple[str, ...] = KINDS, campaigns: int = 4, rms: int = 3) -> Bank:
    """A bank of ``customers`` with limits of ``kinds``; capacities run from nothing to more than enough."""
    rng = np.random.default_rng(seed)
    channels, offers = 3, campaigns + 2
    campaign_of = np.sort(np.concatenate([np.arange(campaigns), rng.integers(0, campaigns, 2)]))
    campaign, offer = np.repeat(campaign_of, channels), np.repeat(np.arange(offers), channels)
    channel = np.tile(np.arange(channels), offers)
    service = (campaign == campaigns - 1) & ("service" in kinds)
    caps = np.ones((len(campaign), 2 if "caps" in kinds else 1), bool)
    caps[:, 1:] = (channel == 1)[:, None]
    pairs = Pairs(
        campaign, offer, channel, campaign % 3, rng.integers(0, 40, len(campaign)), channel == 2, service, caps
    )

    def some(kind: str, size: int, share: float, scale: float = 1.0) -> np.ndarray:
        most = (rng.random(size) * 2 * share * customers * scale).astype(np.int64)
        most[rng.random(size) < 0.1] = 0
        return np.where(rng.random(size) < (0.8 if kind in kinds else 0.0), most, -1)

    limits = Limits(
        channel=some("channel", channels, 0.25),
        offer=some("offer", offers, 0.15),
        campaign=some("campaign", campaigns, 0.25),
        budget=some("budget", campaigns, 0.2, 20.0),
        minimum=np.maximum(some("minimum", campaigns, 0.05), 0),
        rm=some("rm", rms, 0.2 / rms),
        branch=some("rm", 2, 0.15),
        branch_of=np.arange(rms) % 2,
        floor=rng.dirichlet(np.ones(3)) * 0.6 if "floor" in kinds else np.zeros(3),
        floor_price=int(rng.integers(0, 200_000)),
    )
    return Bank(pairs, limits, bids(rng, pairs, customers, rms, "caps" in kinds))


def bids(rng: np.random.Generator, pairs: Pairs, customers: int, rms: int, several: bool) -> pa.RecordBatch:
    rm = rng.integers(-1, rms, customers)
    listed = [
        np.flatnonzero((rng.random(len(pairs)) < 0.5) & ~(pairs.owned & (rm[i] < 0))).astype(np.int16)
        for i in range(customers)
    ]
    priority = [np.maximum(1, (rng.lognormal(11, 1, len(each))).astype(np.int64)) for each in listed]
    caps = pairs.caps.shape[1]
    rooms = np.column_stack(
        [rng.integers(0, 4 if several else 2, customers), rng.integers(0, 2, (customers, caps - 1))]
    )
    columns = {
        "customer_id": pa.array(rng.permutation(customers) + 1000),
        "draw": pa.array(rng.integers(0, 2**64 - 1, customers, dtype=np.uint64)),
        "rm": pa.array(rm.astype(np.int32)),
        "rooms": pa.array(rooms.astype(np.int8).tolist(), pa.list_(pa.int8(), caps)),
        "pair": pa.array(listed, pa.list_(pa.int16())),
        "priority": pa.array(priority, pa.list_(pa.int64())),
        "doubt": pa.array([(0.3 * each).astype(np.float32) for each in priority], pa.list_(pa.float32())),
    }
    return pa.RecordBatch.from_pydict(columns, schema=schema(caps))


@dataclass(frozen=True)
class Answer:
    """What HiGHS finds: the value (None: impossible)."""

    value: float | None


class Program:
    """Rows of a linear program: sums over bids, and what departments lack, that stay below a number."""

    def __init__(self, bids: int, departments: int) -> None:
        self.bids, self.departments = bids, departments
        self.rows: list[np.ndarray] = []
        self.most: list[float] = []

    def at_most(self, marked: np.ndarray, capacity: float, lacking: int | None = None) -> None:
        row = np.zeros(self.bids + self.departments)
        row[: self.bids] = marked
        if lacking is not None:
            row[self.bids + lacking] = -1.0
        self.rows.append(row)
        self.most.append(capacity)

    def each(self, capacities: np.ndarray, key: np.ndarray, factor: np.ndarray | float = 1.0) -> None:
        """One row a number that has a capacity."""
        for number, capacity in enumerate(capacities):
            if capacity >= 0:
                self.at_most((key == number) * factor, capacity)


def oracle(bank: Bank, whole: bool) -> Answer:
    """The best plan in whole contacts, or in fractions of contacts; straight from the definition of the limits."""
    pairs, limits = bank.pairs, bank.limits
    who, pair, _ = bank.entries()
    program = Program(len(pair), len(limits.floor))
    campaign, marketing = pairs.campaign[pair], ~pairs.service[pair]
    program.each(limits.channel, pairs.channel[pair])
    program.each(limits.offer, pairs.offer[pair])
    program.each(limits.campaign, campaign)
    program.each(limits.budget, campaign, pairs.cost[pair])
    for number, promised in enumerate(limits.minimum):
        program.at_most(-1.0 * (campaign == number), -promised)
    rm = bank.batch.column("rm").to_numpy()[who]
    program.each(limits.rm, np.where(pairs.owned[pair], rm, -1))
    program.each(limits.branch, np.where(pairs.owned[pair], limits.branch_of[rm], -1))
    for number, share in enumerate(limits.shares / 1e6):
        if share > 0:
            program.at_most(marketing * (share - (pairs.department[pair] == number)), 0, number)
    program.each(np.ones(bank.batch.num_rows * len(limits.campaign)), who * len(limits.campaign) + campaign)
    for cap in range(pairs.caps.shape[1]):
        program.each(bank.rooms()[:, cap], np.where(pairs.caps[pair, cap] & marketing, who, -1))
    return solved(bank, program, whole)


def solved(bank: Bank, program: Program, whole: bool) -> Answer:
    pairs, limits = bank.pairs, bank.limits
    _, pair, priority = bank.entries()
    n, departments = program.bids, program.departments
    # Without this, fractions of a contact that a whole budget cannot pay for would count.
    money = limits.budget[pairs.campaign[pair]]
    affordable = (money < 0) | (pairs.cost[pair] <= money)
    found = milp(
        np.concatenate([-priority.astype(float), np.full(departments, float(limits.floor_price))]),
        integrality=np.r_[np.full(n, float(whole)), np.zeros(departments)],
        bounds=Bounds(0, np.r_[affordable.astype(float), np.full(departments, np.inf)]),
        constraints=LinearConstraint(np.array(program.rows), ub=np.array(program.most, float)),
    )
    return Answer(None if found.x is None else -found.fun)


@pytest.fixture(scope="session")
def bank() -> Callable[..., Bank]:
    """Makes a random bank."""
    return random_bank


@pytest.fixture(scope="session")
def best() -> Callable[[Bank, bool], Answer]:
    """The exact answer for a bank."""
    return oracle
