"""Parties: the records of each person in the source systems, with the dirt that such records carry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kequn.sandbox.codes import Codes, labels
from kequn.sandbox.files import blank, texts
from kequn.sandbox.people import People
from kequn.sandbox.plan import Bools, Ints
from kequn.sandbox.words import CITIES, EDUCATION, MARITAL, OCCUPATIONS, person_names
from kequn.sandbox.world import World

SYSTEM = Codes("core", "card", "loan", "wealth", "mobile")
LETTERS = "CKLWM"
SHARED = 50
"""So many people share one mobile number (a shop that fills in its own)."""
PLACEHOLDER = 25
"""So many parties carry the same placeholder instead of an identity number."""
_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])


@dataclass(frozen=True)
class Parties:
    """Records as arrays: ``person`` is the index in the chunk; ``ids`` are the party numbers as text.

    ``home[s]`` is, for each person, the index of the record that system ``s`` knows the person by.
    """

    person: Ints
    system: Ints
    opened: Ints
    ids: pa.Array
    home: list[Ints]
    table: pa.Table
    faults: dict[str, int]

    def of(self, system: str, persons: Ints) -> pa.Array:
        """Party numbers of ``persons`` in ``system``, or in the core system where it has no record of them."""
        return self.ids.take(pa.array(self.home[SYSTEM[system]][persons]))


def parties(people: People, borrower: Bools, cardholder: Bools) -> Parties:
    """Every person has a core record; other systems and a second core record come by chance."""
    plan, count = people.plan, len(people)
    chance = people.chance("parties")
    leaning = [np.ones(count), 0.1 + 0.4 * cardholder, 0.02 + 0.5 * borrower, 0.02 + 0.3 * (people.band > 0),
               0.12 * (people.app_rate > 0)]  # fmt: skip
    person, system, copy, home = [], [], [], []
    first = np.arange(count)
    size = 0
    for number, share in enumerate(leaning):
        has = np.flatnonzero(chance.random(count) < share)
        place = first.copy()
        place[has] = size + np.arange(len(has))
        home.append(place)
        person.append(has)
        system.append(np.full(len(has), number))
        copy.append(np.zeros(len(has), np.int64))
        size += len(has)
    twice = np.flatnonzero(chance.random(count) < plan.share("duplicate_party_percent"))
    person, system = np.concatenate([*person, twice]), np.concatenate([*system, np.zeros(len(twice), np.int64)])
    copied = np.concatenate([*copy, np.ones(len(twice), np.int64)])
    opened = people.joined[person] + np.where(
        (system > 0) | (copied > 0), chance.integers(0, 400, len(person)) * (people.joined[person] < -400), 0
    )
    letters = labels(system, list(LETTERS)).cast(pa.string())
    ids = pc.binary_join_element_wise(letters, texts("", people.number[person] * 10 + copied, 10), "")
    table, faults = _table(people, chance, (person, system, opened), ids)
    return Parties(person, system, opened, ids, home, table, faults)


def _table(
    people: People, chance: np.random.Generator, rows: tuple[Ints, Ints, Ints], ids: pa.Array
) -> tuple[pa.Table, dict[str, int]]:
    plan = people.plan
    person, system, opened = rows
    size = len(person)
    other = system > 0
    draw = chance.random(size)
    missing = draw < np.where(other, plan.share("missing_id_other_percent"), plan.share("missing_id_percent"))
    mistyped = ~missing & (chance.random(size) < plan.share("mistyped_id_percent"))
    placeholder = np.zeros(size, np.bool_)
    if people.chunk == 0 and len(people) > 10 * PLACEHOLDER:
        placeholder[np.flatnonzero(~missing & ~mistyped & (person >= SHARED))[:PLACEHOLDER]] = True
    uncrossed = other & (chance.random(size) < plan.share("missing_cross_number_percent"))
    unknown_sex = chance.random(size) < plan.share("missing_sex_percent")
    sex = np.where(unknown_sex, 2, np.where(people.female[person], 0, 1))
    sparse = chance.random(size)
    codes = [code for code, _, _ in CITIES]
    shares_mobile = person < SHARED if people.chunk == 0 else np.zeros(size, np.bool_)
    data = pa.table(
        {
            "party_id": ids,
            "system": SYSTEM.texts(system),
            "name": person_names(people.chance("names"), len(people)).take(pa.array(person)),
            "id_number": blank(_with_faults(identity_numbers(people).take(pa.array(person)), mistyped,
                                            placeholder), missing),  # fmt: skip
            "mobile": _mobiles(people, chance, person, shares_mobile),
            "email": blank(texts("u", people.number[person], 9), sparse > 0.15),
            "address": _addresses(people, person),
            "cross_number": texts("X", people.number[person], 9, uncrossed),
            "birth_date": _dates_as_text(people.birth[person], chance.random(size) < 0.01),
            "sex": labels(sex, ["F", "M", "U"]),
            "region": labels(np.where(sparse < 0.02, -1, people.city[person]), codes),
            "occupation": labels(np.where(sparse > 0.93, -1, people.occupation[person]), list(OCCUPATIONS)),
            "education": labels(np.where(other | (sparse > 0.8), len(EDUCATION), people.education[person]),
                                [*EDUCATION, "unknown"]),  # fmt: skip
            "marital": labels(np.where(sparse > 0.85, len(MARITAL), people.marital[person]), [*MARITAL, "unknown"]),
            "opened_on": plan.dates(opened),
            "org_id": labels(people.outlet[person], people.world.orgs.outlets),
        }
    )
    faults = {
        "missing_id_number": int(missing.sum()),
        "mistyped_id_number": int(mistyped.sum()),
        "placeholder_id_number": int(placeholder.sum()),
        "missing_cross_number": int(uncrossed.sum()),
        "without_strong_key": int((uncrossed & (missing | mistyped | placeholder)).sum()),
        "parties_with_shared_mobile": int(shares_mobile.sum()),
    }
    return data, faults


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


def _with_faults(numbers: pa.Array, mistyped: Bools, placeholder: Bools) -> pa.Array:
    """A mistyped number has a wrong check digit, so that it is nobody else's number."""
    last = pc.utf8_slice_codeunits(numbers, 17, 18)
    wrong = pc.binary_join_element_wise(
        pc.utf8_slice_codeunits(numbers, 0, 17), pc.if_else(pc.equal(last, "7"), "3", "7"), ""
    )
    return pc.if_else(pa.array(placeholder), "990000000000000000", pc.if_else(pa.array(mistyped), wrong, numbers))


def _mobiles(people: People, chance: np.random.Generator, person: Ints, shared: Bools) -> pa.Array:
    """Numbers that start with 100, which no mobile network uses; some people carry another's spelling."""
    number = (people.number[person] * 48_271 + 12_345) % 10**8
    mobile = texts("100", np.where(shared, 0, number), 8, chance.random(len(person)) < 0.03)
    spaced = pc.binary_join_element_wise(
        pc.utf8_slice_codeunits(mobile, 0, 3), pc.utf8_slice_codeunits(mobile, 3, 7), pc.utf8_slice_codeunits(mobile, 7),
        " ",
    )  # fmt: skip
    return pc.if_else(pa.array(chance.random(len(person)) < 0.02), spaced, mobile)


def _addresses(people: People, person: Ints) -> pa.Array:
    city = labels(people.city[person], [f"{zh}市样板路" for _, zh, _ in CITIES]).cast(pa.string())
    return pc.binary_join_element_wise(city, pa.array(people.number[person] % 997 + 1).cast(pa.string()), "号", "")


def _dates_as_text(world: World, days: Ints, absent: Bools) -> pa.Array:
    return world.plan.dates(days, absent).cast(pa.string())
