"""Random policies, bids and people, and one person whom nothing excludes."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from kequn.decisions.bids import BidCampaign, BidOffer, BidPair, Bids, Product
from kequn.decisions.draws import Draws
from kequn.decisions.policy import facts, load
from kequn.decisions.policy.terms import (
    SCOPES,
    SIGNALS,
    WEEKDAYS,
    Calls,
    Cap,
    Day,
    Policy,
    Private,
    QuietDays,
    Silence,
)  # fmt: skip

CHANNELS = ("sms", "rcs", "wecom", "ai_call", "agent_call", "app", "popup", "rm", "email")
TIERS = ("mass", "gold", "diamond", "private")
REGIONS = ("HZ", "NB")
CLASSES = ("deposit", "card", "wealth", "loan")
Row = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """A policy, a day, bids, and people as rows with their draws."""

    policy: Policy
    day: Day
    bids: Bids
    people: list[Row]

    def batch(self) -> pa.RecordBatch:
        return pa.RecordBatch.from_pylist(self.people, schema=facts.schema(self.policy, self.bids))

    def draws(self) -> Draws:
        held = [[row[f"holdout_{c.number}"] for row in self.people] for c in self.bids.campaigns]
        universal = np.array([row["universal_control"] for row in self.people], np.bool_)
        return Draws(universal, np.array(held, np.bool_).reshape(len(held), len(self.people)))


class Dice:
    """Scenes out of one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def some(self, items: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted(item for item in items if self.random.random() < 0.4))

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def count(self, most: int) -> int | None:
        return None if self.chance(0.1) else self.random.randint(0, most)

    def flag(self) -> bool | None:
        return self.random.choice((True, True, False, False, None))

    def day(self) -> Day:
        on = self.random.choice((date(2024, 2, 29), date(2025, 2, 28), date(2026, 3, 31), date(2026, 6, 30)))
        return Day(on, self.chance(0.3))

    def policy(self, day: Day) -> Policy:
        dice = self.random
        caps = tuple(
            Cap(name, dice.randint(0, 3), dice.randint(1, 30), self.some(CHANNELS) if self.chance(0.5) else ())
            for name in ("daily", "weekly", "calls")[: dice.randint(0, 3)]
        )
        scopes = sorted((dice.choice(SCOPES) for _ in SIGNALS), key=SCOPES.index, reverse=True)
        return replace(
            load.load(""),
            contacts_per_night=dice.randint(1, 3),
            caps=caps,
            quiet_days=QuietDays((day.on,) if self.chance(0.1) else (), WEEKDAYS[:1] if self.chance(0.2) else ()),
            calls=Calls(self.some(CHANNELS), self.chance(0.5)),
            silence=Silence(dice.randint(0, 4), dice.randint(0, 4)),
            risk_signals=dict(zip(SIGNALS, scopes, strict=True)),
            assessment_valid_months=dice.choice((1, 6, 12, 24)),
            private=Private(self.some(TIERS), self.some(CHANNELS)),
            held_once=self.some(("card", "deposit/demand")),
            funded=self.some(CLASSES),
            service_exempt=self.some(load.EXEMPTIBLE),
        )

    def product(self) -> Product | None:
        dice = self.random
        if self.chance(0.2):
            return None
        return Product(
            risk=dice.randint(1, 5),
            min_age=dice.choice((0, 0, 2)),
            max_age=dice.choice((3, 120, 120)),
            region=dice.choice(("", "", *REGIONS)),
            min_amount_fen=dice.choice((0, 2, 4)),
            private=self.chance(0.3),
            product_class=dice.choice(CLASSES),
            subtype=dice.choice(("", "demand")),
            on_sale=self.chance(0.8),
        )

    def bids(self) -> Bids:
        dice = self.random
        campaigns = tuple(
            BidCampaign(n, f"c{n}", dice.choice(("marketing", "marketing", "service")), self.chance(0.5), 0.1)
            for n in range(dice.randint(1, 3))
        )
        offers = tuple(
            BidOffer(n, dice.randrange(len(campaigns)), f"o{n}", self.product()) for n in range(dice.randint(1, 3))
        )
        asked = [(offer, channel) for offer in offers for channel in dice.sample(CHANNELS, dice.randint(1, 3))]
        return Bids(
            campaigns,
            offers,
            tuple(BidPair(n, offer.campaign, offer.number, channel) for n, (offer, channel) in enumerate(asked)),
        )

    def person(self, policy: Policy, day: Day, bids: Bids) -> Row:
        dice = self.random
        row = {
            field.name: self.flag() if pa.types.is_boolean(field.type) else self.count(4)
            for field in facts.schema(policy, bids)
        }
        age_of_assessment = 30 * policy.assessment_valid_months + dice.randint(-6, 12)
        row |= {
            "customer_id": dice.randint(0, 10**9),
            "tier": dice.choice((None, *TIERS)),
            "region": dice.choice((None, *REGIONS)),
            "risk_signal_kind": dice.choice((None, None, None, *SIGNALS, "foreign")),
            "staff_id": dice.choice((None, "S1")),
            "assessed_on": None if self.chance(0.1) else day.on - timedelta(days=age_of_assessment),
            "universal_control": self.chance(0.2),
        }
        return row | {f"holdout_{campaign.number}": self.chance(0.2) for campaign in bids.campaigns}

    def scene(self) -> Scene:
        day, bids = self.day(), self.bids()
        policy = self.policy(day)
        return Scene(policy, day, bids, [self.person(policy, day, bids) for _ in range(self.random.randint(0, 6))])


@pytest.fixture
def plain() -> Scene:
    """The default policy, one offer by every channel, and a person whom nothing excludes."""
    bids = Bids(
        (BidCampaign(0, "spring", "marketing", everybody=False, holdout_share=0.1),),
        (BidOffer(0, 0, "note", Product(risk=2, product_class="wealth", subtype="fixed")),),
        tuple(BidPair(place, 0, 0, channel) for place, channel in enumerate(CHANNELS)),
    )
    policy, day = load.load(""), Day(date(2026, 6, 30), holiday=False)
    person: Row = {
        field.name: True if pa.types.is_boolean(field.type) else None for field in facts.schema(policy, bids)
    }
    person |= {
        "customer_id": 1, "tier": "gold", "region": "HZ", "staff_id": "S1", "age": 40, "aum": 10_000_000,
        "risk_tolerance": 3, "assessed_on": date(2026, 1, 1), "opted_out": False, "personalisation_refused": False,
        "holds_0": False, "used_daily": 0, "used_weekly": 0, "used_monthly": 0, "used_calls": 0,
        "universal_control": False, "holdout_0": False,
    }  # fmt: skip
    return Scene(policy, day, bids, [person])


@pytest.fixture
def scene() -> type[Dice]:
    return Dice
