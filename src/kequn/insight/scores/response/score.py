"""Chance of each row of a table to take the offer."""

from __future__ import annotations

import json
from functools import lru_cache

import numpy as np
import pyarrow as pa

from kequn.insight.scores.boosting import Booster
from kequn.insight.scores.calibration import Beta
from kequn.insight.scores.encoding import Batch
from kequn.insight.scores.model import Model
from kequn.insight.scores.response.fit import BETA, TREES


def score(model: Model, table: Batch, threads: int = 1) -> pa.Table:
    """``probability`` of each row in the table's order, with ``customer_id`` where the table has it, else ``row``."""
    trees, beta = _trees(model)
    known = "customer_id" in table.schema.names
    key = table.column("customer_id") if known else pa.array(np.arange(table.num_rows))
    p = beta.apply(trees.predict(table, threads))
    return pa.table({"customer_id" if known else "row": key, "probability": p})


@lru_cache(maxsize=4)
def _trees(model: Model) -> tuple[Booster, Beta]:
    return Booster.of(model.parts, TREES), Beta.from_dict(json.loads(model.parts[BETA]))
