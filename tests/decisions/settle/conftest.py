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


def oracle(bank: Bank, whole: bool) -> Answer:
    """The best plan in whole contacts, or in fractions of contacts; straight from the definition of the limits."""
    pairs, limits = bank.pairs, bank.limits
    who, pair, priority = bank.entries()
    n, departments = len(pair), len(limits.floor)
    rows, most = [], []

    def at_most(marked: np.ndarray, capacity: float, rest: tuple[int, float] | None = None) -> None:
        row = np.zeros(n + departments)
        row[:n] = marked
        if rest:
            row[n + rest[0]] = rest[1]
        rows.append(row)
        most.append(capacity)

    for kind, index in (("channel", pairs.channel), ("offer", pairs.offer), ("campaign", pairs.campaign)):
        for number, capacity in enumerate(getattr(limits, kind)):
            if capacity >= 0:
                at_most(index[pair] == number, capacity)
    for number, capacity in enumerate(limits.budget):
        if capacity >= 0:
            at_most((pairs.campaign[pair] == number) * pairs.cost[pair], capacity)
    for number, promised in enumerate(limits.minimum):
        at_most(-1.0 * (pairs.campaign[pair] == number), -promised)
    rm, owned = bank.batch.column("rm").to_numpy()[who], pairs.owned[pair]
    for number, capacity in enumerate(limits.rm):
        if capacity >= 0:
            at_most(owned & (rm == number), capacity)
    for number, capacity in enumerate(limits.branch):
        if capacity >= 0:
            at_most(owned & (limits.branch_of[rm] == number), capacity)
    marketing = ~pairs.service[pair]
    for number, share in enumerate(limits.shares / 1e6):
        if share > 0:
            at_most(share * marketing - (marketing & (pairs.department[pair] == number)), 0, (number, -1.0))
    for i in range(bank.batch.num_rows):
        for number in range(len(limits.campaign)):
            at_most((who == i) & (pairs.campaign[pair] == number), 1)
        for cap in range(pairs.caps.shape[1]):
            at_most((who == i) & pairs.caps[pair, cap] & marketing, bank.rooms()[i, cap])
    # Without this, fractions of a contact that a whole budget cannot pay for would count.
    money = limits.budget[pairs.campaign[pair]]
    affordable = (money < 0) | (pairs.cost[pair] <= money)
    cost = np.concatenate([-priority.astype(float), np.full(departments, float(limits.floor_price))])
    found = milp(
        cost,
        integrality=np.r_[np.full(n, float(whole)), np.zeros(departments)],
        bounds=Bounds(0, np.r_[affordable.astype(float), np.full(departments, np.inf)]),
        constraints=LinearConstraint(np.array(rows), ub=np.array(most, float)) if rows else None,
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
