"""Rates of thin groups, drawn towards the rate of the wider group by empirical Bayes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
# Strength in trials: below the first a group speaks for itself, from the last on only the wider group counts.
WEAKEST, STRONGEST = 1.0, 1e6


def posterior(successes: ArrayLike, trials: ArrayLike, mean: ArrayLike, strength: float) -> Floats:
    """Mean of Beta(strength x mean, strength x (1 - mean)) after these trials (counts, or weighted counts)."""
    hits, tries, centre = (np.asarray(each, np.float64) for each in (successes, trials, mean))
    return np.asarray((hits + strength * centre) / (tries + strength), np.float64)


def strength(successes: ArrayLike, trials: ArrayLike, mean: ArrayLike) -> float:
    """Trials that the wider group's ``mean`` is worth: the maximum of the groups' Beta-Binomial likelihood.

    STRONGEST where the groups differ no more than chance makes them, or where there is no trial.
    Source: Casella, Berger, section 7.2; Robinson, Introduction to Empirical Bayes, chapter 7.
    """
    from scipy.special import betaln  # noqa: PLC0415 - slow to import

    hits, tries, centre = np.broadcast_arrays(*(np.asarray(each, np.float64) for each in (successes, trials, mean)))
    asked = (tries > 0) & (centre > 0) & (centre < 1)
    hits, tries, centre = hits[asked], tries[asked], centre[asked]

    def unlikely(log_strength: float) -> float:
        a, b = np.exp(log_strength) * centre, np.exp(log_strength) * (1 - centre)
        return -float(np.sum(betaln(a + hits, b + tries - hits) - betaln(a, b)))

    return _best(unlikely) if len(tries) else STRONGEST


def ratios(observed: ArrayLike, expected: ArrayLike) -> Floats:
    """Observed over expected events of each group, drawn towards 1: Gamma-Poisson, its strength by likelihood.

    Source: DuMouchel 1999, Bayesian data mining in large frequency tables (one Gamma instead of two).
    """
    from scipy.special import gammaln  # noqa: PLC0415 - slow to import

    seen, due = np.asarray(observed, np.float64), np.asarray(expected, np.float64)
    asked = due > 0

    def unlikely(log_strength: float) -> float:
        a, x, e = np.exp(log_strength), seen[asked], due[asked]
        return -float(np.sum(gammaln(a + x) - gammaln(a) + a * np.log(a / (a + e)) + x * np.log(e / (a + e))))

    a = _best(unlikely) if asked.any() else STRONGEST
    return (seen + a) / (due + a)


def _best(unlikely: Callable[[float], float]) -> float:
    """Minimum over the logarithm of the strength; the bound itself where nothing inside is better."""
    from scipy.optimize import minimize_scalar  # noqa: PLC0415 - slow to import

    low, high = float(np.log(WEAKEST)), float(np.log(STRONGEST))
    grid = np.linspace(low, high, 29)
    costs = [unlikely(float(point)) for point in grid]
    place = int(np.argmin(costs))
    if place == len(grid) - 1:
        return STRONGEST
    found = minimize_scalar(unlikely, bounds=(grid[max(0, place - 1)], grid[place + 1]), method="bounded")
    return float(np.exp(found.x))
