"""The oracle of the product family: the same masks and customers, ranked by the tastes that only the sandbox knows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kequn.bench.scores_oracle import with_truth
from kequn.insight.scores.model import Model
from kequn.insight.scores.product.classes import LEAST
from kequn.insight.scores.product.masks import people
from kequn.insight.scores.product.packing import unpacked
from kequn.insight.scores.product.quality import gains
from kequn.insight.scores.product.recommend import Recommender
from kequn.insight.scores.product.shelf import Floats
from kequn.insight.scores.product.signs import interests, read
from kequn.insight.scores.product.table import taken
from kequn.insight.scores.replay import Past
from kequn.sandbox.holdings import HELD

PERSON = "truth_person"


def product_oracle(bank: Past, model: Model, table: pa.Table) -> dict[str, float]:
    """Mean NDCG@5 of two oracles and the model over ``table``: training rows of a later date, with ``taken``.

    ``taste`` ranks all that may be shown by true taste and popularity, without knowing when anybody buys; ``within``
    keeps the model's chances of the classes and orders by true taste within those that the sandbox draws by taste
    (cards, loans and services it does not): what lies between it and ``model`` is lost within the classes.
    """
    ranker = unpacked(model)
    known, _ = with_truth(bank, table, {PERSON: "person"})
    rows = known.filter(known[PERSON].is_valid()).combine_chunks()
    took = np.asarray(taken(rows["taken"], ranker.shelf).todense()) > 0
    who, signs = people(rows, ranker.knobs.rules, ranker.day), read(rows["interactions"], ranker.shelf)
    can = ranker.gates.open(who, signs)
    allowed = ranker.gates.allowed(who, can)
    hit = took & allowed
    some = np.flatnonzero(hit.any(axis=1))
    liking = _liking(bank, ranker, rows)
    chance, _ = ranker.chances(rows)
    seen = interests(signs, len(ranker.shelf), ranker.knobs.weights)
    model_scores = ranker.scores(who, signs, seen, chance).astype(np.float64)
    share = np.exp(liking) * can
    inside = np.add.reduceat(share, ranker.shelf.starts, axis=1)[:, ranker.shelf.class_of]
    true = chance[:, ranker.shelf.class_of] * share / np.maximum(inside, LEAST)
    scores = {"taste": liking, "model": model_scores, "within": np.where(ranker.shelf.named(HELD), true, model_scores)}
    return {
        name: float(gains(np.where(allowed, score, -np.inf)[some].astype(np.float32), hit[some]).mean())
        for name, score in scores.items()
    }


def _liking(bank: Past, ranker: Recommender, rows: pa.Table) -> Floats:
    """Customers x products: taste x factors + popularity, as the sandbox draws its choices."""
    truth = bank.workspace.truth
    tastes = np.stack(pq.read_table(truth / "customer.parquet", columns=["taste"])["taste"].to_numpy())
    product = pq.read_table(truth / "product.parquet")
    place = {code: number for number, code in enumerate(product["product_id"].to_pylist())}
    order = [place[code] for code in ranker.shelf.products]
    factors = np.stack(product["factors"].to_numpy())[order]
    person = rows[PERSON].to_numpy().astype(np.int64)
    found: Floats = tastes[person].astype(np.float64) @ factors.T + product["popularity"].to_numpy()[order]
    return found
