"""The policy row by row in plain Python: the reference, and what sending asks again."""

from __future__ import annotations

from kequn.decisions.bids import Bids
from kequn.decisions.policy.rule import Case, Person
from kequn.decisions.policy.rules import rules
from kequn.decisions.policy.terms import Day, Policy


def reasons(policy: Policy, day: Day, bids: Bids, person: Person, pair: int) -> list[str]:
    """Codes of all rules that exclude ``person`` from a pair, in order of the rules; empty: may be contacted.

    ``person`` has the facts by name (``kequn.decisions.policy.facts``), and the draws as ``universal_control`` and
    ``holdout_<campaign>``. Raises KeyError for a fact that is asked for and absent: None says unknown.
    """
    bid = bids.pairs[pair]
    case = Case(policy, day, bids.campaigns[bid.campaign], bids.offers[bid.offer], bid.channel)
    return [rule.reason.code for rule in rules(policy) if rule.holds(case) and rule.one(person, case)]
