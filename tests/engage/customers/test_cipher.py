"""Sealing: whatever is sealed opens for its customer alone, in both algorithms and after a change of keys."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.engage.customers import masks
from kequn.engage.customers.cipher import AES, SM4, Ring, UnreadableError, fresh_key, ring
from kequn.errors import KequnError

RARE = ["𠮷野家", 'O\'Neil "x"', "😀👨‍👩‍👧", "张\u200b三", "%_\\", "\x00\n"]
TEXT = st.text(min_size=1, max_size=60) | st.sampled_from(RARE)
VALUES = st.dictionaries(st.sampled_from(sorted(masks.MASKS)), TEXT)
ALGORITHMS = st.sampled_from([AES, SM4])
IDS = st.integers(min_value=0, max_value=2**63 - 1)


def a_ring(algorithm, *names):
    return Ring({name: os.urandom(32) for name in names or ("1",)}, algorithm)


@given(ALGORITHMS, IDS, VALUES)
def test_what_is_sealed_opens(algorithm, customer_id, values):
    keys = a_ring(algorithm)
    assert keys.open(customer_id, keys.seal(customer_id, values)) == values


@given(ALGORITHMS, IDS, IDS, VALUES)
def test_nobody_elses_value_opens(algorithm, one, other, values):
    keys = a_ring(algorithm)
    if one != other:
        with pytest.raises(UnreadableError):
            keys.open(other, keys.seal(one, values))


@given(ALGORITHMS, VALUES, st.data())
def test_a_changed_byte_never_opens(algorithm, values, data):
    keys = a_ring(algorithm)
    sealed = bytearray(keys.seal(7, values))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(UnreadableError):
        keys.open(7, bytes(sealed))


@given(ALGORITHMS, st.binary(max_size=40))
def test_rubbish_never_opens(algorithm, rubbish):
    with pytest.raises(UnreadableError):
        a_ring(algorithm).open(7, rubbish)


def test_algorithms_and_keys_are_read_side_by_side():
    old = a_ring(AES, "1")
    new = Ring({"2": os.urandom(32), **old.keys}, SM4)
    assert new.open(7, old.seal(7, {"name": "张三"})) == {"name": "张三"}
    assert new.open(7, new.seal(7, {"name": "张三"})) == {"name": "张三"}
    with pytest.raises(UnreadableError, match="'2'"):
        old.open(7, new.seal(7, {}))


def test_two_seals_of_one_value_differ():
    keys = a_ring(AES)
    assert keys.seal(7, {"name": "张三"}) != keys.seal(7, {"name": "张三"})


def test_key_file(workspace, monkeypatch):
    monkeypatch.delenv("KEQUN_CUSTOMER_KEYS", raising=False)
    first = ring(workspace)
    file = workspace.home / "keys" / "customer.keys"
    assert file.stat().st_mode & 0o077 == 0
    assert ring(workspace) == first
    assert fresh_key(workspace) == "2"
    second = ring(workspace)
    assert second.current == "2"
    assert second.keys["1"] == first.keys["1"]
    assert second.open(7, first.seal(7, {"name": "张三"})) == {"name": "张三"}


def test_keys_of_the_environment(workspace, monkeypatch):
    monkeypatch.setenv("KEQUN_CUSTOMER_KEYS", f"b:{'22' * 32},a:{'11' * 32}")
    assert list(ring(workspace).keys) == ["b", "a"]
    with pytest.raises(KequnError, match="KEQUN_CUSTOMER_KEYS"):
        fresh_key(workspace)
    for wrong in ("a", f"a:{'11' * 16}", f":{'11' * 32}", f"a b:{'11' * 32}", f"a:{'zz' * 32}"):
        monkeypatch.setenv("KEQUN_CUSTOMER_KEYS", wrong)
        with pytest.raises(KequnError, match="id:hex"):
            ring(workspace)


@given(VALUES)
def test_masks_hide(values):
    shown = masks.masked(values)
    for field, value in values.items():
        assert value not in shown[field] or "*" in value or len(value) == 1
    assert set(shown) == set(values)


def test_masks_as_the_bank_writes_them():
    values = {"name": "张三丰", "mobile": "13812341234", "id_number": "44010119900101123X",
              "email": "zhang@example.com",
              "address": "广东省广州市天河区体育西路一百号"}  # fmt: skip
    assert masks.masked(values) == {
        "name": "张*", "mobile": "138****1234", "id_number": "****123X", "email": "z****@example.com",
        "address": "广东省广州市****",
    }  # fmt: skip
