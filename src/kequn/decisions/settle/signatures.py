"""Customers counted by signature: which promised pairs they are open to, their rooms, and their RM where it matters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kequn.decisions.settle.batch import Bids
from kequn.decisions.settle.prices import closed
from kequn.decisions.settle.shapes import Flags, Ints, Limits, Pairs


@dataclass(frozen=True)
class Reading:
    """How a signature is read: ``pairs``, the open pairs of promised campaigns; ``by_rm``, whether RMs count apart."""

    pairs: Ints
    owned: Flags
    most: int
    caps: int
    by_rm: bool

    @property
    def width(self) -> int:
        """Bytes of a signature: a bit a pair, a byte a cap, four for the RM."""
        return -(-len(self.pairs) // 8) + self.caps + 4


def reading(pairs: Pairs, limits: Limits, by_rm: bool) -> Reading:
    """Signatures over what promises are made of; rooms beyond the number of promised campaigns make no difference."""
    promised = np.flatnonzero((limits.minimum[pairs.campaign] > 0) & ~closed(pairs, limits))
    most = min(len(np.unique(pairs.campaign[promised])), 127)
    return Reading(promised, pairs.owned[promised], most, pairs.caps.shape[1], by_rm)


def signatures(bids: Bids, how: Reading) -> NDArray[np.void]:
    """One signature a customer, as bytes that can be compared and counted."""
    place = np.full(int(bids.pair.max(initial=0)) + 1, -1)
    inside = how.pairs[how.pairs < len(place)]
    place[inside] = np.arange(len(inside))
    column = place[bids.pair]
    row = np.repeat(np.arange(len(bids.rm)), np.diff(bids.starts))
    bits = np.zeros((len(bids.rm), len(how.pairs)), np.bool_)
    bits[row[column >= 0], column[column >= 0]] = True
    matters = bits[:, how.owned].any(axis=1) if how.by_rm else np.zeros(len(bits), np.bool_)
    rm = np.where(matters, bids.rm, -1).astype(np.int32)
    parts = [
        np.packbits(bits, axis=1),
        np.minimum(bids.rooms, how.most).view(np.uint8),
        rm.view(np.uint8).reshape(-1, 4),
    ]
    return np.ascontiguousarray(np.hstack(parts)).view(f"V{how.width}").ravel()


def counted(batches: Iterable[Bids], how: Reading) -> Counter[bytes]:
    """How many customers have each signature; memory grows with the signatures, not with the customers."""
    counts: Counter[bytes] = Counter()
    for bids in batches:
        found, times = np.unique(signatures(bids, how), return_counts=True)
        counts.update(dict(zip((each.tobytes() for each in found), times.tolist(), strict=True)))
    return counts


def spelled(signature: bytes, how: Reading) -> tuple[Ints, NDArray[np.int8], int]:
    """Positions in ``how.pairs`` that a signature is open to, its rooms, and its RM (-1: does not matter)."""
    raw = np.frombuffer(signature, np.uint8)
    size = how.width - how.caps - 4
    bits = np.unpackbits(raw[:size], count=len(how.pairs))
    return np.flatnonzero(bits), raw[size : size + how.caps].view(np.int8), int(raw[-4:].view(np.int32)[0])
