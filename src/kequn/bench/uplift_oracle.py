"""How well scores rank contacts by what they truly change, on a sandbox that knows the effect of every contact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from kequn.bank.session import key_of
from kequn.insight.scores.metrics import top_weights
from kequn.workspace import Workspace

SOURCE, ENTITY = "sandbox", "contact"


def true_effects(workspace: Workspace, contact_id: pa.ChunkedArray) -> NDArray[np.float64]:
    """True chance that each contact made its customer buy; NaN where the truth does not know the contact."""
    truth = pq.read_table(workspace.truth / "contact.parquet", columns=["contact_id", "effect"])
    keys = pa.array([key_of(SOURCE, ENTITY, text) for text in truth["contact_id"].to_pylist()], pa.int64())
    found = truth["effect"].take(pc.index_in(contact_id, value_set=keys))
    return np.asarray(found.to_numpy(), np.float64)


def uplift_oracle(
    effect: NDArray[np.float64], scores: Mapping[str, NDArray[np.float64]], share: float = 0.2
) -> dict[str, Any]:
    """Mean true effect of all contacts and of the top ``share`` by each score and by the truth itself.

    ``rank_correlation`` is Spearman's of score and truth; ``of_oracle`` how far the top lies from the mean of all to
    the truth's own top. Part of the truth (leaning to the channel) is drawn anew for each contact: no score gets all.
    """
    from scipy.stats import spearmanr  # noqa: PLC0415 - slow to import

    known = np.isfinite(effect)
    true = effect[known]

    def top(score: NDArray[np.float64]) -> float:
        return float(np.average(true, weights=top_weights(score, share)))

    everyone, best = float(true.mean()), top(true)
    found = {
        name: {
            "top_effect": top(score[known]),
            "rank_correlation": float(spearmanr(score[known], true).statistic),
            "of_oracle": (top(score[known]) - everyone) / (best - everyone),
        }
        for name, score in scores.items()
    }
    return {"contacts": int(known.sum()), "mean_effect": everyone, "oracle_top_effect": best, "scores": found}
