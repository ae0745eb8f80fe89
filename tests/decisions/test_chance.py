"""Draws against SipHash-2-4 in plain Python, which is held to the test vector of its paper."""

import hmac

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.decisions import chance
from kequn.decisions.bids import BidCampaign, Bids

ROOM = 2**64 - 1
SECRET = bytes(range(32))
IDS = np.arange(200_000, dtype=np.int64)


def turn(word: int, bits: int) -> int:
    return (word << bits | word >> (64 - bits)) & ROOM


def rounds(state: list[int], times: int) -> None:
    for _ in range(times):
        for a, b, c, d, left, right in ((0, 1, 2, 3, 13, 16), (2, 1, 0, 3, 17, 21)):
            state[a] = (state[a] + state[b]) & ROOM
            state[c] = (state[c] + state[d]) & ROOM
            state[b] = turn(state[b], left) ^ state[a]
            state[d] = turn(state[d], right) ^ state[c]
            state[a] = turn(state[a], 32)


def siphash(key: bytes, message: bytes) -> int:
    """SipHash-2-4 as the paper words it, for messages of any length."""
    k = [int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")]
    words = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
    state = [k[place % 2] ^ word for place, word in enumerate(words)]
    padded = message + bytes(7 - len(message) % 8) + bytes([len(message) % 256])
    for start in range(0, len(padded), 8):
        block = int.from_bytes(padded[start : start + 8], "little")
        state[3] ^= block
        rounds(state, 2)
        state[0] ^= block
    state[2] ^= 0xFF
    rounds(state, 4)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def test_plain_siphash_gives_the_vector_of_the_paper():
    assert siphash(bytes(range(16)), bytes(range(15))) == 0xA129CA6149BE45E5


@given(st.binary(min_size=16, max_size=16), st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=9))
def test_the_compiled_one_is_the_plain_one(key, numbers):
    found = chance.siphash(key, np.array(numbers, np.int64))
    assert found.tolist() == [siphash(key, number.to_bytes(8, "little", signed=True)) for number in numbers]


def test_a_draw_is_keyed_by_secret_and_experiment():
    derived = hmac.digest(SECRET, b"spring", "sha256")[:16]
    assert chance.draw(SECRET, "spring", IDS[:1])[0] == siphash(derived, bytes(8))
    assert (chance.draw(SECRET, "spring", IDS) == chance.draw(SECRET, "autumn", IDS)).sum() == 0
    assert (chance.draw(SECRET, "spring", IDS) == chance.draw(SECRET[::-1], "spring", IDS)).sum() == 0


def test_draws_do_not_depend_on_order_or_batch():
    whole = chance.draw(SECRET, "spring", IDS)
    assert np.array_equal(whole[::-1], chance.draw(SECRET, "spring", IDS[::-1]))
    assert np.array_equal(whole[777:], chance.draw(SECRET, "spring", IDS[777:]))


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
def test_a_share_is_that_share(share):
    error = (share * (1 - share) / len(IDS)) ** 0.5
    assert chance.in_holdout(SECRET, "spring", share, IDS).mean() == pytest.approx(share, abs=5 * error)


def test_a_larger_share_spares_the_same_and_more():
    less, more = (chance.in_holdout(SECRET, "spring", share, IDS) for share in (0.05, 0.1))
    assert not (less & ~more).any()


def test_no_share_and_the_whole():
    draws = np.array([0, 2**63, ROOM], np.uint64)
    assert chance.share_below(draws, 0).tolist() == [False] * 3
    assert chance.share_below(draws, 0.5).tolist() == [True, False, False]
    assert chance.share_below(draws, 1).tolist() == [True] * 3


def test_holdouts_of_two_campaigns_are_independent():
    one, other = (chance.in_holdout(SECRET, name, 0.1, IDS) for name in ("spring", "autumn"))
    assert (one & other).mean() == pytest.approx(0.01, abs=0.001)


def test_holdouts_are_those_of_universal_and_of_marketing_campaigns():
    kinds = ("marketing", "service", "marketing")
    campaigns = tuple(BidCampaign(n, f"c{n}", kind, False, 0.1 if n < 2 else 0.0) for n, kind in enumerate(kinds))
    found = chance.holdouts(SECRET, 0.02, Bids(campaigns, (), ()), IDS)
    assert np.array_equal(found.universal, chance.in_holdout(SECRET, "universal", 0.02, IDS))
    assert np.array_equal(found.campaigns[0], chance.in_holdout(SECRET, "c0", 0.1, IDS))
    assert not found.campaigns[1:].any()


def test_the_secret_is_made_once_or_given(workspace, monkeypatch):
    monkeypatch.delenv("KEQUN_DRAW_KEY", raising=False)
    assert chance.secret(workspace) == chance.secret(workspace)
    monkeypatch.setenv("KEQUN_DRAW_KEY", SECRET.hex())
    assert chance.secret(workspace) == SECRET
