"""Exploration among close calls: by Thompson sampling, with exact propensities.

For a share of customers the first marketing contact is drawn among those whose gain is close to the best. The chance
of each is that of having the greatest gain + doubt x normal draw (Thompson 1933), over a fixed number of quasi-random
normal draws, the same for all customers: the customer's hash picks one of these draws, so the chance is exact.

Propensities are those among the explored, who are a fair draw of all customers: who learns from the plan learns from
them. Everybody else gets the best, with certainty, and may get something better once it is known what is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import qmc

from kequn.decisions.settle.compiled import inner
from kequn.decisions.settle.menu import mixed
from kequn.decisions.settle.shapes import Floats

SEED = 20_240_517
WHETHER = np.uint64(0x2545F4914F6CDD1D)  # any two constants give two hashes that know nothing of each other
WHICH = np.uint64(0xD1342543DE82EF95)
EVERYBODY = np.uint64(2**64 - 1)


@dataclass(frozen=True)
class Exploration:
    """``share`` of customers are explored; close is within ``margin`` of the best gain, as a share of it.

    ``draws``: how many normal draws there are, a power of 2.
    """

    share: float = 0.0
    margin: float = 0.1
    draws: int = 256


class Chance(NamedTuple):
    """Exploration as compiled code wants it: ``normal`` has one row a draw and one column a pair."""

    share: float
    below: np.uint64
    margin: float
    normal: Floats


def chance_of(exploration: Exploration, pairs: int) -> Chance:
    """Normal draws for all pairs, the same in every run."""
    below = np.uint64(min(int(exploration.share * 2**64), 2**64 - 1))
    if exploration.share == 0 or pairs == 0:
        return Chance(0.0, np.uint64(0), exploration.margin, np.zeros((1, pairs)))
    points = qmc.Sobol(pairs, rng=np.random.default_rng(SEED)).random(exploration.draws)
    normal = np.ascontiguousarray(ndtri(np.clip(points, 1e-9, 1 - 1e-9)))
    return Chance(exploration.share, below, exploration.margin, normal)


@inner
def explored(chance: Chance, draw: np.uint64) -> bool:
    """Whether the customer is in the exploration share."""
    return bool(mixed(draw ^ WHETHER) < chance.below)


@inner
def which(chance: Chance, draw: np.uint64) -> int:
    """The normal draw that decides for the customer."""
    return int(mixed(draw ^ WHICH) % np.uint64(len(chance.normal)))


@inner
def winner(
    chance: Chance,
    row: int,
    pair: NDArray[np.int16],
    doubt: NDArray[np.float32],
    gains: NDArray[np.int64],
    close: NDArray[np.bool_],
    best: int,
) -> int:
    """Position of the bid with the greatest gain under one normal draw, among those ``close``; ``best`` wins ties."""
    chosen, most = best, gains[best] + doubt[best] * chance.normal[row, pair[best]]
    for j in range(len(pair)):
        if close[j]:
            drawn = gains[j] + doubt[j] * chance.normal[row, pair[j]]
            if drawn > most:
                chosen, most = j, drawn
    return chosen


@inner
def chances(
    chance: Chance,
    pair: NDArray[np.int16],
    doubt: NDArray[np.float32],
    gains: NDArray[np.int64],
    close: NDArray[np.bool_],
    best: int,
    found: Floats,
) -> None:
    """Write into ``found`` how likely each bid is the first contact of the customer, who is explored."""
    found[: len(pair)] = 0.0
    rows = len(chance.normal)
    for row in range(rows):
        found[winner(chance, row, pair, doubt, gains, close, best)] += 1.0 / rows
