"""Drift: how far today's inputs and scores are from those a model was fitted on, and what its ranking turned out to be.

A family keeps ``distributions(...)`` in ``about["distributions"]`` when it fits. A night counts its customers into the
same bins, batch by batch (``counted``), and adds up. Those who teach may be chosen ones (contacted, buying), whom a
night's customers never resemble: such a family keeps the distributions of all customers of the fit's date (``kept``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike, NDArray

from kequn.errors import KequnError
from kequn.insight.scores.encoding import Batch, Feature, Floats, values
from kequn.insight.scores.metrics import auc, psi
from kequn.insight.scores.model import Model
from kequn.workspace import Settings

SCORE = "score"
# A value computed anew may differ in its last digits: so close above an edge it still lies below.
EDGE = 1e-9
Level = Literal["steady", "watch", "warn"]
COUNTS = pa.schema([("feature", pa.string()), ("bin", pa.int32()), ("rows", pa.int64())])
DRIFT = pa.schema([
    ("feature", pa.string()), ("psi", pa.float64()), ("level", pa.string()), ("words_zh", pa.string()),
    ("words_en", pa.string()),
])  # fmt: skip
LEVELS_ZH: Mapping[Level, str] = {
    "steady": "分布稳定",
    "watch": "分布有变化，请关注",
    "warn": "分布变化大，请核对数据来源，必要时重新建模",
}
LEVELS_EN: Mapping[Level, str] = {
    "steady": "steady",
    "watch": "has shifted: keep an eye on it",
    "warn": "has shifted far: check its source, and fit anew where the change is real",
}


def distributions(table: Batch, features: Sequence[Feature], scores: ArrayLike, bins: int = 10) -> dict[str, Any]:
    """JSON of the distribution of each feature and of the score (0 to 1, one a row) on the table a model is fitted on.

    A number has ``bins`` bins of equally many rows, fewer where values repeat, a category one for each text; the last
    bin counts what is missing, of a category also texts unknown at fit.
    """
    kept = {each.name: _described(each, values(table, each), bins) for each in features}
    kept[SCORE] = _described(Feature(SCORE, "number"), np.asarray(scores, np.float64), bins)
    counts = counted(kept, table, scores)
    for name, place, rows in zip(*(counts[column].to_pylist() for column in COUNTS.names), strict=True):
        kept[name]["rows"][place] = rows
    return kept


def kept(customers: pa.Table, features: Sequence[Feature], scores: ArrayLike, settings: Settings) -> dict[str, Any]:
    """What a model is to keep of the customers of the fit's date: distributions, and ``customers``, how many."""
    bins = settings.integer("scores.psi_bins")
    return {"distributions": distributions(customers, features, scores, bins), "customers": customers.num_rows}


def counted(kept: Mapping[str, Any], batch: Batch, scores: ArrayLike) -> pa.RecordBatch:
    """Rows (``feature``, ``bin``, ``rows``) of one batch in the bins of ``kept``; counts of batches add up.

    Raises KequnError where the batch lacks a feature or has it in another type.
    """
    names: list[str] = []
    places: list[int] = []
    rows: list[int] = []
    for name, each in kept.items():
        found = np.asarray(scores, np.float64) if name == SCORE else _numbers(batch, name, each)
        counts = np.bincount(_places(each, found), minlength=len(each["rows"]))
        names += [name] * len(counts)
        places += range(len(counts))
        rows += counts.tolist()
    return pa.RecordBatch.from_arrays([pa.array(names), pa.array(places, pa.int32()), pa.array(rows)], schema=COUNTS)


def drift(model: Model, counts: pa.Table, settings: Settings) -> pa.Table:
    """PSI of each input and of the score: feature, psi, level (steady, watch, warn) and a sentence in zh and en.

    ``counts`` are the rows of ``counted`` of any number of batches. The score comes first, then the largest PSI.
    Thresholds: scores.psi_watch, scores.psi_warn. Raises KequnError where the model keeps no distributions.
    """
    kept = model.about.get("distributions")
    if not kept:
        raise KequnError(f"The model {model.family} {model.version} keeps no distributions.", "Fit it anew.")
    labels = {each["name"]: each for each in model.about.get("features", []) if isinstance(each, Mapping)}
    totals = _totals(kept, counts)
    found = [_row(name, each, totals[name], labels.get(name, {}), settings) for name, each in kept.items()]
    found.sort(key=lambda row: (row["feature"] != SCORE, -(row["psi"] or 0.0), row["feature"]))
    return pa.Table.from_pylist(found, DRIFT)


