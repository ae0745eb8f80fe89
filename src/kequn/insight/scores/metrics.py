"""How good probabilities are: ranking, calibration and gain, with None wherever a figure is not defined.

Rows with equal scores count with their mean outcome, so that the order of the rows changes no figure.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from kequn.errors import KequnError
from kequn.insight.scores.encoding import Floats


def auc(label: ArrayLike, score: ArrayLike) -> float | None:
    """Chance that a row of label 1 scores higher than one of label 0 (area under the ROC curve); None of one class.

    Any real scores. Source: Hanley, McNeil 1982; computed by scikit-learn.
    """
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415 - slow to import

    target, given = checked_labels(label, score, probability=False)
    return float(roc_auc_score(target, given)) if _two_classes(target) else None


def average_precision(label: ArrayLike, score: ArrayLike) -> float | None:
    """Mean precision over the positives in order of score; None without a positive. Computed by scikit-learn."""
    from sklearn.metrics import average_precision_score  # noqa: PLC0415 - slow to import

    target, given = checked_labels(label, score, probability=False)
    return float(average_precision_score(target, given)) if target.any() else None


def log_loss(label: ArrayLike, p: ArrayLike) -> float | None:
    """Mean of -ln of the probability given to what happened, in nats; None of no rows. Computed by scikit-learn."""
    from sklearn import metrics  # noqa: PLC0415 - slow to import

    target, given = checked_labels(label, p)
    return float(metrics.log_loss(target, given, labels=[0, 1])) if target.size else None


def brier(label: ArrayLike, p: ArrayLike) -> float | None:
    """Mean squared distance of probability and outcome, 0 to 1; None of no rows. Source: Brier 1950."""
    target, given = checked_labels(label, p)
    return float(np.mean((given - target) ** 2)) if target.size else None


def calibration_table(label: ArrayLike, p: ArrayLike, bins: int = 10) -> list[dict[str, Any]]:
    """At most ``bins`` bins of equally many rows by rising probability: rows, predicted (mean), observed (share)."""
    target, given = checked_labels(label, p)
    order = np.argsort(given, kind="stable")
    even = _evened(target, given)[order]
    parts = np.array_split(np.arange(target.size), min(bins, target.size) or 1)
    return [
        {"rows": len(part), "predicted": float(given[order][part].mean()), "observed": float(even[part].mean())}
        for part in parts
        if len(part)
    ]


def ece(label: ArrayLike, p: ArrayLike, bins: int = 10) -> float | None:
    """Expected calibration error, 0 to 1: mean over rows of |observed - predicted| of their bin; None of no rows.

    Bins hold equally many rows. Source: Naeini, Cooper, Hauskrecht 2015; equal mass as in Nixon et al. 2019.
    """
    table = calibration_table(label, p, bins)
    rows = sum(row["rows"] for row in table)
    return sum(row["rows"] * abs(row["observed"] - row["predicted"]) for row in table) / rows if rows else None


def lift_at(label: ArrayLike, score: ArrayLike, share: float = 0.1) -> float | None:
    """Positives among the ``share`` of rows with the highest scores, relative to all rows; None without a positive.

    The number of rows is rounded up. Raises KequnError for a share outside (0, 1].
    """
    target, given = checked_labels(label, score, probability=False)
    if not target.any():
        return None
    return float(np.average(target, weights=top_weights(given, share)) / target.mean())


def ndcg_at(relevance: ArrayLike, score: ArrayLike, k: int = 5) -> float | None:
    """Normalised discounted cumulative gain of the first ``k`` items, mean over the rows with anything relevant.

    Both arguments are customers x items; relevance is 0 or more. A row without a relevant item has no figure and is
    left out; None where no row has one. Source: Järvelin, Kekäläinen 2002; computed by scikit-learn.
    """
    from sklearn.metrics import ndcg_score  # noqa: PLC0415 - slow to import

    gain, given = np.atleast_2d(np.asarray(relevance, np.float64)), np.atleast_2d(np.asarray(score, np.float64))
    if gain.shape != given.shape:
        raise KequnError(f"Relevance is {gain.shape} and scores are {given.shape}: both are customers x items.")
    asked = gain.max(axis=1, initial=0) > 0
    # An item that may not be shown has the score -inf: it comes after all others.
    given = np.where(np.isneginf(given), np.min(given, initial=0, where=np.isfinite(given)) - 1, given)
    return float(ndcg_score(gain[asked], given[asked], k=k)) if asked.any() else None


def psi(expected: ArrayLike, actual: ArrayLike, floor: float = 1e-4) -> float | None:
    """Population stability index of two counts (or shares) over the same bins, in nats; None where one is empty.

    0 is no change. A share below ``floor`` counts as ``floor``, so that an empty bin does not make it infinite.
    Source: Siddiqi 2006, Credit Risk Scorecards: sum of (actual - expected) ln(actual / expected).
    """
    before, now = np.asarray(expected, np.float64), np.asarray(actual, np.float64)
    if before.shape != now.shape:
        raise KequnError(f"There are {before.size} bins before and {now.size} now.", "Count both over the same bins.")
    if before.sum() <= 0 or now.sum() <= 0:
        return None
    p, q = np.maximum(before / before.sum(), floor), np.maximum(now / now.sum(), floor)
    return float(np.sum((q - p) * np.log(q / p)))


def qini_curve(outcome: ArrayLike, treated: ArrayLike, score: ArrayLike) -> tuple[Floats, Floats] | None:
    """Share of customers reached by falling score, and incremental outcome a treated customer when reaching so many.

    Both run from 0; ``outcome`` in any unit, ``treated`` 0 or 1, one of each a row. Rows with equal scores come at
    once, between two points. None where nobody is treated or nobody is held out. Source: Radcliffe 2007, Using
    control groups to target on predicted lift: g = Yt - Yc Nt / Nc among those reached.
    """
    gained, arm, given = _checked_arms(outcome, treated, score)
    if not arm.any() or arm.all():
        return None
    order = np.argsort(-given, kind="stable")
    last = np.flatnonzero(np.append(np.diff(given[order]) != 0, True))
    arm, gained = arm[order], gained[order]
    reached_t, reached_c = np.cumsum(arm)[last], np.cumsum(1 - arm)[last]
    total_t, total_c = np.cumsum(gained * arm)[last], np.cumsum(gained * (1 - arm))[last]
    more = total_t - total_c * reached_t / np.maximum(reached_c, 1)
    return np.append(0.0, (last + 1) / arm.size), np.append(0.0, more / arm.sum())


def qini(outcome: ArrayLike, treated: ArrayLike, score: ArrayLike, *, relative: bool = False) -> float | None:
    """Area between the Qini curve and the straight line of random order: 0 is random, more is better.

    In outcome a treated customer; with ``relative`` in areas under the random line (0.2: a fifth more gain than by
    chance), None where the whole treatment gains nothing. None where an arm is empty. Source: Radcliffe 2007.
    """
    curve = qini_curve(outcome, treated, score)
    if curve is None:
        return None
    share, more = curve
    chance = float(more[-1]) / 2
    area = float(np.trapezoid(more, share)) - chance
    if not relative:
        return area
    return area / chance if chance > 0 else None


def uplift_at(outcome: ArrayLike, treated: ArrayLike, score: ArrayLike, share: float = 0.2) -> float | None:
    """Mean outcome of the treated less that of the held out, among the ``share`` of rows with the highest scores.

    None where an arm is empty there. Raises KequnError for a share outside (0, 1].
    """
    gained, arm, given = _checked_arms(outcome, treated, score)
    weights = top_weights(given, share)
    ours, theirs = weights * arm, weights * (1 - arm)
    if not ours.any() or not theirs.any():
        return None
    return float(np.average(gained, weights=ours) - np.average(gained, weights=theirs))


def share_of_oracle(found: float | None, oracle: float | None) -> float | None:
    """How far an AUC is on the way from 0.5 to the oracle's; None where the oracle's is no better than 0.5."""
    if found is None or oracle is None or oracle <= 0.5:
        return None
    return (found - 0.5) / (oracle - 0.5)


def summary(label: ArrayLike, p: ArrayLike, bins: int = 10, share: float = 0.1) -> dict[str, Any]:
    """rows, positives, mean, auc, average_precision, log_loss, brier, ece and lift; None where not defined."""
    target, given = checked_labels(label, p)
    return {
        "rows": int(target.size),
        "positives": int(target.sum()),
        "mean": float(given.mean()) if target.size else None,
        "auc": auc(target, given),
        "average_precision": average_precision(target, given),
        "log_loss": log_loss(target, given),
        "brier": brier(target, given),
        "ece": ece(target, given, bins),
        "lift": lift_at(target, given, share),
    }


def interval(
    metric: Callable[..., float | None], *columns: ArrayLike, repeats: int = 200, level: float = 0.95, seed: int = 0
) -> tuple[float, float] | None:
    """Percentile bootstrap interval of ``metric(*columns)``: rows are drawn with return ``repeats`` times.

    None where the figure is undefined in more than half of the draws. Source: Efron, Tibshirani 1993, chapter 13.
    """
    arrays = [np.asarray(column) for column in columns]
    chance = np.random.default_rng(seed)
    size = len(arrays[0])
    drawn = (chance.integers(0, size, size) for _ in range(repeats if size else 0))
    found = [value for rows in drawn if (value := metric(*(array[rows] for array in arrays))) is not None]
    if 2 * len(found) < repeats or not found:
        return None
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def top_weights(score: Floats, share: float) -> Floats:
    """Weight of each row among the ``share`` (rounded up) of highest scores; rows tied at the edge share the rest."""
    if not 0 < share <= 1:
        raise KequnError(f"A share of rows is above 0 and at most 1, not {share}.")
    size = int(np.ceil(share * score.size - 1e-9))
    edge = np.partition(score, score.size - size)[score.size - size] if size else np.inf
    above, tied = score > edge, score == edge
    weights: Floats = above.astype(np.float64)
    weights[tied] = (size - above.sum()) / max(1, tied.sum())
    return weights


def checked_labels(label: ArrayLike, score: ArrayLike, *, probability: bool = True) -> tuple[Floats, Floats]:
    """Labels and scores as numbers; raises KequnError unless labels are 0 or 1 and scores finite, one of each a row.

    With ``probability`` the scores must lie between 0 and 1.
    """
    target, given = np.asarray(label, np.float64), np.asarray(score, np.float64)
    if target.ndim != 1 or target.shape != given.shape:
        raise KequnError(f"There are {target.size} labels and {given.size} scores.", "Give one of each a row.")
    wrong = np.flatnonzero(~np.isin(target, (0.0, 1.0)))
    if wrong.size:
        raise KequnError(f"The label of row {wrong[0]} is {target[wrong[0]]}.", "A label is 0 or 1.")
    inside = (given >= 0) & (given <= 1) if probability else np.isfinite(given)
    if not inside.all():
        row = int(np.flatnonzero(~inside)[0])
        wanted = "A probability is between 0 and 1." if probability else "A score is a finite number."
        raise KequnError(f"The score of row {row} is {given[row]}.", wanted)
    return target, given


def _two_classes(target: Floats) -> bool:
    return bool(target.size) and bool(target.min() != target.max())


def _evened(target: Floats, score: Floats) -> Floats:
    """Every row's label replaced by the mean label of the rows with its score."""
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    means = np.bincount(place, target, minlength=counts.size) / np.maximum(counts, 1)
    return np.asarray(means[place], np.float64)


def _checked_arms(outcome: ArrayLike, treated: ArrayLike, score: ArrayLike) -> tuple[Floats, Floats, Floats]:
    gained, arm, given = (np.asarray(each, np.float64) for each in (outcome, treated, score))
    if not gained.shape == arm.shape == given.shape or gained.ndim != 1:
        raise KequnError(
            f"There are {gained.size} outcomes, {arm.size} marks of treatment and {given.size} scores.",
            "Give one of each a row.",
        )
    if not np.isin(arm, (0.0, 1.0)).all():
        raise KequnError("Treated is 0 or 1.", "0 marks the holdout.")
    for name, values in (("outcome", gained), ("score", given)):
        if not np.isfinite(values).all():
            row = int(np.flatnonzero(~np.isfinite(values))[0])
            raise KequnError(f"The {name} of row {row} is {values[row]}.", "Leave out rows that are not known.")
    return gained, arm, given
