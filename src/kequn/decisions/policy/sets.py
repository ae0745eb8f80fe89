"""The policy for a batch of customers at once: all rules that exclude each from each campaign, offer and pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kequn.decisions.bids import Bids
from kequn.decisions.draws import Draws
from kequn.decisions.policy import facts as columns
from kequn.decisions.policy.people import Bools, Ints, People
from kequn.decisions.policy.rule import Case, Level
from kequn.decisions.policy.rules import rules
from kequn.decisions.policy.terms import Day, Policy

_BITS_A_BYTE = 8
_LITTLE = np.dtype("<i8")


@dataclass(frozen=True)
class Judged:
    """Masks of customers x campaigns, offers and pairs: bit r is set where rule r of ``rules(policy)`` excludes.

    Each level has the bits of its own rules only. Rows outside a campaign's audience have no meaning. A column is
    contiguous, a row is not.
    """

    campaign: Ints
    offer: Ints
    pair: Ints

    def allowed(self, bids: Bids) -> Bools:
        """Customers x pairs: excluded by nothing, whatever the audience; a column is contiguous."""
        found = np.empty(self.pair.T.shape, np.bool_)
        offers = [(self.campaign[:, bid.campaign] | self.offer[:, bid.number]) == 0 for bid in bids.offers]
        for bid in bids.pairs:
            np.logical_and(offers[bid.offer], self.pair[:, bid.number] == 0, out=found[bid.number])
        return found.T


def judge(policy: Policy, day: Day, bids: Bids, facts: pa.RecordBatch, draws: Draws) -> Judged:
    """Judge a batch: ``facts`` has a row a customer with the columns of ``facts.schema``, ``draws`` the same customers.

    Raises KequnError where a column is absent or of another type.
    """
    columns.check(policy, bids, facts.schema)
    people = People(facts, draws)
    pairs = [Case(policy, day, bids.campaigns[b.campaign], bids.offers[b.offer], b.channel) for b in bids.pairs]
    by_campaign = {case.campaign.number: case for case in pairs}
    by_offer = {case.offer.number: case for case in pairs}
    return Judged(
        campaign=_masks(policy, "campaign", people, [by_campaign.get(bid.number) for bid in bids.campaigns]),
        offer=_masks(policy, "offer", people, [by_offer.get(bid.number) for bid in bids.offers]),
        pair=_masks(policy, "pair", people, list(pairs)),
    )


def _masks(policy: Policy, level: Level, people: People, cases: Sequence[Case | None]) -> Ints:
    """Customers x cases; a case that is None has no pair, so that nobody asks for it, and stays empty."""
    numbered = [(bit, rule) for bit, rule in enumerate(rules(policy)) if rule.reason.level == level]
    found = np.zeros((len(cases), len(people)), _LITTLE)
    for mask, case in zip(found, cases, strict=True):
        failed = [(bit, rule.many(people, case)) for bit, rule in numbered if case is not None and rule.holds(case)]
        _set(mask, failed)
    return found.T


def _set(mask: Ints, failed: Sequence[tuple[int, Bools]]) -> None:
    """Set bits of a mask; byte by byte, since that moves an eighth of what whole numbers do."""
    bytes_of = mask.view(np.uint8).reshape(len(mask), _LITTLE.itemsize)
    for byte in sorted({bit // _BITS_A_BYTE for bit, _ in failed}):
        plane = np.zeros(len(mask), np.uint8)
        for bit, rows in failed:
            if bit // _BITS_A_BYTE == byte:
                plane |= rows.view(np.uint8) << np.uint8(bit % _BITS_A_BYTE)
        bytes_of[:, byte] = plane
