"""Why a customer gets no bid of a campaign: exclusions with all their reasons, and one fate in each campaign."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kequn.decisions.policy.rules import reasons
from kequn.decisions.policy.terms import Policy

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
# Fates of a customer in a campaign that are no rule of the policy.
OUTSIDE, NOT_WORTH, BIDDING = -1, 126, 127
ALL = -1
UNIVERSAL, CAMPAIGN = "universal_control", "campaign_holdout"


@dataclass(frozen=True)
class Asked:
    """Who is asked for: ``inside`` (customers x campaigns) an audience, ``pairs`` (customers x pairs) the same by pair.

    ``campaign`` (customers x campaigns) has the rules about whole campaigns as bits, ``masks`` (customers x pairs) all
    rules; ``campaign_of`` is the campaign of each pair.
    """

    inside: Bools
    campaign: Ints
    masks: Ints
    campaign_of: Ints

    @property
    def pairs(self) -> Bools:
        """Customers x pairs: in the audience of the pair's campaign."""
        return self.inside[:, self.campaign_of]


@dataclass(frozen=True)
class Excluded:
    """One entry an exclusion: row of the customer, campaign, pair (ALL: every one of the campaign), rules as bits."""

    who: Ints
    campaign: NDArray[np.int16]
    pair: NDArray[np.int16]
    reasons: Ints


def exclusions(asked: Asked) -> Excluded:
    """One entry where a whole campaign is excluded, else one for each excluded pair; by customer, then campaign."""
    whole = asked.inside & (asked.campaign != 0)
    who_whole, campaign = np.nonzero(whole)
    single = asked.pairs & (asked.masks != 0) & ~whole[:, asked.campaign_of]
    who_single, pair = np.nonzero(single)
    who = np.concatenate([who_whole, who_single])
    campaigns = np.concatenate([campaign, asked.campaign_of[pair]])
    pairs = np.concatenate([np.full(len(who_whole), ALL), pair])
    masks = np.concatenate([asked.campaign[who_whole, campaign], asked.masks[who_single, pair]])
    order = np.lexsort((pairs, campaigns, who))
    return Excluded(who[order], campaigns[order].astype(np.int16), pairs[order].astype(np.int16), masks[order])


def fates(policy: Policy, asked: Asked, worth: Bools) -> NDArray[np.int8]:
    """Customers x campaigns; ``worth`` (customers x pairs) tells which pairs would gain something.

    The number of a rule: after it, in the order of the rules, no pair of the campaign was left. Being spared by chance
    counts last, so that the fate of the spared is theirs alone who would bid otherwise, like those they stand for.
    """
    codes = [reason.code for reason in reasons(policy)]
    spares = [codes.index(UNIVERSAL), codes.index(CAMPAIGN)]
    others = asked.masks & ~np.int64(sum(1 << bit for bit in spares))
    first, open_ = _first_bits(others, len(codes)), others == 0
    spared = _first_bits(asked.campaign, len(codes), spares)
    found = np.full(asked.inside.shape, OUTSIDE, np.int8)
    for number in range(asked.inside.shape[1]):
        mine = np.flatnonzero(asked.campaign_of == number)
        bidding = np.where(spared[:, number] < len(codes), spared[:, number], BIDDING)
        last = np.where(open_[:, mine].any(axis=1), NOT_WORTH, first[:, mine].max(axis=1))
        last = np.where((open_ & worth)[:, mine].any(axis=1), bidding, last)
        found[:, number] = np.where(asked.inside[:, number], last, OUTSIDE)
    return found


def _first_bits(masks: Ints, count: int, bits: list[int] | None = None) -> NDArray[np.int8]:
    """The lowest of ``bits`` (all of ``count``) that is set in each mask; ``count`` where there is none."""
    found = np.full(masks.shape, count, np.int8)
    for bit in sorted(bits or range(count), reverse=True):
        found[(masks >> bit) & 1 == 1] = bit
    return found
