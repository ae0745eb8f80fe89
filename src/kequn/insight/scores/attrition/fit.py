"""Fit attrition models: one for all and one for each segment, chosen and calibrated on dates before the validation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kequn.errors import KequnError
from kequn.insight.scores import calibration, metrics
from kequn.insight.scores.attrition import hazard, profile, record
from kequn.insight.scores.attrition.ensemble import (
    FAMILY,
    HAZARD,
    OTHER,
    POOLED,
    Ensemble,
    Thresholds,
    memberships,
)  # fmt: skip
from kequn.insight.scores.attrition.features import inputs
from kequn.insight.scores.attrition.ordered import ordered
from kequn.insight.scores.attrition.parts import Parts, parted
from kequn.insight.scores.boosting import Booster, Feature
from kequn.insight.scores.calibration import Beta
from kequn.insight.scores.encoding import Floats, learned
from kequn.insight.scores.model import Model
from kequn.insight.scores.record import number
from kequn.insight.scores.split import Rows, checked, labels
from kequn.workspace import Settings

LABEL = "left_bank"


def fit(table: pa.Table, settings: Settings, features: Sequence[str] | None = None, label: str = LABEL) -> Model:
    """Fit on a table with one row a customer and date, and report on its later dates.

    Columns: customer_id; as_of (a date) or split (train, validate); ``label`` (left or not); the features (default:
    those of features.yaml); and where there are any: segments as flags, tier, shown_in (1 to 3, see outcome.sql).
    Raises KequnError for a table that lacks a column or repeats a customer, and where nobody or everybody left.
    """
    chosen = _features(table, features)
    checked(table, {each.name: each.kind for each in chosen}, label=label)
    target = labels(table, label)
    parts = parted(table, target, settings)
    fitting = Fitting(table, target, parts, chosen, settings)
    pieces = fitting.ensemble()
    lot = record.Lot(table, target, parts, settings)
    about = record.about(lot, chosen, pieces)
    about["metrics"]["candidates"] = fitting.candidates
    about["notes"] = [*parts.notes, *fitting.notes, *pieces.boosters[POOLED].notes]
    rows = profile.rows(lot, pieces)
    return Model(FAMILY, pieces.parts() | {profile.PART: profile.text(rows)}, about)


@dataclass
class Fitting:
    """One fit: what is known, and what was decided on the way."""

    table: pa.Table
    target: Floats
    parts: Parts
    features: list[Feature]
    settings: Settings
    candidates: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def ensemble(self) -> Ensemble:
        """Grow, calibrate and choose."""
        pooled, early = self.grow(self.parts.train), self.grow(self.parts.early)
        order = ordered(self.table, self.settings)
        boosters, betas = {POOLED: pooled}, {POOLED: self._learned(early, self.parts.late)}
        for segment, inside in memberships(self.table, order).items():
            beta = self._calibrated(early, self._within(self.parts.late, inside))
            if beta is None:
                self._note_calibration(segment)
            own = self._own(segment, inside) if segment != OTHER else None
            if self._better(segment, inside, (early, beta or betas[POOLED]), own):
                boosters[segment] = self.grow(self._within(self.parts.train, inside))
                beta = own[1] if own else beta
            betas |= {segment: beta} if beta else {}
        boosters |= self._timing()
        return Ensemble(
            boosters, betas, tuple(order), Thresholds.of(self.settings), self.settings.text("bank.currency")
        )

    def grow(self, rows: Rows) -> Booster:
        """Trees on some rows, with the settings of all families."""
        whole = self.settings.integer
        return Booster.fit(
            self.table.take(pa.array(rows)), self.features, self.target[rows], rounds=whole("scores.rounds"),
            leaves=whole("scores.leaves"), min_rows=min(whole("scores.leaf_rows"), max(1, len(rows) // 20)),
            learning_rate=number(self.settings, "learning_rate"), threads=whole("engine.threads"),
            seed=whole("scores.seed"),
        )  # fmt: skip

    def _within(self, rows: Rows, inside: NDArray[np.bool_]) -> Rows:
        return rows[inside[rows]]

    def _calibrated(self, booster: Booster, rows: Rows) -> Beta | None:
        """Calibration of a segment, learned from rows that ``booster`` was not grown on; None where too few left."""
        if self.target[rows].sum() < self.settings.integer("scores.calibration_events_least"):
            return None
        return self._learned(booster, rows)

    def _learned(self, booster: Booster, rows: Rows) -> Beta:
        return calibration.fit(booster.predict(self.table.take(pa.array(rows))), self.target[rows])

    def _own(self, segment: str, inside: NDArray[np.bool_]) -> tuple[Booster, Beta] | None:
        """Trees of the segment's own, grown on the earlier dates, and their calibration; None, and a note that says
        why, where too few of its members left.
        """
        train, early = self._within(self.parts.train, inside), self._within(self.parts.early, inside)
        events, least = int(self.target[train].sum()), self.settings.integer("scores.segment_events_least")
        if events < least or not 0 < self.target[early].sum() < len(early):
            self.notes.append(
                f"{segment} 训练期内流失事件仅 {events} 个（至少需 {least} 个），使用全体模型 | "
                f"{segment} has {events} events to train on ({least} are needed) and uses the model of all"
            )
            return None
        booster = self.grow(early)
        beta = self._calibrated(booster, self._within(self.parts.late, inside))
        return (booster, beta) if beta else None

    def _note_calibration(self, segment: str) -> None:
        self.notes.append(
            f"{segment} 用于校准的流失事件过少，使用全体校准 | "
            f"{segment} has too few events to calibrate on and uses the calibration of all"
        )

    def _better(
        self, segment: str, inside: NDArray[np.bool_], pooled: tuple[Booster, Beta], own: tuple[Booster, Beta] | None
    ) -> bool:
        """Whether the segment's own model has the lower log loss on its rows of the calibration.

        Neither was grown on them, and each is calibrated on them. The validation stays unseen, so that its figures are
        those of rows that nothing was chosen on.
        """
        rows = self._within(self.parts.late, inside)
        of_all, of_own = self._loss(pooled, rows), self._loss(own, rows) if own else None
        wins = (
            of_all is not None
            and of_own is not None
            and of_own < of_all * (1 - number(self.settings, "segment_gain_least"))
        )
        self.candidates[segment] = {
            "pooled_log_loss": of_all, "own_log_loss": of_own, "chosen": "own" if wins else POOLED,
        }  # fmt: skip
        return wins

    def _loss(self, candidate: tuple[Booster, Beta], rows: Rows) -> float | None:
        booster, beta = candidate
        return metrics.log_loss(self.target[rows], beta.apply(booster.predict(self.table.take(pa.array(rows)))))

    def _timing(self) -> dict[str, Booster]:
        if "shown_in" not in self.table.schema.names:
            self.notes.append(
                "没有 shown_in 列，不估计流失时点 | without a column shown_in the timing is not estimated"
            )
            return {}
        rows = pa.array(self.parts.train)
        shown = pc.cast(self.table["shown_in"].take(rows), pa.float64()).to_numpy()
        return {HAZARD: hazard.fit(self.table.take(rows), self.features, shown, self.settings)}


def _features(table: pa.Table, names: Sequence[str] | None) -> list[Feature]:
    if names is not None:
        return [learned(table, name) for name in names]
    known = inputs().features
    missing = [name for name in known if name not in table.schema.names]
    if missing:
        raise KequnError(
            f"The table has no column {missing[0]} ({len(missing)} of {len(known)} features are missing).",
            "Make it with training(), or name the columns that are features.",
        )
    return [learned(table, Feature(name, each.kind)) for name, each in known.items()]
