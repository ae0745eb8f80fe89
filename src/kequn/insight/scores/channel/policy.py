"""What a policy would have earned, estimated from contacts that another policy chose by chance."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
# Two-sided 95 % of a normal.
WIDTH = 1.96


@dataclass(frozen=True)
class Value:
    """Mean reward under a policy with its 95 % interval; ``rows`` agree with it, worth ``effective`` even ones."""

    value: float | None
    low: float | None
    high: float | None
    rows: int
    effective: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def weights(propensity: ArrayLike, clip: float, share: ArrayLike | float = 1.0) -> Floats:
    """Inverse propensities with mean 1, at most ``clip`` times their median; 1 where none was logged.

    ``share`` of each row is how often the part of the action that the question does not turn on (which product)
    was chosen at all: it takes that part's rarity out of the weight (stabilised weights, Robins et al. 2000).
    """
    given = np.asarray(propensity, np.float64)
    logged = np.isfinite(given) & (given > 0) & (given <= 1)
    if not logged.any():
        return np.ones(given.shape)
    inverse = np.broadcast_to(np.asarray(share, np.float64), given.shape)[logged] / given[logged]
    inverse = np.minimum(inverse, clip * np.median(inverse))
    found = np.ones(given.shape)
    found[logged] = inverse / inverse.mean()
    return found


def snips(reward: ArrayLike, weight: ArrayLike, follows: ArrayLike) -> Value:
    """Self-normalised inverse propensity score of the rows whose action the policy ``follows``.

    Interval by the delta method. Source: Swaminathan, Joachims 2015, The self-normalized estimator.
    """
    chosen = np.asarray(follows, np.bool_)
    r, w = np.asarray(reward, np.float64)[chosen], np.asarray(weight, np.float64)[chosen]
    total = float(w.sum())
    if total <= 0:
        return Value(None, None, None, 0, 0.0)
    value = float(w @ r) / total
    error = float(np.sqrt(np.sum((w * (r - value)) ** 2))) / total
    low, high = value - WIDTH * error, value + WIDTH * error
    return Value(value, low, high, len(r), total**2 / float(w @ w))


def shares(codes: ArrayLike) -> Floats:
    """Share of each row's code among all rows."""
    _, place, counts = np.unique(np.asarray(codes), return_inverse=True, return_counts=True)
    return np.asarray(counts[place] / max(1, len(place)), np.float64)
