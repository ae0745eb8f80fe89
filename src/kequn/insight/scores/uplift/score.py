"""What a contact would change for each customer."""

from __future__ import annotations

import json
from functools import lru_cache

import numpy as np
import pyarrow as pa

from kequn.insight.scores.encoding import Batch
from kequn.insight.scores.model import Model
from kequn.insight.scores.uplift.fit import CHOICE
from kequn.insight.scores.uplift.learners import Learner

SCHEMA = pa.schema([
    ("customer_id", pa.int64()), ("product_class", pa.string()), ("uplift", pa.float64()), ("response", pa.float64()),
])  # fmt: skip


def score(model: Model, table: Batch, threads: int = 1) -> pa.Table:
    """``uplift`` (rise of the chance to buy) and ``response`` (chance to buy where contacted) of each row.

    ``product_class`` is the row's own, empty where the table has none.
    """
    chosen, plain, start, slope = _learners(model)
    given = table.schema.names
    klass = table.column("product_class") if "product_class" in given else pa.nulls(table.num_rows, pa.string())
    return pa.table(
        [
            table.column("customer_id"), klass, start + slope * chosen.score(table, threads),
            np.asarray(plain.score(table, threads)),
        ],
        schema=SCHEMA,
    )  # fmt: skip


def score_batch(model: Model, batch: pa.RecordBatch) -> pa.RecordBatch:
    """``score`` for engine.map."""
    table = score(model, batch).combine_chunks()
    return table.to_batches()[0] if table.num_rows else pa.RecordBatch.from_pylist([], schema=SCHEMA)


@lru_cache(maxsize=4)
def _learners(model: Model) -> tuple[Learner, Learner, float, float]:
    choice = json.loads(model.parts[CHOICE])
    chosen = Learner.of(model.parts, choice["kind"])
    return chosen, Learner.of(model.parts, "response"), float(choice["start"]), float(choice["slope"])
