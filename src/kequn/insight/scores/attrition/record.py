"""What is known about an attrition model: data, period, figures beside baselines, drivers, limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from kequn.insight.scores import metrics
from kequn.insight.scores.attrition.drivers import driver_of
from kequn.insight.scores.attrition.ensemble import POOLED, Ensemble
from kequn.insight.scores.attrition.features import labels_of
from kequn.insight.scores.attrition.parts import Parts
from kequn.insight.scores.attrition.score import Found, probabilities
from kequn.insight.scores.boosting import Booster, Feature
from kequn.insight.scores.drift import distributions
from kequn.insight.scores.encoding import Floats
from kequn.insight.scores.model import data_record
from kequn.insight.scores.record import number
from kequn.insight.scores.split import TIME, Rows
from kequn.workspace import Settings

PURPOSE = {
    "zh": "预警未来90天内资产腰斩、降级或资金流失殆尽的客户，供各客群及时挽留。",
    "en": "Warns of customers whose assets halve, whose tier drops or whose money leaves in the days ahead.",
}
LIMITS = {
    "zh": "只对潜力及以上层级或资产超过门槛的客户有效；概率来自过去的季节，"
    "节假日与利率大变动时需复核；不得用于拒绝服务。",
    "en": "Holds for customers of tier potential and up, or with assets above a threshold; probabilities are of past"
    " seasons and need a second look around holidays and large changes of rates; never a reason to refuse service.",
}
# Plain rules that a model must beat: trees on one figure alone.
BASELINE_ROUNDS = 50
BASELINES = {"baseline": "aum_trend_90d_share", "baseline_ratio": "aum_of_3m"}


@dataclass(frozen=True)
class Lot:
    """What a model was fitted on: a table with its labels, and which rows did what."""

    table: pa.Table
    target: Floats
    parts: Parts
    settings: Settings

    def summary(self, label: Floats, p: Floats) -> dict[str, Any]:
        """Figures with the bank's bins and share."""
        bins = self.settings.integer("scores.calibration_bins")
        return metrics.summary(label, p, bins, number(self.settings, "lift_share"))


def about(lot: Lot, features: Sequence[Feature], pieces: Ensemble) -> dict[str, Any]:
    """The record without candidates and notes."""
    settings, later = lot.settings, lot.table.take(pa.array(lot.parts.validate))
    found, label = probabilities(pieces, later), lot.target[lot.parts.validate]
    single = found.probability[found.principal]
    train = lot.table.take(pa.array(lot.parts.train))
    fitted = probabilities(pieces, train)
    periods = {"train": lot.parts.train, "validate": lot.parts.validate}
    return {
        "purpose": PURPOSE,
        "limits": LIMITS,
        "owner": settings.text("scores.owner"),
        "data": data_record(lot.table),
        "period": {name: _period(lot.table, rows) for name, rows in periods.items()},
        "parameters": {name: value for name, value in settings.values.items() if name.startswith("scores.")},
        "features": [_named(feature.name) for feature in features],
        "metrics": _figures(lot, found, later),
        "calibration": metrics.calibration_table(label, single, settings.integer("scores.calibration_bins")),
        "drivers": _gains(pieces.boosters[POOLED]),
        "distributions": distributions(
            train, _lasting(pieces.boosters[POOLED].features), fitted.probability[fitted.principal],
            settings.integer("scores.psi_bins"),
        ),
    }  # fmt: skip


def _figures(lot: Lot, found: Found, later: pa.Table) -> dict[str, Any]:
    """Figures of the validation: of one probability a customer, by segment, by tier, and of the plain baselines."""
    label, single = lot.target[lot.parts.validate], found.probability[found.principal]
    segments = {}
    for place, name in enumerate(found.segments):
        mine = found.segment == place
        segments[name] = lot.summary(label[found.row[mine]], found.probability[mine])
    tiers = {}
    if "tier" in later.schema.names:
        codes = np.array([str(code) for code in later["tier"].to_pylist()])
        tiers = {str(code): lot.summary(label[codes == code], single[codes == code]) for code in np.unique(codes)}
    baselines = {name: _baseline(lot, column) for name, column in BASELINES.items()}
    return {"pooled": lot.summary(label, single), "segment": segments, "tier": tiers, **baselines}


def _baseline(lot: Lot, column: str) -> dict[str, Any] | None:
    """Figures of trees on one column alone; None where the table has none."""
    rows, whole = lot.parts.train, lot.settings.integer
    if column not in lot.table.schema.names or lot.table[column].null_count == lot.table.num_rows:
        return None
    booster = Booster.fit(
        lot.table.take(pa.array(rows)), [Feature(column, "number")], lot.target[rows], rounds=BASELINE_ROUNDS,
        threads=whole("engine.threads"), seed=whole("scores.seed"),
    )  # fmt: skip
    later = lot.table.take(pa.array(lot.parts.validate))
    return lot.summary(lot.target[lot.parts.validate], booster.predict(later))


def _gains(booster: Booster) -> list[dict[str, Any]]:
    """Share of the gain of each driver, the largest first."""
    gains: dict[tuple[str, str, str], float] = {}
    for name, gain in booster.importances().items():
        driver = driver_of(name)
        key = (driver.name, driver.zh, driver.en) if driver else (name, *labels_of(name))
        gains[key] = gains.get(key, 0.0) + gain
    total = sum(gains.values()) or 1.0
    ranked = sorted(gains.items(), key=lambda item: (-item[1], item[0]))
    return [{"name": name, "zh": zh, "en": en, "share": gain / total} for (name, zh, en), gain in ranked]


def _lasting(features: Sequence[Feature]) -> list[Feature]:
    """Features whose drift means something: the calendar moves by itself."""
    return [each for each in features if driver_of(each.name)]


def _named(name: str) -> dict[str, str]:
    zh, en = labels_of(name)
    return {"name": name, "zh": zh, "en": en}


def _period(table: pa.Table, rows: Rows) -> list[str] | None:
    if TIME not in table.schema.names:
        return None
    days = table[TIME].take(pa.array(rows)).to_numpy().astype("datetime64[D]")
    return [str(days.min()), str(days.max())]
