"""When it would show: a discrete-time hazard over the thirds of the outcome's days."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from kequn.insight.scores.boosting import Booster, Feature
from kequn.insight.scores.encoding import Batch, Floats
from kequn.workspace import Settings

PERIOD = "period"
PERIODS = 3


def fit(table: pa.Table, features: list[Feature], shown_in: Floats, settings: Settings) -> Booster:
    """One booster over customers x periods: does it show in this period, given that it has not before.

    ``shown_in`` is 1 to 3, NaN for those who stay. Of stayers every n-th row is taken and counts n-fold.
    Source: Singer, Willett 1993, It's about time: discrete-time survival analysis.
    """
    left, stayed = np.flatnonzero(np.isfinite(shown_in)), np.flatnonzero(np.isnan(shown_in))
    step = max(1, len(stayed) // max(1, settings.integer("scores.stayers_per_leaver") * len(left)))
    rows = np.sort(np.concatenate([left, stayed[::step]]))
    last = np.where(np.isnan(shown_in[rows]), PERIODS, shown_in[rows]).astype(np.int64)
    long = np.repeat(rows, last)
    period = np.arange(last.sum()) - np.repeat(np.cumsum(last) - last, last) + 1
    shows = period == np.nan_to_num(shown_in[long])
    weight = np.where(np.isnan(shown_in[long]), step, 1).astype(np.float64)
    given = table.select([feature.name for feature in features]).take(pa.array(long))
    return Booster.fit(
        given.append_column(PERIOD, pa.array(period.astype(np.float64))), [*features, Feature(PERIOD, "number")], shows,
        weight=weight, rounds=settings.integer("scores.rounds") // 2, leaves=settings.integer("scores.leaves"),
        min_rows=settings.integer("scores.leaf_rows"), learning_rate=float(settings.text("scores.learning_rate")),
        threads=settings.integer("engine.threads"), seed=settings.integer("scores.seed"),
    )  # fmt: skip


def timing(booster: Booster, batch: Batch, threads: int = 1) -> Floats:
    """Rows x 3: of the probability to leave within all days, the share that falls by the end of each period."""
    table = pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch
    stays = np.ones(table.num_rows)
    left = np.empty((table.num_rows, PERIODS))
    for period in range(PERIODS):
        now = pa.array(np.full(table.num_rows, period + 1.0))
        stays = stays * (1 - booster.predict(table.append_column(PERIOD, now), threads))
        left[:, period] = 1 - stays
    return np.asarray(left / np.maximum(left[:, -1:], np.finfo(float).tiny), np.float64)
