"""What campaigns bid for in a night: campaigns, their offers, and the pairs of an offer and a channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kequn.errors import KequnError

Purpose = Literal["marketing", "service"]
MARKETING, SERVICE = "marketing", "service"
# The experiment of those who are never marketed to: no campaign may have its name.
UNIVERSAL = "universal"
# The oldest age that a limit may name: beyond it there is none.
NO_AGE_LIMIT = 120


@dataclass(frozen=True)
class Product:
    """What limits a product: the defaults limit nobody.

    ``risk`` is 1 to 5 (R1..R5), ages are years (inclusive), ``region`` is empty where it is sold everywhere,
    ``on_sale`` holds on the planned day.
    """

    risk: int = 1
    min_age: int = 0
    max_age: int = NO_AGE_LIMIT
    region: str = ""
    min_amount_fen: int = 0
    private: bool = False
    product_class: str = ""
    subtype: str = ""
    on_sale: bool = True

    def within(self, names: Sequence[str]) -> bool:
        """Whether it belongs to any of ``names``, each a class or ``class/subtype``."""
        return self.product_class in names or f"{self.product_class}/{self.subtype}" in names


@dataclass(frozen=True)
class BidCampaign:
    """A campaign: ``everybody`` says that it chooses nobody by person, ``holdout_share`` (0 to 1) that it spares."""

    number: int
    name: str
    purpose: Purpose
    everybody: bool
    holdout_share: float


@dataclass(frozen=True)
class BidOffer:
    """What a campaign offers; without a product (a benefit, a notice) nothing but contact rules limits it."""

    number: int
    campaign: int
    name: str
    product: Product | None


@dataclass(frozen=True)
class BidPair:
    """An offer by a channel."""

    number: int
    campaign: int
    offer: int
    channel: str


@dataclass(frozen=True)
class Bids:
    """All bids of a night; every number is the place in its tuple.

    Raises KequnError where numbers do not fit together, or a campaign is called ``universal``.
    """

    campaigns: tuple[BidCampaign, ...]
    offers: tuple[BidOffer, ...]
    pairs: tuple[BidPair, ...]

    def __post_init__(self) -> None:
        for kind, items in (("Campaign", self.campaigns), ("Offer", self.offers), ("Pair", self.pairs)):
            if [item.number for item in items] != list(range(len(items))):
                raise KequnError(f"{kind} numbers are not the places in their tuple.", "Number from 0 in order.")
        for offer in self.offers:
            if not 0 <= offer.campaign < len(self.campaigns):
                raise KequnError(f"Offer {offer.name} is of campaign {offer.campaign}, which is not there.")
        for pair in self.pairs:
            if not 0 <= pair.offer < len(self.offers) or self.offers[pair.offer].campaign != pair.campaign:
                raise KequnError(f"Pair {pair.number}: offer {pair.offer} is none of campaign {pair.campaign}.")
        if any(campaign.name == UNIVERSAL for campaign in self.campaigns):
            raise KequnError(f"A campaign is called {UNIVERSAL}.", "That is the universal control group: rename it.")
