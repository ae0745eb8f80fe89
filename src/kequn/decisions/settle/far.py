"""Sweeps where the bids are: on the machines of an engine; only counts come back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from sqlglot import exp

from kequn.decisions.settle.batch import COLUMNS, bids_of
from kequn.decisions.settle.menu import menu_of
from kequn.decisions.settle.prices import Tolls, Use
from kequn.decisions.settle.shapes import Pairs
from kequn.decisions.settle.stored import Stored, stored
from kequn.decisions.settle.sweep import sweep
from kequn.decisions.settle.sweeps import total
from kequn.engine.base import Engine
from kequn.engine.query import Query

SCHEMA = pa.schema(
    [
        ("pair", pa.list_(pa.int64())),
        ("rm", pa.list_(pa.int64())),
        ("value", pa.int64()),
        ("surplus", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Far(Stored):
    """Bids of the engine's table ``table``; sweeps run on the engine, handing out from the ordered file."""

    engine: Engine | None = None
    table: str = ""

    def sweep(self, tolls: Tolls) -> Use:
        assert self.engine is not None
        query = Query(self.table, exp.select(*COLUMNS).from_(self.table))
        found = self.engine.gather(query, partial(swept, pairs=self.pairs, tolls=tolls), SCHEMA)
        return total(
            (
                Use(np.array(row["pair"], np.int64), np.array(row["rm"], np.int64), row["value"], row["surplus"])
                for row in found.to_pylist()
            ),
            tolls,
        )


def far(engine: Engine, table: str, folder: Path, pairs: Pairs, rms: int) -> Far:
    """Sweeps over the engine's table ``table``; ``folder`` is new and gets the ordered file. As `stored.stored`."""
    file = stored(engine, table, folder, pairs, rms).file
    return Far(pairs, file, 1, engine, table)


def swept(batch: pa.RecordBatch, pairs: Pairs, tolls: Tolls) -> pa.RecordBatch:
    """What the customers of one batch choose, as one row."""
    use = sweep(bids_of(batch, pairs.caps.shape[1]), menu_of(pairs), tolls)
    columns = {"pair": [use.pair], "rm": [use.rm], "value": [use.value], "surplus": [use.surplus]}
    return pa.RecordBatch.from_pydict(columns, schema=SCHEMA)
