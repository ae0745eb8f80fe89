"""Everything that a night's decisions rest on, read once: a night keeps the versions that it began with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import cast

import numpy as np

from kequn.decisions.bids import BidCampaign, BidOffer, BidPair, Bids, Product
from kequn.decisions.campaign import CHANNELS, Campaign, Channel, Offer
from kequn.decisions.capacity import Capacity, ChannelCapacity
from kequn.decisions.past import Past
from kequn.decisions.policy.terms import Day, Policy
from kequn.decisions.registry import Refused
from kequn.decisions.settle.shapes import UNLIMITED, Limits, Pairs

MILLI = 1000
OWNED = "rm"


@dataclass(frozen=True)
class Tonight:
    """The planned day, what bids, under which policy and capacity, and what earlier contacts say.

    ``products`` by id; ``branch_of`` the branch of each active RM, by staff number in order.
    """

    day: Day
    policy: Policy
    capacity: Capacity
    campaigns: tuple[Campaign, ...]
    refused: tuple[Refused, ...]
    products: Mapping[str, Product]
    branch_of: Mapping[str, str]
    past: Past

    @property
    def planned_day(self) -> date:
        """The day that contacts are planned for."""
        return self.day.on

    @property
    def around(self) -> str:
        """What the bank adds to the documents: the day, what was refused, offered products, RMs, earlier contacts."""
        offered = [self.products.get(offer.product or "") for _, offer in self.offers]
        return repr((self.day, self.refused, offered, sorted(self.branch_of.items()), self.past))

    @cached_property
    def offers(self) -> tuple[tuple[Campaign, Offer], ...]:
        """All offers, those of a campaign side by side."""
        return tuple((campaign, offer) for campaign in self.campaigns for offer in campaign.offers)

    @cached_property
    def bids(self) -> Bids:
        """Campaigns, offers and pairs by number."""
        number = {campaign.name: place for place, campaign in enumerate(self.campaigns)}
        offers = [
            BidOffer(place, number[campaign.name], offer.name, self.products.get(offer.product or ""))
            for place, (campaign, offer) in enumerate(self.offers)
        ]
        channels = [
            (bid, channel) for bid, (_, offer) in zip(offers, self.offers, strict=True) for channel in offer.channels
        ]
        return Bids(
            tuple(BidCampaign(n, c.name, c.purpose, c.everybody, c.holdout) for n, c in enumerate(self.campaigns)),
            tuple(offers),
            tuple(BidPair(n, bid.campaign, bid.number, channel) for n, (bid, channel) in enumerate(channels)),
        )

    def offer_of(self, pair: int) -> tuple[Campaign, Offer]:
        """Campaign and offer of a pair."""
        return self.offers[self.bids.pairs[pair].offer]

    def klass(self, offer: Offer) -> str:
        """Class of product that scores speak of; empty for none."""
        if offer.product_class is not None:
            return offer.product_class
        product = self.products.get(offer.product or "")
        return product.product_class if product else ""

    def cost_fen(self, pair: int) -> int:
        """Fen that a contact takes from the budget: the channel's cost, and what a benefit is expected to cost."""
        _, offer = self.offer_of(pair)
        return self.channel(pair).cost_fen + offer.benefit_fen

    def channel(self, pair: int) -> ChannelCapacity:
        """What is known of a pair's channel."""
        return self.capacity.channels[cast("Channel", self.bids.pairs[pair].channel)]

    @cached_property
    def departments(self) -> tuple[str, ...]:
        """Departments by number."""
        return tuple(self.capacity.departments)

    @cached_property
    def rms(self) -> tuple[str, ...]:
        """Active RMs by number."""
        return tuple(self.branch_of)

    @cached_property
    def branches(self) -> tuple[str, ...]:
        """Branches with RMs by number."""
        return tuple(sorted(set(self.branch_of.values())))

    @cached_property
    def pairs(self) -> Pairs:
        """The pairs as the settling wants them; cap 0 is all of a night, then the policy's caps over some channels."""
        bids = self.bids
        narrow, names = self.policy.narrow_caps, list[str](CHANNELS)
        department = {name: place for place, name in enumerate(self.departments)}
        return Pairs(
            campaign=_ints(pair.campaign for pair in bids.pairs),
            offer=_ints(pair.offer for pair in bids.pairs),
            channel=_ints(names.index(pair.channel) for pair in bids.pairs),
            department=_ints(department[self.campaigns[pair.campaign].department] for pair in bids.pairs),
            cost=_ints(self.cost_fen(pair.number) for pair in bids.pairs),
            owned=np.array([pair.channel == OWNED for pair in bids.pairs], np.bool_),
            service=np.array([self.campaigns[pair.campaign].purpose == "service" for pair in bids.pairs], np.bool_),
            caps=np.array([[True, *(pair.channel in cap.channels for cap in narrow)] for pair in bids.pairs], np.bool_)
            .reshape(len(bids.pairs), 1 + len(narrow)),
        )  # fmt: skip

    @cached_property
    def limits(self) -> Limits:
        """What is left of everything scarce."""
        capacity = self.capacity
        branch = {name: place for place, name in enumerate(self.branches)}
        return Limits(
            channel=_ints(_limit(capacity.channels[name].contacts) for name in CHANNELS),
            offer=_ints(_left(offer.stock, self.past.contacts(c.name, offer.name)) for c, offer in self.offers),
            campaign=_ints(_limit(campaign.daily_limit) for campaign in self.campaigns),
            budget=_ints(_left(campaign.budget_fen, self.spent(campaign)) for campaign in self.campaigns),
            minimum=_ints(campaign.minimum for campaign in self.campaigns),
            rm=_ints(_limit(capacity.rm_leads_of.get(name, capacity.rm_leads)) for name in self.rms),
            branch=_ints(_limit(capacity.branch_leads_of.get(name, capacity.branch_leads)) for name in self.branches),
            branch_of=_ints(branch[name] for name in self.branch_of.values()),
            floor=np.array([self._floor(name) for name in capacity.departments], np.float64),
            floor_price=capacity.floor_price_fen * MILLI,
        )

    def _floor(self, name: str) -> float:
        """A department's floor; none where it does not market tonight, or others would pay for what nobody asks."""
        asks = any(campaign.department == name and campaign.purpose == "marketing" for campaign in self.campaigns)
        return self.capacity.departments[name].floor if asks else 0.0

    def spent(self, campaign: Campaign) -> int:
        """Fen that the campaign's earlier contacts have taken from its budget."""
        channels = self.capacity.channels
        return sum(
            self.past.contacts(campaign.name, offer.name, channel) * (channels[channel].cost_fen + offer.benefit_fen)
            for offer in campaign.offers
            for channel in CHANNELS
        )


def _ints(values: object) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(list(values), np.int64)  # type: ignore[call-overload]


def _limit(value: int | None) -> int:
    return UNLIMITED if value is None else value


def _left(whole: int | None, gone: int) -> int:
    return UNLIMITED if whole is None else max(whole - gone, 0)
