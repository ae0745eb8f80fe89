"""Personal particulars that belong to nobody: identity numbers, mobiles and addresses of made-up people."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kequn.sandbox.codes import labels
from kequn.sandbox.files import texts
from kequn.sandbox.people import People
from kequn.sandbox.plan import Bools, Ints
from kequn.sandbox.words import CITIES

PLACEHOLDER_NUMBER = "990000000000000000"
_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])


def identity_numbers(people: People) -> pa.Array:
    """18 digits with a right check digit (GB 11643), in regions 99 and 98 that are not assigned.

    Region and sequence follow from the person's number, so that no two persons share one.
    """
    block, inside = np.divmod(people.number, 450)
    region = (99 - block // 10_000) * 10_000 + block % 10_000
    born = (np.datetime64(people.plan.first, "D") + people.birth).astype("datetime64[D]")
    year = born.astype("datetime64[Y]").astype(np.int64) + 1970
    month = born.astype("datetime64[M]").astype(np.int64) % 12 + 1
    day = (born - born.astype("datetime64[M]")).astype(np.int64) + 1
    number = ((region * 10_000 + year) * 100 + month) * 100 + day
    number = number * 1000 + inside * 2 + np.where(people.female, 0, 1)
    digits = number[:, None] // 10 ** np.arange(16, -1, -1) % 10
    check = (12 - (digits * _WEIGHTS).sum(axis=1) % 11) % 11
    tail = labels(check, [*"0123456789", "X"]).cast(pa.string())
    return pc.binary_join_element_wise(pa.array(number).cast(pa.string()), tail, "")


def with_faults(numbers: pa.Array, mistyped: Bools, placeholder: Bools) -> pa.Array:
    """Identity numbers as clerks typed them; a mistyped one has a wrong check digit, so that it is nobody else's."""
    last = pc.utf8_slice_codeunits(numbers, 17, 18)
    start = pc.utf8_slice_codeunits(numbers, 0, 17)
    wrong = pc.binary_join_element_wise(start, pc.if_else(pc.equal(last, "7"), "3", "7"), "")
    typed = pc.if_else(pa.array(mistyped), wrong, numbers)
    return pc.if_else(pa.array(placeholder), PLACEHOLDER_NUMBER, typed)


def mobiles(people: People, person: Ints, shared: Bools) -> pa.Array:
    """Numbers that start with 100, which no mobile network uses; some are missing, some are typed with spaces.

    Those who are ``shared`` all have one number.
    """
    chance = people.chance("mobiles")
    number = (people.number[person] * 48_271 + 12_345) % 10**8
    mobile = texts("100", np.where(shared, 0, number), 8, ~shared & (chance.random(len(person)) < 0.03))
    parts = [pc.utf8_slice_codeunits(mobile, start, stop) for start, stop in ((0, 3), (3, 7), (7, 11))]
    spaced = pc.binary_join_element_wise(*parts, " ")
    return pc.if_else(pa.array(chance.random(len(person)) < 0.02), spaced, mobile)


def addresses(people: People, person: Ints) -> pa.Array:
    """A street that exists in no city, and a number."""
    city = labels(people.city[person], [f"{zh}市样板路" for _, zh, _ in CITIES]).cast(pa.string())
    return pc.binary_join_element_wise(city, pa.array(people.number[person] % 997 + 1).cast(pa.string()), "号", "")