def drifted(model: Model, table: Batch, scores: ArrayLike, settings: Settings) -> pa.Table:
    """``drift`` of a table that fits in memory."""
    counts = counted(model.about.get("distributions") or {}, table, scores)
    return drift(model, pa.Table.from_batches([counts], COUNTS), settings)


def realised(model: Model, scores: pa.Table, outcomes: pa.Table, settings: Settings) -> dict[str, Any]:
    """What the ranking was worth once the outcomes of ``scores`` are known.

    ``scores`` has customer_id and probability, ``outcomes`` customer_id and outcome (0 or 1, true or false); customers
    without an outcome do not count. Gives rows, positives, auc (None of one class), at_fit (AUC of the validation),
    fall and level by scores.auc_fall_watch and scores.auc_fall_warn (None where either AUC is missing).
    """
    known = outcomes.select(["customer_id", "outcome"]).filter(pc.is_valid(outcomes["outcome"]))
    joined = scores.select(["customer_id", "probability"]).join(known, "customer_id", join_type="inner")
    label = pc.cast(joined["outcome"], pa.float64()).to_numpy()
    found = auc(label, joined["probability"].to_numpy())
    before = model.about.get("metrics", {}).get("pooled", {}).get("auc")
    fall = None if found is None or before is None else before - found
    level = None if fall is None else _level(fall, "auc_fall", settings)
    return {
        "rows": joined.num_rows, "positives": int(label.sum()), "auc": found, "at_fit": before, "fall": fall,
        "level": level,
    }  # fmt: skip


def _described(feature: Feature, found: Floats, bins: int) -> dict[str, Any]:
    """Kind and edges, with one count for each bin, the last for what is missing."""
    if feature.kind == "category":
        kept = {"kind": feature.kind, "categories": list(feature.categories)}
        return kept | {"rows": [0] * (len(feature.categories) + 1)}
    present = np.sort(found[np.isfinite(found)])
    last = np.arange(1, bins) * present.size // bins - 1
    edges = np.unique(present[last[last >= 0]])
    if feature.kind == "flag":
        edges = np.array([0.5])
    return {"kind": feature.kind, "edges": edges.tolist(), "rows": [0] * (len(edges) + 2)}


def _numbers(batch: Batch, name: str, kept: Mapping[str, Any]) -> Floats:
    return values(batch, Feature(name, kept["kind"], tuple(kept.get("categories", ()))))


def _places(kept: Mapping[str, Any], found: Floats) -> NDArray[np.int64]:
    last = len(kept["rows"]) - 1
    missing = ~np.isfinite(found)
    if kept["kind"] == "category":
        return np.where(missing, last, found).astype(np.int64)
    edges = np.asarray(kept["edges"], np.float64)
    places = np.searchsorted(edges + EDGE * np.abs(edges), found, side="left")
    return np.where(missing, last, places).astype(np.int64)


def _totals(kept: Mapping[str, Any], counts: pa.Table) -> dict[str, NDArray[np.int64]]:
    totals = {name: np.zeros(len(each["rows"]), np.int64) for name, each in kept.items()}
    for name, place, rows in zip(*(counts[column].to_pylist() for column in COUNTS.names), strict=True):
        totals[name][place] += rows
    return totals


def _row(
    name: str, kept: Mapping[str, Any], now: NDArray[np.int64], label: Mapping[str, Any], settings: Settings
) -> dict[str, Any]:
    found = psi(kept["rows"], now, _number(settings, "psi_floor"))
    zh, en = (label.get("zh", name), label.get("en", name)) if name != SCORE else ("评分", "The score")
    if found is None:
        words = (f"{zh}：无数据，无法比较", f"{en}: no rows to compare")
        return {"feature": name, "psi": None, "level": "watch", "words_zh": words[0], "words_en": words[1]}
    level = _level(found, "psi", settings)
    return {
        "feature": name, "psi": found, "level": level, "words_zh": f"{zh}：{LEVELS_ZH[level]}（PSI {found:.3f}）",
        "words_en": f"{en} {LEVELS_EN[level]} (PSI {found:.3f})",
    }  # fmt: skip


def _level(found: float, name: str, settings: Settings) -> Level:
    if found >= _number(settings, f"{name}_warn"):
        return "warn"
    return "watch" if found >= _number(settings, f"{name}_watch") else "steady"


def _number(settings: Settings, name: str) -> float:
    return float(str(settings[f"scores.{name}"]))
