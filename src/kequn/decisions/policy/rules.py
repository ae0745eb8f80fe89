"""All rules of a policy in their order: of the campaign, then of the offer, then of the channel."""

from __future__ import annotations

from kequn.decisions.policy import campaign_rules, caps, offer_rules, pair_rules
from kequn.decisions.policy.rule import Reason, Rule
from kequn.decisions.policy.terms import Policy

_FIXED = (*campaign_rules.RULES, *offer_rules.RULES, *pair_rules.RULES)
# What service_exempt may name.
EXEMPTIBLE = ("caps", *(rule.exempt for rule in _FIXED if rule.exempt))


def rules(policy: Policy) -> tuple[Rule, ...]:
    """The rules in order; the place of a rule is its bit in the masks."""
    wide, narrow = (tuple(caps.rule(cap) for cap in some) for some in (policy.wide_caps, policy.narrow_caps))
    return (*campaign_rules.RULES, *wide, *offer_rules.RULES, *pair_rules.RULES, *narrow)


def reasons(policy: Policy) -> tuple[Reason, ...]:
    """Codes and words in the order of the bits."""
    return tuple(rule.reason for rule in rules(policy))
