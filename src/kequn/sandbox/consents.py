"""Consents: what each person agreed to, for which channel, until when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kequn.sandbox.codes import CHANNEL, Codes
from kequn.sandbox.files import texts
from kequn.sandbox.party import Parties
from kequn.sandbox.people import People
from kequn.sandbox.plan import NEVER, Bools, Ints

PURPOSE = Codes("marketing", "service", "personalisation")
SCOPE = Codes(*CHANNEL.names, "all")
SINGLE = ("sms", "ai_call", "agent_call", "wecom", "app")


@dataclass(frozen=True)
class Consents:
    """Decisions as arrays; ``marketing`` tells who agreed to marketing, ``until`` the day of withdrawing it."""

    marketing: Bools
    until: Ints
    person: Ints
    day: Ints
    scope: Ints
    purpose: Ints
    granted: Bools
    expires: Ints


def consents(people: People) -> Consents:
    """One decision on joining, refusals of single channels, withdrawals, refusals of personalisation."""
    plan, count = people.plan, len(people)
    chance = people.chance("consents")
    draw = chance.random((4, count))
    joined = people.joined
    everyone = np.flatnonzero(draw[0] < plan.share("asked_percent"))
    agreed = draw[1] < plan.share("agreed_percent")
    one = np.flatnonzero(agreed & (draw[2] < 0.18))
    withdrawn = np.flatnonzero(agreed & (draw[2] > 1 - plan.share("withdrawn_percent")))
    personal = np.flatnonzero(draw[3] < plan.share("personalisation_refused_percent"))
    limited = joined[everyone] + chance.choice((365, 730, 1095), len(everyone))
    expires = np.where(chance.random(len(everyone)) < 0.25, limited, NEVER)
    marks = np.full(count, False)
    marks[everyone] = agreed[everyone]
    single = np.array([SCOPE[name] for name in SINGLE])[chance.integers(0, len(SINGLE), len(one))]
    late = np.maximum(joined[withdrawn] + 5, chance.integers(0, plan.days, len(withdrawn)))
    until = np.full(count, NEVER)
    until[withdrawn] = late
    everything = SCOPE["all"]
    parts = [
        _decisions(
            everyone,
            joined[everyone],
            everything,
            "marketing",
            granted=agreed[everyone],
            expires=expires,
        ),
        _decisions(one, joined[one] + chance.integers(1, 300, len(one)), single, "marketing", granted=False),
        _decisions(withdrawn, late, everything, "marketing", granted=False),
        _decisions(personal, joined[personal] + 1, everything, "personalisation", granted=False),
        _decisions(everyone, joined[everyone], everything, "service", granted=True),
    ]
    person, day, scope, purpose, granted, expires = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Consents(marks, until, person, day, scope, purpose, granted > 0, expires)


def _decisions(
    person: Ints, day: Ints, scope: int | Ints, purpose: str, *, granted: bool | Bools, expires: int | Ints = NEVER
) -> tuple[Ints, ...]:
    columns = (person, day, scope, PURPOSE[purpose], granted, expires)
    return tuple(np.broadcast_to(np.asarray(column, np.int64), len(person)) for column in columns)


def consent_table(
    people: People, made: Consents, opted_out: tuple[Ints, Ints, Ints], who: Parties
) -> tuple[pa.Table, Ints]:
    """All decisions, with the opt-outs (persons, days, channels) that answered contacts; and their days."""
    plan = people.plan
    size, more = len(made.person), len(opted_out[0])
    person = np.concatenate([made.person, opted_out[0]])
    day = np.concatenate([made.day, opted_out[1]])
    keep = day < plan.days
    second = people.chance("consent seconds").integers(9 * 3600, 20 * 3600, size + more)
    expires = np.concatenate([made.expires, np.full(more, NEVER)])
    data = pa.table(
        {
            "consent_id": texts("N", people.chunk * 10**8 + np.arange(size + more), 12),
            "party_id": who.of("core", person),
            "channel": SCOPE.texts(np.concatenate([made.scope, opted_out[2]])),
            "purpose": PURPOSE.texts(np.concatenate([made.purpose, np.full(more, PURPOSE["marketing"])])),
            "granted": np.concatenate([made.granted, np.zeros(more, np.bool_)]),
            "decided_at": plan.moments(day, second),
            "expires_on": plan.dates(np.where(expires < NEVER, expires, 0), expires >= NEVER),
            "evidence": texts("E", people.chunk * 10**8 + np.arange(size + more), 12),
        }
    )
    return data.filter(pa.array(keep)), day[keep]
