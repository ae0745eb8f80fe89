"""Score any table of customers with a fitted model."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kequn.errors import KequnError
from kequn.insight.scores.model import Model
from kequn.insight.scores.product.packing import unpacked
from kequn.insight.scores.product.recommend import LIKED, PICKS, Recommender
from kequn.insight.scores.product.shelf import Shelf
from kequn.insight.scores.split import checked


def score(model: Model, table: pa.Table, shelf: pa.Table | None = None) -> pa.Table:
    """The best products of each customer: customer_id, rank, product_id, score, reason_zh, reason_en, rm_only.

    ``table`` has one row a customer (see the package); ``shelf`` is the standard table product of the day (default:
    the one that the model was fitted on). ``score`` is the chance that the product is taken within the outcome
    window. A customer for whom nothing is allowed has no row.
    """
    recommender = _over(model, table, shelf)
    batches = [recommender.picks(batch, *recommender.chances(batch)) for batch in _batches(table)]
    return pa.Table.from_batches(batches, PICKS)


def liking(model: Model, table: pa.Table, shelf: pa.Table | None = None) -> pa.Table:
    """customer_id, wealth, fund: the calibrated chance to take one of the class within the outcome window.

    NULL where the shelf has no such class.
    """
    recommender = _over(model, table, shelf)
    found = [recommender.chances(batch)[0] for batch in _batches(table)]
    chance = np.concatenate(found) if found else np.empty((0, len(recommender.shelf.classes)))
    columns = {"customer_id": table["customer_id"].cast(pa.int64())}
    for name in LIKED:
        known = name in recommender.shelf.classes
        place = recommender.shelf.classes.index(name) if known else 0
        columns[name] = pa.array(chance[:, place]) if known else pa.nulls(len(chance), pa.float64())
    return pa.table(columns)


def _over(model: Model, table: pa.Table, shelf: pa.Table | None) -> Recommender:
    checked(table, {"customer_id": "number", "interactions": "category"}, key=("customer_id",))
    if "as_of" in table.schema.names and table["as_of"].null_count:
        raise KequnError(
            "Column as_of is empty in some rows.", "Fill it, or leave it out: then the model's day counts."
        )
    recommender = unpacked(model)
    if shelf is None:
        return recommender
    return unpacked(model, Shelf.of(shelf, recommender.knobs.rules.risky), day=_day(table, recommender.day))


def _day(table: pa.Table, otherwise: np.datetime64) -> np.datetime64:
    if "as_of" not in table.schema.names or not table.num_rows:
        return otherwise
    return np.datetime64(str(pc.max(pc.cast(table["as_of"], pa.date32())).as_py()), "D")


def _batches(table: pa.Table) -> list[pa.RecordBatch]:
    found: list[pa.RecordBatch] = table.combine_chunks().to_batches()
    return found
