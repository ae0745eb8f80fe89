"""Beta calibration: from scores that rank to probabilities that are true on average."""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from kequn.insight.scores.encoding import Floats
from kequn.insight.scores.metrics import checked_labels

# A probability of exactly 0 or 1 has no logarithm of its odds.
NEAREST = 1e-12
# So little pull to zero that only classes without any overlap feel it, for whom the fit would have no end.
INVERSE_RIDGE = 1e5


@dataclass(frozen=True)
class Beta:
    """The map logit q = a ln p - b ln(1 - p) + c; a = b = 1 and c = 0 change nothing."""

    a: float = 1.0
    b: float = 1.0
    c: float = 0.0

    def apply(self, p: ArrayLike) -> Floats:
        """Calibrated probabilities of the same shape; rising in ``p``."""
        given = np.asarray(p, np.float64)
        if self == Beta():
            return given.copy()
        columns = _columns(given)
        raw = self.a * columns[..., 0] + self.b * columns[..., 1] + self.c
        return np.asarray(expit(raw), np.float64)

    def as_dict(self) -> dict[str, float]:
        """The three numbers in JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> Beta:
        """The calibration that ``as_dict`` wrote."""
        return cls(float(fields["a"]), float(fields["b"]), float(fields["c"]))


def fit(p: ArrayLike, label: ArrayLike) -> Beta:
    """Fit on probabilities ``p`` and labels 0 or 1, one of each a row, that were not used for growing the trees.

    A logistic regression on (ln p, -ln(1 - p)). The map must rise: a negative a or b is set to 0 and the rest fitted
    again. Where a class is missing nothing can be learned and the identity is returned. Raises KequnError for values
    that are no probabilities or no labels. Source: Kull, Silva Filho, Flach 2017, Beta calibration (AISTATS).
    """
    target, given = checked_labels(label, p)
    if target.size == 0 or target.min() == target.max():
        return Beta()
    columns = _columns(given)
    (a, b), c = _regression(columns, target)
    if a < 0:
        (b,), c = _regression(columns[:, 1:], target)
        a = 0.0
    elif b < 0:
        (a,), c = _regression(columns[:, :1], target)
        b = 0.0
    if a < 0 or b < 0:
        # The scores rank the wrong way round: all that they support is the mean.
        mean = float(target.mean())
        return Beta(0.0, 0.0, float(np.log(mean / (1 - mean))))
    return Beta(a, b, c)


def _columns(p: Floats) -> Floats:
    inside = np.clip(p, NEAREST, 1 - NEAREST)
    return np.stack([np.log(inside), -np.log1p(-inside)], axis=-1)


def _regression(columns: Floats, target: Floats) -> tuple[tuple[float, ...], float]:
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415 - slow to import
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to import

    model = LogisticRegression(C=INVERSE_RIDGE, solver="newton-cholesky", tol=1e-9, max_iter=200)
    with warnings.catch_warnings():
        # Of a handful of rows the solver may turn to a slower one, and says so.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(columns, target)
    return tuple(float(weight) for weight in model.coef_[0]), float(model.intercept_[0])
