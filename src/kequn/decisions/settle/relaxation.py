"""Whether the contacts promised to campaigns can be kept at all, and which promises to lower if not.

A whole-number program over customers of the same signature (HiGHS; Huangfu and Hall 2018): all other campaigns may
stay silent, so only promised pairs and the limits they touch count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import csr_array

from kequn.decisions.settle.shapes import UNLIMITED, Floats, Ints, Limits, Pairs
from kequn.decisions.settle.signatures import Reading, counted, reading, spelled
from kequn.decisions.settle.sweeps import Sweeps

GROUPS_MOST = 20_000
SECONDS_MOST = 60.0
Row = tuple[list[int], list[float], float]  # variables, factors, the most their sum may be


@dataclass(frozen=True)
class Relaxation:
    """``lowered``: contacts by which each campaign's promise must come down, the smallest total (all 0: none).

    ``quotas``: for each signature, how many of its customers get which promised pair (``how.pairs``), so that the
    lowered promises are kept. Not ``exact``: there were too many signatures to tell RMs apart (their capacities are
    then counted in one sum), or time ran out; promises may have to come down further.
    """

    lowered: Ints
    quotas: dict[bytes, Ints]
    how: Reading
    exact: bool
    model: Model

    def near(self, kept: Mapping[bytes, Ints]) -> Relaxation:
        """The same promises, by quotas as near as can be to ``kept``: contacts by signature and promised pair."""
        solution = self.model.nearest(self.lowered, kept)
        return self if solution is None else replace(self, quotas=self.model.quotas(solution))


def relaxation(sweeps: Sweeps, pairs: Pairs, limits: Limits, groups: int = GROUPS_MOST) -> Relaxation:
    """The smallest change that makes all minimums possible together.

    More than ``groups`` signatures are too many for an exact answer: RMs are then counted in one sum.
    """
    how = reading(pairs, limits, by_rm=True)
    counts = counted(sweeps.ordered(), how)
    by_rm = len(counts) <= groups
    if not by_rm:
        how = reading(pairs, limits, by_rm=False)
        counts = counted(sweeps.ordered(), how)
    model = Model(pairs, limits, how, dict(sorted(counts.items())))
    solution, finished = model.solved()
    lowered = np.zeros(len(limits.minimum), np.int64)
    lowered[model.promised] = solution[len(model.pair) :]
    return Relaxation(lowered, model.quotas(solution), how, by_rm and finished, model)


class Model:
    """The program: a whole number of contacts for each (signature, pair), and what each promise lacks."""

    def __init__(self, pairs: Pairs, limits: Limits, how: Reading, counts: dict[bytes, int]) -> None:
        self.pairs, self.limits, self.how, self.counts = pairs, limits, how, counts
        read = [spelled(signature, how) for signature in counts]
        self.sizes = [len(open_to) for open_to, _, _ in read]
        self.place = np.concatenate([open_to for open_to, _, _ in read]) if read else np.zeros(0, np.int64)
        self.pair = how.pairs[self.place]
        self.group = np.repeat(np.arange(len(read)), self.sizes)
        self.customers = np.array(list(counts.values()), np.int64)
        self.rooms = np.array([rooms for _, rooms, _ in read], np.int64).reshape(len(read), how.caps)
        self.rm = np.array([rm for _, _, rm in read], np.int64)
        self.promised = np.flatnonzero(limits.minimum > 0)

    def solved(self) -> tuple[Ints, bool]:
        """Contacts of every variable and what promises lack; and whether this is proven best."""
        n, short = len(self.pair), len(self.promised)
        most = np.concatenate([self.customers[self.group], self.limits.minimum[self.promised]])
        found = _program(np.concatenate([np.zeros(n), np.ones(short)]), Bounds(0, most), list(self._rows()))
        if found.x is None:
            return np.concatenate([np.zeros(n, np.int64), self.limits.minimum[self.promised]]), False
        return np.rint(found.x).astype(np.int64), found.status == 0

    def nearest(self, lowered: Ints, kept: Mapping[bytes, Ints]) -> Ints | None:
        """Contacts of every variable with as many as possible of those in ``kept``; None where time ran out."""
        n, lacking = len(self.pair), lowered[self.promised]
        nothing = np.zeros(len(self.how.pairs), np.int64)
        table = np.array([kept.get(signature, nothing) for signature in self.counts]).reshape(-1, len(nothing))
        wanted = table[self.group, self.place]
        low = np.concatenate([np.zeros(n), lacking, np.zeros(n)])
        high = np.concatenate([self.customers[self.group], lacking, wanted])
        both: list[Row] = [([n + len(lacking) + j, j], [1.0, -1.0], 0.0) for j in range(n)]
        cost = np.concatenate([np.zeros(n + len(lacking)), -np.ones(n)])
        found = _program(cost, Bounds(low, high), [*self._rows(), *both])
        return None if found.x is None else np.rint(found.x[:n]).astype(np.int64)

    def _rows(self) -> Iterator[Row]:
        """What limits the contacts: minimums, customers, rooms, and every hard limit."""
        n, campaign = len(self.pair), self.pairs.campaign[self.pair]
        for number, promised in enumerate(self.promised.tolist()):
            members = np.flatnonzero(campaign == promised).tolist()
            yield [*members, n + number], [-1.0] * (len(members) + 1), -float(self.limits.minimum[promised])
        yield from self._at_most(self.group * len(self.limits.minimum) + campaign, self._once())
        for cap in range(self.how.caps):
            counts = self.pairs.caps[self.pair, cap] & ~self.pairs.service[self.pair]
            yield from self._at_most(np.where(counts, self.group, -1), self.rooms[:, cap] * self.customers)
        yield from self._at_most(self.pairs.channel[self.pair], self.limits.channel)
        yield from self._at_most(self.pairs.offer[self.pair], self.limits.offer)
        yield from self._at_most(campaign, self.limits.campaign)
        yield from self._at_most(campaign, self.limits.budget, self.pairs.cost[self.pair].astype(np.float64))
        yield from self._owned()

    def _once(self) -> Ints:
        """For each (signature, campaign): one contact a customer."""
        return np.repeat(self.customers, len(self.limits.minimum))

    def _owned(self) -> Iterator[Row]:
        owned, rm = self.pairs.owned[self.pair], self.rm[self.group]
        if self.how.by_rm:
            branch = self.limits.branch_of[rm] if len(self.limits.rm) else rm
            yield from self._at_most(np.where(owned, rm, -1), self.limits.rm)
            yield from self._at_most(np.where(owned, branch, -1), self.limits.branch)
            return
        within = np.bincount(
            self.limits.branch_of,
            np.where(self.limits.rm == UNLIMITED, np.inf, self.limits.rm),
            len(self.limits.branch),
        )
        total = np.minimum(np.where(self.limits.branch == UNLIMITED, np.inf, self.limits.branch), within).sum()
        if np.isfinite(total):
            yield from self._at_most(np.where(owned, 0, -1), np.array([total], np.int64))

    def _at_most(
        self, key: Ints, capacity: Ints, factor: np.ndarray[tuple[int], np.dtype[np.float64]] | None = None
    ) -> Iterator[Row]:
        """One row a key (-1: none) that has a capacity: the sum over its variables is at most that."""
        variables = np.flatnonzero(key >= 0)
        order = variables[np.argsort(key[variables], kind="stable")]
        starts = np.flatnonzero(np.diff(key[order], prepend=-1))
        for members in np.split(order, starts[1:]) if len(order) else []:
            most = capacity[key[members[0]]]
            if most != UNLIMITED:
                factors = factor[members].tolist() if factor is not None else [1.0] * len(members)
                yield members.tolist(), factors, float(most)

    def quotas(self, solution: Ints) -> dict[bytes, Ints]:
        """Contacts by signature and promised pair, signatures with none left out."""
        table = np.zeros((len(self.counts), len(self.how.pairs)), np.int64)
        table[self.group, self.place] = solution[: len(self.pair)]
        return {signature: row for signature, row in zip(self.counts, table, strict=True) if row.any()}


def _program(cost: Floats, bounds: Bounds, rows: list[Row]) -> OptimizeResult:
    """The whole-number program with the least cost."""
    at = np.repeat(np.arange(len(rows)), [len(variables) for variables, _, _ in rows])
    where = np.concatenate([np.array(variables, np.int64) for variables, _, _ in rows])
    factor = np.concatenate([np.array(factors) for _, factors, _ in rows])
    matrix = csr_array((factor, (at, where)), shape=(len(rows), len(cost)))
    most = LinearConstraint(matrix, ub=np.array([row[2] for row in rows]))
    options = {"time_limit": SECONDS_MOST, "mip_rel_gap": 0.0}
    return milp(cost, integrality=np.ones(len(cost)), bounds=bounds, constraints=most, options=options)
