"""What the API answers: money in fen, 64-bit ids as text, shares from 0 to 1, and always the night."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import Field

Value = bool | int | float | str | None
Id = Annotated[str, Field(pattern=r"^\d{1,19}$", description="A 64-bit id, as text.")]


class Answer(Schema):
    """``night`` names the published night and ``as_of`` its business date."""

    night: str
    as_of: date


class Tag(Schema):
    """One tag of the catalogue; ``values`` gives labels (zh, en) of codes. A ``unit`` of fen is money."""

    name: str
    zh: str
    en: str
    type: str
    unit: str
    dimension: str
    sensitivity: str
    owner: str
    description_zh: str
    description_en: str
    values: dict[str, tuple[str, str]]


class Segment(Schema):
    """A segment and its rule."""

    name: str
    zh: str
    en: str
    rule: str
    play_zh: str
    play_en: str


class ProspectRule(Schema):
    """A rule that finds prospects; ``estimate`` is an expression in fen."""

    name: str
    zh: str
    en: str
    condition: str
    estimate: str


class Catalogue(Answer):
    """Everything that a rule may name."""

    tags: list[Tag]
    segments: list[Segment]
    prospects: list[ProspectRule]


class Audience(Schema):
    """A kept audience; ``customers`` were counted in the author's scope when the version was saved."""

    id: Id
    name: str
    owner: str
    shared: bool
    version: int
    rule: str
    customers: int
    counted_on: date
    changed_at: datetime


class Audiences(Answer):
    """A page of audiences, the oldest first; ``next`` is null on the last one."""

    items: list[Audience]
    next: str | None


class OneAudience(Answer):
    """One audience, counted in the token's own scope."""

    audience: Audience
    customers: int
    of: int


class Rule(Schema):
    """A rule over tags."""

    rule: str = Field(min_length=1, max_length=20_000, examples=["tier = 'gold' and not credit_card"])


class Count(Answer):
    """How many customers of the token's scope a rule selects, of how many; ``share`` is null for an empty scope."""

    rule: str
    customers: int
    of: int
    share: float | None


class Member(Schema):
    """A customer with the tags asked for."""

    customer_id: Id
    tags: dict[str, Any]


class Members(Answer):
    """A page of members by customer id."""

    items: list[Member]
    next: str | None


class Customer(Answer):
    """One customer: every tag, the tier and the segments. No name, number or address."""

    customer_id: Id
    tier: str | None
    segments: list[str]
    tags: dict[str, Any]


class Channel(Schema):
    """Contacts of a campaign by a channel."""

    campaign: str
    channel: str
    contacts: int
    value_fen: int


class Plan(Answer):
    """What the night settled. Worth and bound are those of the whole bank; contacts those of the token's scope."""

    planned_day: date
    status: str
    value_fen: int | None
    bound_fen: int | None
    gap: float | None
    contacts: int
    by_channel: list[Channel]


class Contact(Schema):
    """A planned contact: priority = probability x value x lever - cost, in fen."""

    customer_id: Id
    campaign: str
    offer: str
    channel: str
    department: str
    purpose: str
    planned_day: date
    daypart: str
    rank: int
    probability: float | None
    priority_fen: int
    staff_id: str | None


class Contacts(Answer):
    """A page of planned contacts by customer id and rank."""

    items: list[Contact]
    next: str | None


class Explanation(Answer):
    """Every candidate of a customer: planned, lost with its cause, excluded with its reasons, worthless."""

    customer_id: Id
    planned: list[dict[str, Any]]
    lost: list[dict[str, Any]]
    excluded: list[dict[str, Any]]
    worthless: list[dict[str, Any]]
    outside: int
