"""Parties: the records of each person in the source systems, with the dirt that such records carry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kequn.sandbox.codes import Codes, labels
from kequn.sandbox.files import blank, texts
from kequn.sandbox.identities import addresses, identity_numbers, mobiles, with_faults
from kequn.sandbox.people import People
from kequn.sandbox.plan import Bools, Ints
from kequn.sandbox.words import CITIES, EDUCATION, MARITAL, OCCUPATIONS, person_names

SYSTEM = Codes("core", "card", "loan", "wealth", "mobile")
LETTERS = "CKLWM"
SHARED = 50
"""So many people share one mobile number (a shop that fills in its own)."""
PLACEHOLDER = 25
"""So many parties carry the same placeholder instead of an identity number."""


@dataclass(frozen=True)
class Records:
    """Which systems know whom: ``person`` is the index in the chunk, ``copied`` marks second core records.

    ``home[s]`` is, for each person, the index of the record that system ``s`` knows the person by.
    """

    person: Ints
    system: Ints
    copied: Ints
    opened: Ints
    home: list[Ints]


@dataclass(frozen=True)
class Parties:
    """The records with their party numbers as text, the standard table, and counts of faults that no check sees."""

    records: Records
    ids: pa.Array
    table: pa.Table
    faults: dict[str, int]

    def of(self, system: str, persons: Ints) -> pa.Array:
        """Party numbers of ``persons`` in ``system``, or in the core system where it has no record of them."""
        return self.ids.take(pa.array(self.records.home[SYSTEM[system]][persons]))


@dataclass(frozen=True)
class Faults:
    """Which records lack, or have wrong, what identifies the person."""

    missing: Bools
    mistyped: Bools
    placeholder: Bools
    uncrossed: Bools
    shared_mobile: Bools

    def counts(self) -> dict[str, int]:
        """How many records have each fault, and how many no strong key joins to the person's others."""
        wrong = self.missing | self.mistyped | self.placeholder
        return {
            "missing_id_number": int(self.missing.sum()),
            "mistyped_id_number": int(self.mistyped.sum()),
            "placeholder_id_number": int(self.placeholder.sum()),
            "missing_cross_number": int(self.uncrossed.sum()),
            "without_strong_key": int((self.uncrossed & wrong).sum()),
            "parties_with_shared_mobile": int(self.shared_mobile.sum()),
        }


def parties(people: People, borrower: Bools, cardholder: Bools) -> Parties:
    """Every person has a core record; other systems and a second core record come by chance."""
    records = _records(people, borrower, cardholder)
    numbers = texts("", people.number[records.person] * 10 + records.copied, 10)
    letters = labels(records.system, list(LETTERS)).cast(pa.string())
    ids = pc.binary_join_element_wise(letters, numbers, "")
    faults = _faults(people, records)
    return Parties(records, ids, _table(people, records, ids, faults), faults.counts())


def _records(people: People, borrower: Bools, cardholder: Bools) -> Records:
    count = len(people)
    chance = people.chance("parties")
    investor, user = people.band > 0, people.app_rate > 0
    leaning = (np.ones(count), 0.1 + 0.4 * cardholder, 0.02 + 0.5 * borrower, 0.02 + 0.3 * investor, 0.12 * user)
    parts: list[tuple[Ints, int, int]] = []
    home: list[Ints] = []
    for number, share in enumerate(leaning):
        known = np.flatnonzero(chance.random(count) < share)
        place = np.arange(count)
        place[known] = sum(len(some) for some, _, _ in parts) + np.arange(len(known))
        home.append(place)
        parts.append((known, number, 0))
    parts.append((np.flatnonzero(chance.random(count) < people.plan.share("duplicate_party_percent")), 0, 1))
    person = np.concatenate([some for some, _, _ in parts])
    sizes = [len(some) for some, _, _ in parts]
    system = np.repeat([number for _, number, _ in parts], sizes)
    copied = np.repeat([copy for _, _, copy in parts], sizes)
    later = chance.integers(0, 400, len(person)) * (people.joined[person] < -400)
    opened = people.joined[person] + np.where((system > 0) | (copied > 0), later, 0)
    return Records(person, system, copied, opened, home)


def _faults(people: People, records: Records) -> Faults:
    plan, size = people.plan, len(records.person)
    chance = people.chance("party faults")
    other = records.system > 0
    draw = chance.random((3, size))
    missing = draw[0] < np.where(other, plan.share("missing_id_other_percent"), plan.share("missing_id_percent"))
    mistyped = ~missing & (draw[1] < plan.share("mistyped_id_percent"))
    placeholder = np.zeros(size, np.bool_)
    first = people.chunk == 0
    if first and len(people) > 10 * PLACEHOLDER:
        placeholder[np.flatnonzero(~missing & ~mistyped & (records.person >= SHARED))[:PLACEHOLDER]] = True
    uncrossed = other & (draw[2] < plan.share("missing_cross_number_percent"))
    return Faults(missing, mistyped, placeholder, uncrossed, (records.person < SHARED) & first)


def _table(people: People, records: Records, ids: pa.Array, faults: Faults) -> pa.Table:
    plan, person = people.plan, records.person
    chance = people.chance("party table")
    size, other = len(person), records.system > 0
    sparse = chance.random(size)
    unknown_sex = chance.random(size) < plan.share("missing_sex_percent")
    numbers = identity_numbers(people).take(pa.array(person))
    number = blank(with_faults(numbers, faults.mistyped, faults.placeholder), faults.missing)
    city = np.where(sparse < 0.02, -1, people.city[person])
    work = np.where(sparse > 0.93, -1, people.occupation[person])
    school = np.where(other | (sparse > 0.8), len(EDUCATION), people.education[person])
    marital = np.where(sparse > 0.85, len(MARITAL), people.marital[person])
    born = plan.dates(people.birth[person], chance.random(size) < 0.01)
    return pa.table(
        {
            "party_id": ids,
            "system": SYSTEM.texts(records.system),
            "name": own_names(people).take(pa.array(person)),
            "id_number": number,
            "mobile": mobiles(people, person, faults.shared_mobile),
            "email": blank(texts("u", people.number[person], 9), sparse > 0.15),
            "address": addresses(people, person),
            "cross_number": texts("X", people.number[person], 9, faults.uncrossed),
            "birth_date": born.cast(pa.string()),
            "sex": labels(np.where(unknown_sex, 2, np.where(people.female[person], 0, 1)), ["F", "M", "U"]),
            "region": labels(city, [code for code, _, _ in CITIES]),
            "occupation": labels(work, list(OCCUPATIONS)),
            "education": labels(school, [*EDUCATION, "unknown"]),
            "marital": labels(marital, [*MARITAL, "unknown"]),
            "opened_on": plan.dates(records.opened),
            "org_id": labels(people.outlet[person], people.world.orgs.outlets),
        }
    )


def own_names(people: People) -> pa.Array:
    """The name of each person."""
    return person_names(people.chance("names"), len(people))
