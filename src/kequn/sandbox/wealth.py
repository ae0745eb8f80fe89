"""How much a customer has: a quantile function with a few very rich and very many small customers."""

from __future__ import annotations

import numpy as np

from kequn.sandbox.plan import Floats

# Share of customers above, and the AUM in yuan there. Straight lines in log-log between the points (Pareto pieces);
# chosen so that the top 2% hold 80% of all AUM and the top 0.07% hold 30%.
ANCHORS = (
    (1e-7, 2e9),
    (0.0007, 12.5e6),
    (0.02, 520_000.0),
    (0.2, 6_200.0),
    (0.6, 750.0),
    (1.0, 20.0),
)
BANDS = np.array([50_000, 200_000, 500_000, 1_000_000, 6_000_000])


def aum_yuan(above: Floats) -> Floats:
    """AUM in yuan of a customer whom the share ``above`` of all customers exceeds."""
    place, amount = np.log(np.array(ANCHORS)).T
    amounts: Floats = np.exp(np.interp(np.log(above), place, amount))
    return amounts


def ranked(score: Floats, chance: np.random.Generator) -> Floats:
    """Share of customers above each, by descending ``score``: one in every stratum, so that the skew is exact."""
    count = len(score)
    order = np.argsort(np.argsort(-score, kind="stable"), kind="stable")
    return (order + chance.uniform(0.05, 1, count)) / count
