"""A campaign as its department writes it: who, what, by which channels, until when, and for how much."""

from __future__ import annotations

import hashlib
import math
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from kequn.decisions.bids import UNIVERSAL
from kequn.decisions.document import Strict

Channel = Literal["sms", "rcs", "wecom", "ai_call", "agent_call", "app", "popup", "rm", "email"]
CHANNELS: tuple[Channel, ...] = ("sms", "rcs", "wecom", "ai_call", "agent_call", "app", "popup", "rm", "email")
Purpose = Literal["marketing", "service"]
EVERYBODY = "everybody"
FEN = 100
LARGEST_YUAN = 10**13
# Sums of values over all customers stay whole numbers of 64 bits.
LARGEST_VALUE_YUAN = 10**7


def _whole_fen(value: Decimal) -> Decimal:
    if value > LARGEST_YUAN:
        raise ValueError("an amount is at most ten trillion yuan")
    if value != round(value, 2):
        raise ValueError("an amount in yuan has at most two digits after the point, whole fen")
    return value


Yuan = Annotated[Decimal, Field(ge=0), AfterValidator(_whole_fen)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Share = Annotated[float, Field(ge=0, le=1)]


class Template(Strict):
    """The approved words of an offer, by language."""

    zh: str
    en: str = ""


class Offer(Strict):
    """One product or benefit that a campaign offers.

    ``value_yuan`` overrides what the value score expects; ``lever`` multiplies the value; ``stock`` is what there
    is to give in all. A benefit costs ``benefit_yuan`` when redeemed, which ``redeemed`` of those contacted are
    expected to do; ``product_class`` tells which scores speak for it.
    """

    name: Name
    zh: str
    en: str
    product: str | None = None
    benefit: str | None = None
    product_class: str | None = None
    channels: tuple[Channel, ...] = Field(min_length=1)
    template: Template
    value_yuan: Yuan | None = None
    lever: float = Field(default=1.0, ge=0, le=100, allow_inf_nan=False)
    benefit_yuan: Yuan = Decimal(0)
    redeemed: Share = 1.0
    stock: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _one_thing(self) -> Offer:
        if (self.product is None) == (self.benefit is None):
            raise ValueError("an offer names a product or a benefit, one of them")
        if self.benefit is not None and self.value_yuan is None and self.product_class is None:
            raise ValueError("a benefit needs value_yuan, or product_class whose value score speaks for it")
        if len(set(self.channels)) != len(self.channels):
            raise ValueError("a channel is named twice")
        if self.value_yuan is not None and float(self.value_yuan) * self.lever > LARGEST_VALUE_YUAN:
            raise ValueError("value_yuan times lever is at most ten million yuan for one customer")
        return self

    @property
    def value_fen(self) -> int | None:
        """The override in fen; None where the score is asked."""
        return None if self.value_yuan is None else int(self.value_yuan * FEN)

    @property
    def benefit_fen(self) -> int:
        """Expected fen that a contact gives away: the benefit times the share redeemed, rounded up."""
        return math.ceil(self.benefit_yuan * FEN * Decimal(str(self.redeemed)))


class Campaign(Strict):
    """What one department wants; it never sends by itself.

    ``audience`` is a rule over tags, or ``everybody``. ``budget_yuan``, ``daily_limit`` and an offer's ``stock`` bound
    the contacts, ``minimum`` promises so many a night. ``holdout`` is the share of the audience that is never contacted
    by this campaign, so that its effect can be measured. ``starts`` and ``ends`` are the first and last planned day.
    """

    name: Name
    zh: str
    en: str
    department: Name
    purpose: Purpose = "marketing"
    audience: str = Field(min_length=1)
    offers: tuple[Offer, ...] = Field(min_length=1)
    starts: date
    ends: date
    budget_yuan: Yuan | None = None
    daily_limit: int | None = Field(default=None, ge=0)
    minimum: int = Field(default=0, ge=0)
    holdout: Annotated[float, Field(ge=0, le=0.5)] = 0.0

    @model_validator(mode="after")
    def _agrees(self) -> Campaign:
        if self.name == UNIVERSAL:
            raise ValueError(f"{UNIVERSAL} is the name of the universal control group")
        if self.ends < self.starts:
            raise ValueError(f"the campaign ends on {self.ends}, before it starts on {self.starts}")
        names = [offer.name for offer in self.offers]
        if len(set(names)) != len(names):
            raise ValueError("two offers have the same name")
        if self.daily_limit is not None and self.minimum > self.daily_limit:
            raise ValueError(f"the minimum of {self.minimum} is above the daily limit of {self.daily_limit}")
        return self

    @property
    def budget_fen(self) -> int | None:
        """The budget in fen; None where there is none to keep."""
        return None if self.budget_yuan is None else int(self.budget_yuan * FEN)

    @property
    def everybody(self) -> bool:
        """Whether everyone is addressed, so that those who refused personalised marketing may be too."""
        return self.audience.strip().lower() == EVERYBODY

    @property
    def version(self) -> str:
        """Hash of everything that the campaign says."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]
