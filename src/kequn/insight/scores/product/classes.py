"""The chance that a customer newly takes a product of each class: trees for each class, calibrated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from kequn.insight.scores.boosting import Booster, _native
from kequn.insight.scores.calibration import Beta
from kequn.insight.scores.calibration import fit as calibrated
from kequn.insight.scores.encoding import Feature
from kequn.insight.scores.product.features import Inputs, sign_name
from kequn.insight.scores.product.shelf import Bools, Floats, Ints
from kequn.insight.scores.record import number
from kequn.workspace import Settings

PARTS = "classes"
# Begins each tree in LightGBM's text.
TREE = "\nTree="
# A chance below this counts as so much where a logarithm is taken.
LEAST = 1e-9


@dataclass(frozen=True)
class Klass:
    """One class: its trees (None: too few takers to tell customers apart), calibration, and share of takers."""

    name: str
    trees: Booster | None
    beta: Beta
    rate: float

    def chance(self, matrix: Floats, threads: int = 1) -> Floats:
        """Calibrated probability of each row; ``matrix`` holds the trees' inputs."""
        if self.trees is None or not len(matrix):
            return np.full(len(matrix), self.rate)
        raw = _native(self.trees.text).predict(matrix, num_threads=threads)
        return self.beta.apply(np.asarray(raw, np.float64))


@dataclass(frozen=True)
class Classes:
    """All classes of the shelf that the model was fitted on, sorted by name."""

    each: tuple[Klass, ...]

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """Inputs of any of the trees."""
        every = (feature for klass in self.each if klass.trees is not None for feature in klass.trees.features)
        return tuple(dict.fromkeys(every))

    def chances(self, inputs: Inputs, threads: int = 1) -> tuple[Floats, Floats]:
        """Customers x classes: the probability, and the part of its logarithm that a holding running out brings.

        The second compares with the same customer without anything that runs out in the class.
        """
        size = inputs.batch.num_rows
        chance, due = np.empty((size, len(self.each))), np.zeros((size, len(self.each)))
        columns = {feature: place for place, feature in enumerate(self.features)}
        whole = inputs.matrix(self.features)
        for place, klass in enumerate(self.each):
            mine = [columns[feature] for feature in klass.trees.features] if klass.trees else []
            matrix = whole.T[mine].T
            chance[:, place] = klass.chance(matrix, threads)
            due[:, place] = _due(klass, inputs, matrix, chance[:, place], threads)
        return chance, due

    def parts(self) -> dict[str, str]:
        """The files of the model."""
        about = [
            {"name": k.name, "rate": k.rate, "beta": k.beta.as_dict(), "trees": k.trees is not None} for k in self.each
        ]
        found = {f"{PARTS}.json": json.dumps(about, ensure_ascii=False, indent=1)}
        for klass in self.each:
            if klass.trees is not None:
                found |= klass.trees.parts(f"class_{klass.name}")
        return found

    @classmethod
    def of(cls, parts: Mapping[str, str]) -> Classes:
        return cls(tuple(
            Klass(
                fields["name"], Booster.of(parts, f"class_{fields['name']}") if fields["trees"] else None,
                Beta.from_dict(fields["beta"]), float(fields["rate"]),
            )
            for fields in json.loads(parts[f"{PARTS}.json"])
        ))  # fmt: skip


def _due(klass: Klass, inputs: Inputs, matrix: Floats, chance: Floats, threads: int) -> Floats:
    name = sign_name("maturing", klass.name)
    found = np.zeros(len(chance))
    places = {feature.name: place for place, feature in enumerate(klass.trees.features)} if klass.trees else {}
    if name in places:
        rows = np.flatnonzero(inputs.signs[name] > 0)
        without = matrix[rows].copy()
        without[:, places[name]] = 0
        found[rows] = np.log(np.maximum(chance[rows], LEAST) / np.maximum(klass.chance(without, threads), LEAST))
    return found


def fit(
    table: pa.Table, names: tuple[str, ...], taken: Bools, *, rows: Ints, tune: Ints, settings: Settings
) -> tuple[Classes, list[str]]:
    """Fit the trees of each class on ``rows`` (with ``tune``), and calibrate on ``tune`` by trees that never saw it.

    ``taken`` is rows x classes. A class with fewer takers than scores.product_takers_least gets no trees, every
    customer its share of takers, and a note.
    """
    each, notes = [], []
    for place, name in enumerate(names):
        label = taken[:, place]
        enough = settings.integer("scores.product_takers_least")
        both = np.concatenate([rows, tune])
        if min(label[rows].sum(), label[tune].sum()) < enough or label[both].all():
            notes.append(
                f"{name}：新增客户不足，按整体比例估计 | {name}: too few takers, everyone gets the overall share"
            )
            each.append(Klass(name, None, Beta(), float(label[both].mean())))
            continue
        first = _grow(table, label, rows, settings, tune=tune)
        mine = table.select(_telling(first, settings))
        seen = _grow(mine, label, rows, settings, tune=tune)
        beta = calibrated(np.clip(seen.predict(mine.take(tune)), 0, 1), label[tune])
        trees = _grow(mine, label, both, settings, rounds=seen.text.count(TREE))
        each.append(Klass(name, trees, beta, float(label[both].mean())))
    return Classes(tuple(each)), notes


def _telling(trees: Booster, settings: Settings) -> list[str]:
    """The inputs that gain most: scoring reads no others."""
    gains = trees.importances()
    return [name for name, gain in gains.items() if gain > 0][: settings.integer("scores.product_inputs_most")] or [
        next(iter(gains))
    ]


def _grow(
    table: pa.Table, label: Bools, rows: Ints, settings: Settings, *, tune: Ints | None = None, rounds: int = 0
) -> Booster:
    target = label.astype(np.float64)
    most = rounds or settings.integer("scores.product_rounds")
    return Booster.fit(
        table.take(rows), table.schema.names, target[rows],
        validation=None if tune is None else (table.take(tune), target[tune]),
        rounds=most, patience=settings.integer("scores.product_patience"),
        leaves=settings.integer("scores.product_leaves"), min_rows=settings.integer("scores.product_leaf_rows"),
        learning_rate=number(settings, "product_learning_rate"),
        threads=settings.integer("engine.threads"), seed=settings.integer("scores.seed"),
    )  # fmt: skip
