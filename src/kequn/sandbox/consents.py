"""Consents: what each person agreed to, for which channel, until when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kequn.sandbox.codes import CHANNEL, Codes
from kequn.sandbox.files import texts
from kequn.sandbox.people import People
from kequn.sandbox.plan import NEVER, Bools, Ints
from kequn.sandbox.world import World

PURPOSE = Codes("marketing", "service", "personalisation")
SCOPE = Codes(*CHANNEL.names, "all")
SINGLE = ("sms", "ai_call", "agent_call", "wecom", "app")


@dataclass(frozen=True)
class Consents:
    """Decisions as arrays; ``marketing`` tells who ever agreed to marketing at all."""

    marketing: Bools
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
    everyone = np.flatnonzero(draw[0] < plan.share("asked_percent"))
    agreed = draw[1] < plan.share("agreed_percent")
    one = np.flatnonzero(agreed & (draw[2] < 0.18))
    withdrawn = np.flatnonzero(agreed & (draw[2] > 1 - plan.share("withdrawn_percent")))
    personal = np.flatnonzero(draw[3] < plan.share("personalisation_refused_percent"))
    limited = np.where(chance.random(len(everyone)) < 0.25, chance.choice((365, 730, 1095), len(everyone)), NEVER)
    marks = np.full(count, False)
    marks[everyone] = agreed[everyone]
    joined = people.joined
    single = np.array([SCOPE[name] for name in SINGLE])[chance.integers(0, len(SINGLE), len(one))]
    parts = (
        (everyone, joined[everyone], SCOPE["all"], "marketing", agreed[everyone], joined[everyone] + limited),
        (one, joined[one] + chance.integers(1, 300, len(one)), single, "marketing", False, NEVER),
        (withdrawn, _late(chance, plan.days, joined[withdrawn]), SCOPE["all"], "marketing", False, NEVER),
        (personal, joined[personal] + 1, SCOPE["all"], "personalisation", False, NEVER),
        (everyone, joined[everyone], SCOPE["all"], "service", True, NEVER),
    )
    columns = [
        [person, day, scope, PURPOSE[purpose], granted, expires] for person, day, scope, purpose, granted, expires in parts
    ]
    stacked = [
        np.concatenate([np.broadcast_to(part[number], len(part[0])) for part in columns]).astype(np.int64)
        for number in range(6)
    ]
    return Consents(marks, stacked[0], stacked[1], stacked[2], stacked[3], stacked[4] > 0, stacked[5])


def consent_table(
    people: People, made: Consents, opted_out: tuple[Ints, Ints, Ints], party: object
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
            "party_id": party.of("core", person),
            "channel": SCOPE.texts(np.concatenate([made.scope, opted_out[2]])),
            "purpose": PURPOSE.texts(np.concatenate([made.purpose, np.full(more, PURPOSE["marketing"])])),
            "granted": np.concatenate([made.granted, np.zeros(more, np.bool_)]),
            "decided_at": plan.moments(day, second),
            "expires_on": plan.dates(np.where(expires < NEVER, expires, 0), expires >= NEVER),
            "evidence": texts("E", people.chunk * 10**8 + np.arange(size + more), 12),
        }
    )
    return data.filter(pa.array(keep)), day[keep]


def _late(chance: np.random.Generator, days: int, joined: Ints) -> Ints:
    return np.maximum(joined + 5, chance.integers(0, days, len(joined)))
