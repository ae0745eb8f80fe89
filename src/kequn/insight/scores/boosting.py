"""LightGBM behind one small class: fitted on Arrow tables, kept as text, the same bytes for the same inputs."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Any, NamedTuple, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike

from kequn.errors import KequnError
from kequn.insight.scores.encoding import Batch, Feature, Floats, Kind, encoded, learned, values

__all__ = ["Booster", "Feature", "Kind"]

# What LightGBM writes after the trees: how it was run (threads among it), not what it learned.
RUN_BEGINS, RUN_ENDS = "\nparameters:", "end of parameters\n"


class _Native(Protocol):
    def predict(self, matrix: Floats, **options: bool | int) -> Floats: ...

    def feature_importance(self, kind: str) -> Floats: ...


class _Data(NamedTuple):
    matrix: Floats
    label: Floats
    weight: Floats | None
    groups: Sequence[int] | None


@dataclass(frozen=True)
class Booster:
    """Fitted trees: the inputs in their order, LightGBM's model text, and notes (``zh | en``) on what was left out."""

    features: tuple[Feature, ...]
    text: str
    notes: tuple[str, ...] = ()

    @staticmethod
    def fit(
        table: pa.Table, features: Sequence[Feature | str], label: ArrayLike, *, weight: ArrayLike | None = None,
        objective: str = "binary", groups: Sequence[int] | None = None, rounds: int = 200, leaves: int = 15,
        min_rows: int = 100, learning_rate: float = 0.05, ridge: float = 1.0,
        validation: tuple[pa.Table, ArrayLike] | None = None, validation_groups: Sequence[int] | None = None,
        patience: int = 30, threads: int = 1, seed: int = 0, monotone: Mapping[str, int] | None = None,
    ) -> Booster:  # fmt: skip
        """Grow trees on ``table`` (one row an example) for ``label`` (one finite number a row).

        ``objective`` is LightGBM's (``binary`` wants labels 0 and 1; ``lambdarank`` wants ``groups``, the sizes of
        consecutive blocks of rows). With ``validation`` (a later table and its labels) growing stops when ``patience``
        rounds brought nothing there. ``monotone`` maps names to 1 (rising) or -1 (falling). A column without any
        value is left out with a note. Raises KequnError for a missing or wrong column, and for labels that do not
        fit, are not finite or are all the same.
        """
        data = _Data(np.empty(0), *_targets(table, label, weight, objective), groups)
        known = [learned(table, feature) for feature in features]
        kept, notes = _with_values(table, known)
        train = data._replace(matrix=encoded(table, kept))
        later = None
        if validation is not None:
            target, _ = _targets(validation[0], validation[1], None, objective, several=False)
            later = _Data(encoded(validation[0], kept), target, None, validation_groups)
        parameters = {
            "objective": objective, "num_leaves": leaves, "min_data_in_leaf": min_rows, "lambda_l2": ridge,
            "learning_rate": learning_rate, "num_threads": threads, "seed": seed, "deterministic": True,
            "force_row_wise": True, "verbosity": -1,
            "monotone_constraints": [(monotone or {}).get(feature.name, 0) for feature in kept] if monotone else None,
            "early_stopping_round": None if validation is None else patience,
        }  # fmt: skip
        given = {name: value for name, value in parameters.items() if value is not None}
        return Booster(tuple(kept), _grown(given, kept, train, later, rounds), notes)

    def predict(self, batch: Batch, threads: int = 1, *, raw: bool = False) -> Floats:
        """One number a row: probability (binary), mean (regression) or score (ranking); ``raw`` before the link."""
        if not batch.num_rows:
            return np.empty(0)
        found = _native(self.text).predict(encoded(batch, self.features), raw_score=raw, num_threads=threads)
        return np.asarray(found, np.float64)

    def contributions(self, batch: Batch, threads: int = 1) -> Floats:
        """Rows x (features + 1): what each feature adds to the raw score, last the base; a row adds up to ``raw``.

        Source: Lundberg, Erion, Lee 2018, Consistent Individualized Feature Attribution for Tree Ensembles.
        """
        if not batch.num_rows:
            return np.empty((0, len(self.features) + 1))
        found = _native(self.text).predict(encoded(batch, self.features), pred_contrib=True, num_threads=threads)
        return np.asarray(found, np.float64)

    def importances(self) -> dict[str, float]:
        """Total gain of the splits on each feature, the largest first."""
        gains = _native(self.text).feature_importance("gain")
        found = {feature.name: float(gain) for feature, gain in zip(self.features, gains, strict=True)}
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def unseen(self, batch: Batch) -> dict[str, int]:
        """Values of each feature that count as missing (NULL, NaN, infinite, a text unknown at fit), where any do."""
        counts = {each.name: int(np.isnan(values(batch, each)).sum()) for each in self.features}
        return {name: count for name, count in counts.items() if count}

    def parts(self, name: str) -> dict[str, str]:
        """The files ``name.txt`` (LightGBM's text) and ``name.json`` (features and notes)."""
        about = {"features": [feature.as_dict() for feature in self.features], "notes": list(self.notes)}
        return {f"{name}.txt": self.text, f"{name}.json": json.dumps(about, ensure_ascii=False, indent=1)}

    @classmethod
    def of(cls, parts: Mapping[str, str], name: str) -> Booster:
        """The booster whose ``parts(name)`` are among ``parts``; raises KequnError where they are not."""
        if not {f"{name}.txt", f"{name}.json"} <= parts.keys():
            raise KequnError(f"The model has no {name}.txt and {name}.json.", "It is another family's, or incomplete.")
        about = json.loads(parts[f"{name}.json"])
        features = tuple(Feature.from_dict(fields) for fields in about["features"])
        return cls(features, parts[f"{name}.txt"], tuple(about["notes"]))


