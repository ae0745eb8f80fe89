"""How well products are ranked: NDCG@5 of popularity, item cosine, EASE and re-ranker, all behind the same masks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import scipy.sparse as sp

from kequn.insight.scores.product.masks import people
from kequn.insight.scores.product.recommend import Recommender
from kequn.insight.scores.product.shelf import Bools, Floats, Ints, Singles
from kequn.insight.scores.product.signs import interests, read

DEPTH = 5
METHODS = ("popularity", "cosine", "ease", "reranked")
ROWS = 20_000
# Popularity orders what a baseline leaves equal; it is below any difference that counts.
TIE = 1e-6


def gains(score: Singles, taken: Bools, depth: int = DEPTH) -> Floats:
    """NDCG of each row: sum of 1 / log2(place + 1) over what was taken, relative to the best possible order.

    ``score`` and ``taken`` are customers x products; a row without anything taken is NaN; equal scores are ordered by
    place. Source: Järvelin, Kekäläinen 2002.
    """
    depth = min(depth, score.shape[1])
    discount = 1 / np.log2(np.arange(depth) + 2)
    first = np.argsort(-score, axis=1, kind="stable")[:, :depth]
    gained = np.take_along_axis(taken, first, axis=1) @ discount
    ideal = np.concatenate([[np.nan], np.cumsum(discount)])[np.minimum(taken.sum(axis=1), depth)]
    return np.asarray(gained / ideal, np.float64)


def ranked(model: Recommender, table: pa.Table, taken: sp.csr_matrix) -> tuple[dict[str, Floats], Ints, dict[str, int]]:
    """NDCG of each customer who took something that could be shown, by method; their rows; and counts.

    What masks forbid counts neither as hit nor as miss: ``forbidden`` says how many of ``taken`` that were.
    """
    found: dict[str, list[Floats]] = {name: [] for name in METHODS}
    rows, shown = [], 0
    for start in range(0, table.num_rows, ROWS):
        cut = table.slice(start, ROWS).combine_chunks()
        took = np.asarray(taken[start : start + ROWS].todense()) > 0
        scores, allowed = _scores(model, cut)
        hit = took & allowed
        some = np.flatnonzero(hit.any(axis=1))
        shown += int(hit.sum())
        rows.append(some + start)
        for name in METHODS:
            found[name].append(gains(np.where(allowed[some], scores[name][some], -np.inf), hit[some]))
    chosen = np.concatenate(rows) if rows else np.zeros(0, np.int64)
    counts = {"customers": table.num_rows, "taken": int(taken.sum()), "forbidden": int(taken.sum()) - shown}
    return {name: np.concatenate(parts) for name, parts in found.items()}, chosen, counts


def _scores(model: Recommender, table: pa.Table) -> tuple[dict[str, Singles], Bools]:
    who = people(table, model.knobs.rules, model.day)
    signs = read(table.column("interactions"), model.shelf)
    seen = interests(signs, len(model.shelf), model.knobs.weights)
    matrix = seen.matrix(len(model.shelf))
    popular = np.broadcast_to((model.popular / model.popular.max()).astype(np.float32), matrix.shape)
    chance, _ = model.chances(table)
    return {
        "popularity": popular,
        "cosine": matrix @ model.items.cosine + TIE * popular,
        "ease": matrix @ model.items.ease + TIE * popular,
        "reranked": model.scores(who, signs, seen, chance),
    }, model.gates.allowed(who, model.gates.open(who, signs))


def report(
    model: Recommender, table: pa.Table, taken: sp.csr_matrix, groups: Mapping[str, Mapping[str, Bools]]
) -> dict[str, Any]:
    """Mean NDCG@5 by method, pooled and within each group: ``groups`` is kind -> name -> which rows belong to it."""
    found, rows, counts = ranked(model, table, taken)
    figures: dict[str, Any] = {"pooled": _mean(found, np.arange(len(rows))) | counts}
    for kind, named in groups.items():
        figures[kind] = {name: _mean(found, np.flatnonzero(inside[rows])) for name, inside in named.items()}
    return figures


def _mean(found: Mapping[str, Floats], chosen: Ints) -> dict[str, Any]:
    """Means over the chosen customers; None where there are none."""
    if not len(chosen):
        return {"takers": 0, "ndcg_5": None} | dict.fromkeys(METHODS)
    means = {name: float(values[chosen].mean()) for name, values in found.items()}
    ratio = means["reranked"] / means["popularity"] if means["popularity"] else None
    return {"takers": len(chosen), "ndcg_5": means["reranked"], **means, "of_popularity": ratio}
