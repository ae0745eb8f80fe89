"""Pairs as compiled code wants them, and what it asks of a pair, of rooms, of the hash."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kequn.decisions.settle.compiled import compiled, inner
from kequn.decisions.settle.shapes import Ints, Pairs

SERVICE = np.uint64(1 << 63)
NONE = np.uint64(0)
ONE = np.uint64(1)


class Menu(NamedTuple):
    """Pairs as compiled code wants them; ``mask``: caps as bits, the highest for service messages."""

    campaign: Ints
    owned: Ints
    mask: NDArray[np.uint64]
    caps: int
    serves: bool


def menu_of(pairs: Pairs) -> Menu:
    """The part of the pairs that a sweep reads."""
    mask = np.where(pairs.service, SERVICE, pairs.masks)
    return Menu(pairs.campaign, pairs.owned.astype(np.int64), mask, pairs.caps.shape[1], bool(pairs.service.any()))


@inner
def before(draw: np.uint64, pair: int, other: int) -> bool:
    """Whether ``pair`` precedes ``other`` for this customer, by hash (the finaliser of SplitMix64; Steele 2014)."""
    return bool(mixed(draw + np.uint64(pair) * GOLDEN) < mixed(draw + np.uint64(other) * GOLDEN))


@compiled
def mixed(word: np.uint64) -> np.uint64:
    """A word stirred until each bit depends on all."""
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@inner
def shut_caps(rooms: NDArray[np.int8]) -> np.uint64:
    """Bits of the caps that allow nothing more."""
    bits = NONE
    for cap in range(len(rooms)):
        if rooms[cap] <= 0:
            bits |= ONE << np.uint64(cap)
    return bits


@inner
def roomy(mask: np.uint64, left: Ints) -> bool:
    """Whether every cap in ``mask`` has room."""
    for cap in range(len(left)):
        if mask >> np.uint64(cap) & ONE and left[cap] <= 0:
            return False
    return True


@inner
def fill(mask: np.uint64, left: Ints, contacts: int) -> None:
    """Take ``contacts`` rooms of every cap in ``mask``."""
    for cap in range(len(left)):
        if mask >> np.uint64(cap) & ONE:
            left[cap] -= contacts
