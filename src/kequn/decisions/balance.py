"""Whether chance spared the same share of every tier: a check of holdouts before anything is concluded from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scipy.stats import chi2

from kequn.errors import KequnError

# Below five expected customers the chi-square distribution is no guide (Cochran, Biometrics 10, 1954).
EXPECTED_LEAST = 5
# A fair draw falls below this once in a thousand checks.
LIMIT = 0.001


@dataclass(frozen=True)
class Balance:
    """``overall`` and ``tiers`` are p values of a fair draw; ``thin`` tiers are too small to judge.

    ``warned`` names what lies below the limit: ``overall``, or a tier below the limit divided by the tiers judged
    (Bonferroni), so that many tiers do not warn more often than one.
    """

    overall: float
    tiers: dict[str, float]
    thin: tuple[str, ...]
    warned: tuple[str, ...]


def balance(members: Mapping[str, int], spared: Mapping[str, int], share: float, limit: float = LIMIT) -> Balance:
    """Compare how many each tier spares of its ``members`` with a share above 0 and below 1.

    Pearson's chi-square with one degree of freedom a tier (the share is given, not estimated); overall their sum.
    Raises KequnError where the share is none, or a tier spares more than it has.
    """
    if not 0 < share < 1:
        raise KequnError(f"A holdout share of {share!r} cannot be checked.", "Give one above 0 and below 1.")
    for tier, count in spared.items():
        if not 0 <= count <= members.get(tier, 0):
            raise KequnError(f"Tier {tier} spares {count} of {members.get(tier, 0)} customers.", "Count both anew.")
    judged = [tier for tier, size in members.items() if size * min(share, 1 - share) >= EXPECTED_LEAST]
    off = {tier: _distance(members[tier], spared.get(tier, 0), share) for tier in judged}
    tiers = {tier: float(chi2.sf(distance, 1)) for tier, distance in off.items()}
    overall = float(chi2.sf(sum(off.values()), len(off))) if off else 1.0
    warned = [tier for tier, p in tiers.items() if p < limit / len(tiers)]
    return Balance(
        overall=overall,
        tiers=tiers,
        thin=tuple(tier for tier in members if tier not in off),
        warned=(*(("overall",) if overall < limit else ()), *warned),
    )


def _distance(size: int, count: int, share: float) -> float:
    return (count - size * share) ** 2 / (size * share * (1 - share))
