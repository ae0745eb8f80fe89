"""Suitability assessments and risk signals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kequn.sandbox.codes import Codes
from kequn.sandbox.files import texts
from kequn.sandbox.holdings import Holdings
from kequn.sandbox.lives import Lives
from kequn.sandbox.loans import Loans
from kequn.sandbox.people import People
from kequn.sandbox.plan import NEVER, Ints

SIGNAL = Codes("fraud", "money_laundering", "delinquency", "open_complaint", "deceased", "minor")


def risk_profiles(people: People, held: Holdings) -> tuple[Ints, Ints, Ints]:
    """Person, day and tolerance of each assessment: investors and some others, renewed by most each year."""
    plan, count = people.plan, len(people)
    chance = people.chance("risk profiles")
    asked = chance.random(count) < 0.12
    asked[held.person] |= chance.random(len(held)) < 0.9
    who = np.flatnonzero(asked & (people.age >= 18))
    tolerance = 2.4 + 0.3 * people.band[who] - 0.02 * (people.age[who] - 40) + chance.normal(0, 0.9, len(who))
    first = np.maximum(people.joined[who], chance.integers(-360, plan.days, len(who)))
    turns = -(-plan.days // 365) + 1
    day = first[:, None] + 370 * np.arange(turns)
    renewed = np.cumprod(chance.random((len(who), turns)) < np.array([1.0] + [0.7] * (turns - 1)), axis=1) > 0
    row, column = np.nonzero(renewed & (day < plan.days))
    drift = chance.normal(0, 0.4, (len(who), turns))[row, column]
    return who[row], day[row, column], np.clip(np.rint(tolerance[row] + drift), 1, 5).astype(np.int64)


def risk_profile_table(people: People, drawn: tuple[Ints, Ints, Ints], party: pa.Array) -> pa.Table:
    """The standard table ``risk_profile``."""
    person, day, tolerance = drawn
    return pa.table(
        {
            "assessment_id": texts("Q", people.chunk * 10**8 + np.arange(len(person)), 12),
            "party_id": party,
            "assessed_on": people.plan.dates(day),
            "tolerance": tolerance,
        }
    )


@dataclass(frozen=True)
class Signals:
    """One entry a signal; ``cleared`` is NEVER while it stands."""

    person: Ints
    kind: Ints
    raised: Ints
    cleared: Ints


def risk_signals(people: People, lives: Lives, owed: Loans) -> Signals:
    """Open complaints of the unhappy, delinquency of late borrowers, and rare signals of the others."""
    plan, count = people.plan, len(people)
    chance = people.chance("risk signals")
    draw = chance.random((4, count))
    last = plan.days - 3
    anyday = chance.integers(0, last, count)
    upset = np.flatnonzero((lives.unhappy < last - 10) & (draw[0] < 0.3))
    late = np.unique(owed.person[owed.overdue > 30])
    child = np.flatnonzero(people.age < 18 - plan.days / 365)
    some = [np.flatnonzero(draw[row] < limit) for row, limit in ((1, 0.0006), (2, 0.0002))]
    dead = np.flatnonzero((people.age > 68) & (draw[3] < 0.008))
    parts = (
        (some[0], "fraud", anyday[some[0]]),
        (some[1], "money_laundering", anyday[some[1]]),
        (late, "delinquency", np.full(len(late), last - 20)),
        (upset, "open_complaint", lives.unhappy[upset] + 5),
        (dead, "deceased", anyday[dead]),
        (child, "minor", people.joined[child]),
    )
    person = np.concatenate([part[0] for part in parts])
    kind = np.concatenate([np.full(len(part[0]), SIGNAL[part[1]]) for part in parts])
    raised = np.maximum(np.concatenate([part[2] for part in parts]), people.joined[person])
    closes = np.isin(kind, [SIGNAL["open_complaint"], SIGNAL["fraud"]]) & (chance.random(len(person)) < 0.7)
    cleared = np.where(closes, raised + chance.integers(15, 120, len(person)), NEVER)
    return Signals(person, kind, raised, np.where(cleared < plan.days, cleared, NEVER))


def risk_signal_table(people: People, made: Signals, party: pa.Array, day: int) -> pa.Table:
    """The standard table as it stands on day number ``day``."""
    open_still = (made.cleared == NEVER) | (made.cleared > day)
    data = pa.table(
        {
            "signal_id": texts("G", people.number[made.person] * 10 + made.kind, 12),
            "party_id": party,
            "kind": SIGNAL.texts(made.kind),
            "raised_on": people.plan.dates(made.raised),
            "cleared_on": people.plan.dates(np.where(open_still, 0, made.cleared), open_still),
        }
    )
    return data.filter(pa.array(made.raised <= day))
