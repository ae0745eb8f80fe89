"""What each customer would bring with each class of product, if it were taken."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kequn.insight.scores.columns import numbers
from kequn.insight.scores.encoding import Batch
from kequn.insight.scores.model import Model
from kequn.insight.scores.value.amounts import Amounts
from kequn.insight.scores.value.fit import FLAT, PART, words

Floats = NDArray[np.float64]
SCHEMA = pa.schema([
    ("customer_id", pa.int64()), ("product_class", pa.string()), ("new_money_fen", pa.int64()),
    ("fee_fen", pa.int64()), ("retained_fen", pa.int64()), ("value_fen", pa.int64()),
])  # fmt: skip
BASIS_POINTS = 10_000


def score(model: Model, table: Batch) -> pa.Table:
    """A row for each customer and class, in whole fen (a year's fee and margin), rounded half up.

    ``retained_fen``: of the money that the customer already has here and binds by buying, what would have left (by
    ``leaving``, the chance to leave, 0 where it is not known). ``value_fen``: fee + margin on new and retained money;
    for classes without amounts the set value.
    """
    amounts, given = _amounts(model), model.about["parameters"]
    names = sorted({*amounts.classes, *FLAT})
    aum, tier, leaving = numbers(table, "aum"), words(table, "tier"), np.clip(numbers(table, "leaving"), 0, 1)
    found = [_class(amounts, given, name, (aum, tier, leaving)) for name in names]
    columns = [np.stack([each[place] for each in found], axis=1).ravel() for place in range(4)]
    customer = np.asarray(table.column("customer_id").to_numpy(), np.int64)
    return pa.table(
        [
            pa.array(np.repeat(customer, len(names))),
            pa.array(names, pa.string()).take(pa.array(np.tile(np.arange(len(names)), len(customer)))),
            *(pa.array(np.floor(column + 0.5).astype(np.int64)) for column in columns),
        ],
        schema=SCHEMA,
    )


def score_batch(model: Model, batch: pa.RecordBatch) -> pa.RecordBatch:
    """``score`` for engine.map."""
    table = score(model, batch).combine_chunks()
    return table.to_batches()[0] if table.num_rows else pa.RecordBatch.from_pylist([], schema=SCHEMA)


def _class(
    amounts: Amounts, given: Mapping[str, float], name: str, customers: tuple[Floats, NDArray[np.str_], Floats]
) -> tuple[Floats, Floats, Floats, Floats]:
    """New money, fee, retained money and value of one class in fen."""
    aum, tier, leaving = customers
    nothing = np.zeros(len(aum))
    if name not in amounts.classes:
        return nothing, nothing, nothing, np.full(len(aum), 100 * given[f"value_flat_{name}_yuan"])
    amount = amounts.amount(aum, tier, name)
    new = amount * amounts.new_share(tier, name)
    fee = amount * amounts.fee_bp[name] / BASIS_POINTS
    retained = leaving * np.clip(amount - new, 0, np.maximum(aum, 0))
    margin = given.get(f"value_margin_{name}_bp", given["value_margin_other_bp"])
    return new, fee, retained, fee + (new + retained) * margin / BASIS_POINTS


@lru_cache(maxsize=4)
def _amounts(model: Model) -> Amounts:
    return Amounts.of(model.parts[PART])