def _targets(
    table: pa.Table, label: ArrayLike, weight: ArrayLike | None, objective: str, *, several: bool = True
) -> tuple[Floats, Floats | None]:
    target = np.asarray(label, np.float64)
    if target.shape != (table.num_rows,):
        raise KequnError(f"There are {target.size} labels for {table.num_rows} rows.", "Give one label a row.")
    if not np.isfinite(target).all():
        row = int(np.flatnonzero(~np.isfinite(target))[0])
        raise KequnError(f"The label of row {row} is {target[row]}.", "Leave out rows without a known outcome.")
    if several and (target.size == 0 or target.min() == target.max()):
        found = f"All {target.size} labels are {target[0]:g}" if target.size else "There are no rows"
        raise KequnError(f"{found}: there is nothing to learn.", "Take a longer period or a wider population.")
    if objective == "binary" and not np.isin(target, (0, 1)).all():
        raise KequnError("A binary label is 0 or 1.", "Use objective regression for amounts.")
    return target, None if weight is None else np.asarray(weight, np.float64)


def _with_values(table: pa.Table, features: Sequence[Feature]) -> tuple[list[Feature], tuple[str, ...]]:
    kept = [feature for feature in features if not np.isnan(values(table, feature)).all()]
    if not kept:
        raise KequnError("No feature has any value.", "Check that the table holds the columns it should.")
    left = [feature.name for feature in features if feature not in kept]
    return kept, tuple(f"{name} 全部为空，未用于建模 | {name} has no value at all and was left out" for name in left)


def _grown(
    parameters: dict[str, Any], features: Sequence[Feature], train: _Data, later: _Data | None, rounds: int
) -> str:
    lightgbm = _lightgbm()
    # Names of columns may hold what LightGBM's text cannot: there they go by their place.
    names = [f"f{position}" for position in range(len(features))]
    codes = [names[position] for position, feature in enumerate(features) if feature.kind == "category"]
    make = {"feature_name": names, "categorical_feature": codes, "params": {"verbosity": -1}}
    data = lightgbm.Dataset(train.matrix, train.label, weight=train.weight, group=train.groups, **make)
    watched = None
    if later is not None:
        watched = [lightgbm.Dataset(later.matrix, later.label, group=later.groups, reference=data, **make)]
    trained = lightgbm.train(parameters, data, rounds, valid_sets=watched)
    text: str = trained.model_to_string(num_iteration=trained.best_iteration if watched else None)
    return text[: text.index(RUN_BEGINS) + 1] + text[text.index(RUN_ENDS) + len(RUN_ENDS) :]


@lru_cache(maxsize=64)
def _native(text: str) -> _Native:
    try:
        native: _Native = _lightgbm().Booster(model_str=text)
        return native
    except _lightgbm().basic.LightGBMError as error:
        raise KequnError(f"The text of the model is not LightGBM's: {error}.", "Fit it anew.") from None


@lru_cache(maxsize=1)
def _lightgbm() -> ModuleType:
    """The library, loaded when first needed: it is slow to load, and threads that wait must not spin."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        return importlib.import_module("lightgbm")
    except OSError as error:
        raise KequnError(
            f"LightGBM cannot be loaded: {error}.",
            "Install the system library libgomp (Debian, Ubuntu: libgomp1; Red Hat, openEuler: libgomp).",
        ) from None
