"""A rule of the policy: its code and words, when it applies, and whom it excludes, set-based and row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kequn.decisions.bids import BidCampaign, BidOffer, Product
from kequn.decisions.policy.people import People
from kequn.decisions.policy.terms import Day, Policy

Level = Literal["campaign", "offer", "pair"]
Person = Mapping[str, Any]
UNLIMITED = Product()


@dataclass(frozen=True)
class Case:
    """What a rule judges: an offer by a channel; a rule of a level looks at nothing below that level."""

    policy: Policy
    day: Day
    campaign: BidCampaign
    offer: BidOffer
    channel: str

    @property
    def product(self) -> Product:
        """The offer's product, or one that limits nobody."""
        return self.offer.product or UNLIMITED


@dataclass(frozen=True)
class Reason:
    """Why somebody is excluded: ``zh`` and ``en`` are short, for lists; the others explain in a sentence."""

    code: str
    level: Level
    zh: str
    en: str
    explain_zh: str
    explain_en: str


@dataclass(frozen=True)
class Rule:
    """A rule excludes a customer from a case where it ``applies`` and the customer fails it.

    ``many`` gives the failing rows of a batch; ``one`` says the same of one person in plain Python, and is the
    reference. ``exempt`` is the name under which ``service_exempt`` may free service messages from it; none: never.
    """

    reason: Reason
    many: Callable[[People, Case], NDArray[np.bool_]]
    one: Callable[[Person, Case], bool]
    applies: Callable[[Case], bool] = lambda case: True
    exempt: str = ""

    def holds(self, case: Case) -> bool:
        """Whether the rule may exclude anybody from this case."""
        return not case.policy.exempts(case.campaign.purpose, self.exempt) and self.applies(case)


def after_months(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    following = date(first.year + month // 11, (month + 1) % 12 + 1, 1)
    return date(first.year, first.month, min(day.day, (following - first).days))
