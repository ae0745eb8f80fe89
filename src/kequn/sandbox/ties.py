"""Ties of people: households, guarantors, employers, relationship managers, and lists of officers and companies."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kequn.sandbox.codes import Codes, labels
from kequn.sandbox.files import texts, yuan
from kequn.sandbox.identities import identity_numbers
from kequn.sandbox.loans import Loans
from kequn.sandbox.party import Parties, own_names
from kequn.sandbox.people import People
from kequn.sandbox.plan import NEVER, Ints
from kequn.sandbox.shops import Shops
from kequn.sandbox.words import PLACES, TRADES, person_names

TIE = Codes("household", "guarantor", "employer")
POSITIONS = ("director", "supervisor", "executive")
ROLES = ("legal_representative", "owner", "executive")


def relation_table(people: People, who: Parties, owed: Loans, shop: Shops) -> tuple[pa.Table, Ints]:
    """The standard table ``relation``, all ties of the chunk, and the day of each."""
    plan, count = people.plan, len(people)
    chance = people.chance("relations")
    even = np.arange(0, count - 1, 2)
    pair = even[chance.random(len(even)) < plan.share("household_percent")]
    backed = np.unique(owed.person[chance.random(len(owed.person)) < 0.1])
    hires = shop.owner[chance.random(len(shop.owner)) < 0.3]
    one = np.concatenate([pair, pair + 1, backed, hires, hires])
    other = np.concatenate([pair + 1, pair, (backed + 2) % count, (hires + 3) % count, (hires + 5) % count])
    kind = np.repeat([0, 0, 1, 2, 2], [len(pair), len(pair), len(backed), len(hires), len(hires)])
    since = np.maximum(people.joined[one], people.joined[other]) + 1
    different = (one != other) & (since < plan.days - 2)
    one, other, kind, since = one[different], other[different], kind[different], since[different]
    everyone = who.of("core", np.arange(count))
    data = pa.table(
        {
            "party_id": everyone.take(pa.array(one)),
            "related_party_id": everyone.take(pa.array(other)),
            "kind": TIE.texts(kind),
            "since": plan.dates(since),
        }
    )
    return data, since


def assignment_table(people: People, who: Parties) -> tuple[pa.Table, Ints, Ints]:
    """The standard table ``assignment`` from tier gold up, and first and last day of each row.

    Private customers have a chief RM; some were handed over within the period.
    """
    world = people.world
    plan = people.plan
    chance = people.chance("assignments")
    kept = np.flatnonzero((people.band >= 2) & (people.joined < plan.days - 10))
    handed = kept[(chance.random(len(kept)) < 0.1) & (people.joined[kept] < plan.days - 60)]
    change = np.maximum(people.joined[handed] + 30, chance.integers(1, plan.days - 3, len(handed)))
    person = np.concatenate([kept, handed])
    start = np.concatenate([people.joined[kept] + 2, change])
    end = np.full(len(person), NEVER)
    end[np.searchsorted(kept, handed)] = change - 1
    pick = chance.integers(0, 10**6, len(person))
    rms = world.orgs.rms
    staff = [
        world.orgs.chiefs[number % len(world.orgs.chiefs)] if band == 5 else rms[outlet][number % len(rms[outlet])]
        for band, outlet, number in zip(people.band[person], people.outlet[person], pick, strict=True)
    ]
    data = pa.table(
        {
            "party_id": who.of("core", person),
            "staff_id": pa.array(staff, pa.string()),
            "valid_from": plan.dates(start),
            "valid_to": plan.dates(np.where(end < NEVER, end, 0), end == NEVER),
        }
    )
    return data, start, end


def officer_table(people: People) -> tuple[pa.Table, Ints]:
    """Officers of listed companies: some of the richest customers, and as many strangers; with the day of each."""
    chance = people.chance("officers")
    known = np.flatnonzero((people.band >= 3) & (chance.random(len(people)) < people.plan.share("officer_percent")))
    size = len(known) + max(2, len(known))
    names, numbers = _with_strangers(people, known, size)
    company = chance.integers(0, 90, size)
    since = -chance.integers(0, 2500, size)
    return pa.table(
        {
            "officer_id": texts("F", people.chunk * 10**5 + np.arange(size), 9),
            "name": names,
            "id_number": numbers,
            "company": [f"{PLACES[c % 14]}{TRADES[c % 13]}股份{c:02d}" for c in company],
            "stock_code": [f"99{c:04d}" for c in company],
            "position": labels(chance.integers(0, 3, size), list(POSITIONS)),
            "since": people.plan.dates(since),
        }
    ), since


def corporate_table(people: People) -> tuple[pa.Table, Ints]:
    """Corporate clients and their people: customers of higher tiers, the self-employed, and strangers."""
    plan = people.plan
    chance = people.chance("corporates")
    share = np.where(
        (people.band >= 2) | people.works_as("self_employed", "manager"), plan.share("corporate_percent"), 0
    )
    known = np.flatnonzero(chance.random(len(people)) < share)
    size = len(known) + max(2, len(known) // 2)
    names, numbers = _with_strangers(people, known, size)
    since = -chance.integers(0, 3000, size)
    capital = (chance.lognormal(15, 1.2, size) / 10_000).astype(np.int64) * 1_000_000
    return pa.table(
        {
            "corporate_id": texts("B", people.chunk * 10**5 + np.arange(size), 9),
            "name": [
                f"{PLACES[k % 14]}{TRADES[k // 14 % 14]}{people.chunk:03d}{k:05d}实业有限公司" for k in range(size)
            ],
            "role": labels(chance.integers(0, 3, size), list(ROLES)),
            "person_name": names,
            "person_id_number": numbers,
            "registered_capital_yuan": yuan(capital),
            "deposit_yuan": yuan((capital * chance.uniform(0, 0.4, size)).astype(np.int64)),
            "since": plan.dates(since),
        }
    ), since


def _with_strangers(people: People, known: Ints, size: int) -> tuple[pa.Array, pa.Array]:
    """Names and identity numbers of customers, then of people whom the bank does not know."""
    own = own_names(people).take(pa.array(known))
    strangers = size - len(known)
    others = person_names(people.chance("strangers"), strangers)
    numbers = pc.binary_join_element_wise(
        "970000", texts("", 19_700_101 + np.arange(strangers) % 28, 8), texts("", np.arange(strangers) + 1, 4), ""
    )
    mine = identity_numbers(people).take(pa.array(known))
    return pa.concat_arrays([own, others]), pa.concat_arrays([mine, numbers])
