"""Chance by hash: keyed draws of customers on which every engine and every rerun agree.

A draw is SipHash-2-4 (Aumasson and Bernstein, SipHash: a fast short-input PRF, 2012) of the customer_id, as eight bytes
of which the lowest is the first, under a key that HMAC-SHA-256 derives from the workspace's secret and the experiment's
name. Who does not have the secret can neither foretell nor choose who is spared.
"""

from __future__ import annotations

import hmac

import numpy as np
from numba import njit
from numpy.typing import NDArray

from kequn.bank.tokens import secret_key
from kequn.decisions.bids import MARKETING, UNIVERSAL, Bids
from kequn.decisions.draws import Draws
from kequn.workspace import Workspace

Hashes = NDArray[np.uint64]
Bools = NDArray[np.bool_]
KEY_BYTES = 16
RANGE = 2**64
# Four constants and the last block (eight bytes of message, none left over) of the paper.
_V0, _V1, _V2, _V3 = (
    np.uint64(int.from_bytes(text, "big")) for text in (b"somepseu", b"dorandom", b"lygenera", b"tedbytes")
)
_LAST = np.uint64(8 << 56)


def secret(workspace: Workspace) -> bytes:
    """The secret of all draws: from KEQUN_DRAW_KEY (hex or base64), else the workspace's own key file."""
    return secret_key(workspace, "KEQUN_DRAW_KEY", "draw.key")


def draw(key: bytes, experiment: str, customer_ids: NDArray[np.int64]) -> Hashes:
    """One draw a customer, even over 0 to 2^64 - 1; ``key`` is the secret."""
    derived = hmac.digest(key, experiment.encode("utf-8"), "sha256")[:KEY_BYTES]
    return siphash(derived, customer_ids)


def siphash(key: bytes, numbers: NDArray[np.int64]) -> Hashes:
    """SipHash-2-4 of each number under a key of 16 bytes."""
    low, high = np.frombuffer(key, "<u8")
    found: Hashes = _siphash(np.ascontiguousarray(numbers, np.int64).view(np.uint64), np.uint64(low), np.uint64(high))
    return found


def share_below(draws: Hashes, share: float) -> Bools:
    """Which draws fall below a share (0 to 1) of their range; who falls below a share falls below every larger one."""
    bound = int(share * RANGE)
    if bound >= RANGE:
        return np.ones(len(draws), np.bool_)
    found: Bools = draws < np.uint64(bound)
    return found


def in_holdout(key: bytes, experiment: str, share: float, customer_ids: NDArray[np.int64]) -> Bools:
    """Who is spared: ``experiment`` is the campaign's name, or ``universal``."""
    return share_below(draw(key, f"holdout/{experiment}", customer_ids), share)


def holdouts(key: bytes, universal_share: float, bids: Bids, customer_ids: NDArray[np.int64]) -> Draws:
    """The universal control and every marketing campaign's holdout; nobody is spared a service message."""
    campaigns = np.zeros((len(bids.campaigns), len(customer_ids)), np.bool_)
    for bid in bids.campaigns:
        if bid.purpose == MARKETING and bid.holdout_share > 0:
            campaigns[bid.number] = in_holdout(key, bid.name, bid.holdout_share, customer_ids)
    return Draws(in_holdout(key, UNIVERSAL, universal_share, customer_ids), campaigns)


@njit(inline="always")
def _round(v0: np.uint64, v1: np.uint64, v2: np.uint64, v3: np.uint64) -> tuple[np.uint64, ...]:
    v0 += v1
    v2 += v3
    v1 = _turn(v1, 13) ^ v0
    v3 = _turn(v3, 16) ^ v2
    v0 = _turn(v0, 32)
    v2 += v1
    v0 += v3
    v1 = _turn(v1, 17) ^ v2
    v3 = _turn(v3, 21) ^ v0
    return v0, v1, _turn(v2, 32), v3


@njit(inline="always")
def _turn(word: np.uint64, bits: int) -> np.uint64:
    return (word << np.uint64(bits)) | (word >> np.uint64(64 - bits))


@njit(nogil=True)
def _siphash(words: Hashes, low: np.uint64, high: np.uint64) -> Hashes:
    found = np.empty(len(words), np.uint64)
    for place in range(len(words)):
        v0, v1, v2, v3 = low ^ _V0, high ^ _V1, low ^ _V2, high ^ _V3
        for block in (words[place], _LAST):
            v3 ^= block
            for _ in range(2):
                v0, v1, v2, v3 = _round(v0, v1, v2, v3)
            v0 ^= block
        v2 ^= np.uint64(0xFF)
        for _ in range(4):
            v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        found[place] = v0 ^ v1 ^ v2 ^ v3
    return found
