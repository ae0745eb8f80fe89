"""CPU seconds of product recommendation over made-up customers: classes, order, masks, the top and its reasons."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pyarrow as pa

from kequn.engine.duck import BATCH_ROWS
from kequn.insight.scores.encoding import Feature
from kequn.insight.scores.model import Model
from kequn.insight.scores.product.features import tags
from kequn.insight.scores.product.packing import unpacked
from kequn.insight.scores.product.recommend import Recommender

# So many different customers, drawn again and again: what is measured does not depend on how the texts were made.
DIFFERENT = 50_000
SIGNS = 2.4
SHARES = {"h": 0.72, "e": 0.1, "v": 0.12, "a": 0.03, "d": 0.03}


def product_speed(model: Model, customers: int = 1_000_000, seed: int = 1) -> dict[str, Any]:
    """CPU seconds of both passes (as an engine's map calls them, without reading and writing), and rows made."""
    ranker, chance = unpacked(model), np.random.default_rng(seed)
    pool = _customers(ranker, chance)
    _passes(ranker, pool.slice(0, 1000).combine_chunks().to_batches()[0])
    seconds, rows = np.zeros(2), 0
    for start in range(0, customers, BATCH_ROWS):
        drawn = pa.array(chance.integers(0, DIFFERENT, min(BATCH_ROWS, customers - start)))
        spent, made = _passes(ranker, pool.take(drawn).combine_chunks().to_batches()[0])
        seconds, rows = seconds + spent, rows + made
    return {
        "customers": customers, "products": len(ranker.shelf), "rows": rows,
        "classes_cpu_s": round(float(seconds[0]), 2),
        "top_cpu_s": round(float(seconds[1]), 2), "cpu_s": round(float(seconds.sum()), 2),
    }  # fmt: skip


def _passes(ranker: Recommender, batch: pa.RecordBatch) -> tuple[np.ndarray[Any, np.dtype[np.float64]], int]:
    started = time.process_time()
    chances = ranker.class_batch(batch)
    between = time.process_time()
    both = pa.RecordBatch.from_arrays(
        [*batch.columns, *chances.columns[1:]], names=[*batch.schema.names, *chances.schema.names[1:]]
    )
    again = time.process_time()
    rows = ranker.pick_batch(both).num_rows
    return np.array([between - started, time.process_time() - again]), int(rows)


def _customers(ranker: Recommender, chance: np.random.Generator) -> pa.Table:
    size, shelf = DIFFERENT, ranker.shelf
    share = ranker.popular / ranker.popular.sum()
    counts = chance.poisson(SIGNS, size)
    kinds = chance.choice(list(SHARES), counts.sum(), p=list(SHARES.values()))
    items = chance.choice(np.array(shelf.products), counts.sum(), p=share)
    days = chance.integers(0, 700, counts.sum())
    signs = [f"{kind}:{day}:{item}" for kind, day, item in zip(kinds, days, items, strict=True)]
    ends = np.cumsum(counts)
    texts = [",".join(signs[end - count : end]) for end, count in zip(ends, counts, strict=True)]
    known = {name: _column(feature, chance) for feature in ranker.classes.features if (name := feature.name) in tags()}
    limits = {
        "age": chance.integers(18, 90, size), "aum": np.exp(chance.normal(13, 2, size)).astype(np.int64),
        "tier": chance.choice(["mass", "gold", "private"], size, p=[0.93, 0.06, 0.01]),
        "region": chance.choice(sorted({*shelf.region, "elsewhere"}), size),
        "risk_tolerance": chance.integers(1, 6, size), "assessment_valid": chance.random(size) < 0.3,
        "personalisation_refused": chance.random(size) < 0.04, "risk_signal": chance.random(size) < 0.01,
        "has_rm": chance.random(size) < 0.1,
    }  # fmt: skip
    return pa.table({"customer_id": np.arange(size), "interactions": pa.array(texts), **known, **limits})


def _column(feature: Feature, chance: np.random.Generator) -> pa.Array:
    if feature.kind == "category":
        return pa.array(chance.choice(list(feature.categories), DIFFERENT))
    if feature.kind == "flag":
        return pa.array(chance.random(DIFFERENT) < 0.2)
    return pa.array(np.exp(chance.normal(8, 3, DIFFERENT)), mask=chance.random(DIFFERENT) < 0.3)
