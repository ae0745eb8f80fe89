"""Learners of uplift: what a contact changes (S, DR), and the plain response model that they must beat.

S: one model with the treatment among its features. DR: regression on doubly robust pseudo-outcomes. Sources: Künzel,
Sekhon, Bickel, Yu 2019, Metalearners; Kennedy 2023, Towards optimal doubly robust estimation of heterogeneous effects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kequn.insight.scores.boosting import Booster, Feature
from kequn.insight.scores.encoding import Batch, Floats, learned

Kind = Literal["s", "dr", "response"]
KINDS: tuple[Kind, ...] = ("s", "dr", "response")
TREATED = Feature("treated", "flag")
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Arms:
    """Rows of both arms; ``fold`` parts the customers, ``propensity`` is the chance to be treated."""

    table: pa.Table
    features: tuple[Feature, ...]
    treated: Floats
    outcome: Floats
    propensity: Floats
    fold: Ints

    def at(self, taken: NDArray[Any]) -> Arms:
        """Some of the rows."""
        return Arms(
            self.table.take(pa.array(np.asarray(taken, np.int64))), self.features, self.treated[taken],
            self.outcome[taken], self.propensity[taken], self.fold[taken],
        )  # fmt: skip


@dataclass(frozen=True)
class Growing:
    """How trees are grown."""

    rounds: int
    leaves: int
    min_rows: int
    learning_rate: float
    threads: int
    seed: int

    def fitted(self, table: pa.Table, features: Sequence[Feature], label: Floats, objective: str = "binary") -> Booster:
        """Trees for a label."""
        return Booster.fit(
            table, list(features), label, objective=objective, rounds=self.rounds, leaves=self.leaves,
            min_rows=self.min_rows, learning_rate=self.learning_rate, threads=self.threads, seed=self.seed,
        )  # fmt: skip


@dataclass(frozen=True)
class Learner:
    """A fitted learner; its score ranks customers by what a contact would change (or by who would buy)."""

    kind: Kind
    trees: Booster

    def score(self, table: Batch, threads: int = 1) -> Floats:
        """One number a row, higher is more."""
        if self.kind != "s":
            return self.trees.predict(table, threads)
        alone, contacted = both(self.trees, table, threads)
        return contacted - alone

    def parts(self) -> dict[str, str]:
        """The files of the model."""
        return self.trees.parts(self.kind)

    @classmethod
    def of(cls, parts: Mapping[str, str], kind: Kind) -> Learner:
        """What ``parts`` wrote."""
        return cls(kind, Booster.of(parts, kind))


def fit(kind: Kind, arms: Arms, growing: Growing) -> Learner:
    """Fit one learner on both arms (the response model on the treated)."""
    if kind == "s":
        return Learner(kind, outcome_model(arms, growing))
    if kind == "response":
        treated = arms.at(np.flatnonzero(arms.treated > 0))
        return Learner(kind, growing.fitted(treated.table, arms.features, treated.outcome))
    return Learner(kind, growing.fitted(arms.table, arms.features, pseudo_outcomes(arms, growing), "regression"))


def pseudo_outcomes(arms: Arms, growing: Growing) -> Floats:
    """Doubly robust pseudo-outcome of each row, from models of the other folds: its mean is the mean uplift."""
    found = np.zeros(len(arms.outcome))
    for fold in np.unique(arms.fold):
        inside = arms.fold == fold
        model = outcome_model(arms.at(np.flatnonzero(~inside)), growing)
        found[inside] = robust(model, arms.at(np.flatnonzero(inside)), growing.threads)
    return found


def robust(model: Booster, arms: Arms, threads: int = 1) -> Floats:
    """m1 - m0 + t (y - m1) / e - (1 - t) (y - m0) / (1 - e), by a model that did not see these rows."""
    alone, contacted = both(model, arms.table, threads)
    t, y, e = arms.treated, arms.outcome, arms.propensity
    return np.asarray(contacted - alone + t * (y - contacted) / e - (1 - t) * (y - alone) / (1 - e), np.float64)


def both(model: Booster, table: Batch, threads: int = 1) -> tuple[Floats, Floats]:
    """Chance of the outcome of each row, left alone and contacted."""
    found = [model.predict(_with_treated(table, np.full(table.num_rows, arm)), threads) for arm in (False, True)]
    return found[0], found[1]


def propensities(table: pa.Table, features: Sequence[Feature], treated: Floats, fold: Ints, growing: Growing) -> Floats:
    """Chance to be treated, where it was not logged: estimated from the features, for each fold from the others."""
    found = np.zeros(len(treated))
    for one in np.unique(fold):
        inside = np.flatnonzero(fold == one)
        other = np.flatnonzero(fold != one)
        model = growing.fitted(table.take(pa.array(other)), features, treated[other])
        found[inside] = model.predict(table.take(pa.array(inside)), growing.threads)
    return found


def described(table: Batch, names: Sequence[str]) -> tuple[Feature, ...]:
    """The features with kinds and categories, so that every fold sees the same."""
    return tuple(learned(table, name) for name in names)


def outcome_model(arms: Arms, growing: Growing) -> Booster:
    """Chance of the outcome by features and treatment."""
    return growing.fitted(_with_treated(arms.table, arms.treated > 0), [*arms.features, TREATED], arms.outcome)


def _with_treated(table: Batch, treated: NDArray[np.bool_]) -> pa.Table:
    given = {name: table.column(name) for name in table.schema.names if name != TREATED.name}
    return pa.table(given | {TREATED.name: treated})
