"""Bids in a file, in the order of ``draw``: read a batch at a time, as often as needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from kequn.decisions.settle.batch import COLUMNS, Bids, bids_of, schema, verified
from kequn.decisions.settle.menu import menu_of
from kequn.decisions.settle.prices import Tolls, Use
from kequn.decisions.settle.shapes import Pairs
from kequn.decisions.settle.sweep import sweep
from kequn.decisions.settle.sweeps import BATCH_ROWS, Held, first, total
from kequn.engine.base import Engine
from kequn.engine.query import Query
from kequn.errors import KequnError


@dataclass(frozen=True)
class Stored:
    """Bids in the Arrow file ``file``, uncompressed: a sweep costs little more than from memory, and needs none of it.

    ``threads`` sweep at a time, each over a batch of its own.
    """

    pairs: Pairs
    file: Path
    threads: int = 1

    @cached_property
    def _rows(self) -> list[int]:
        """Customers in each batch."""
        with pa.OSFile(str(self.file)) as source, pa.ipc.open_file(source) as reader:
            return [reader.get_batch(number).num_rows for number in range(reader.num_record_batches)]

    def customers(self) -> int:
        return sum(self._rows)

    def sweep(self, tolls: Tolls) -> Use:
        menu = menu_of(self.pairs)

        def share(worker: int) -> Use:
            return total((sweep(bids, menu, tolls) for bids in self._batches(worker, self.threads)), tolls)

        if self.threads == 1:
            return share(0)
        with ThreadPoolExecutor(self.threads) as pool:
            return total(pool.map(share, range(self.threads)), tolls)

    def ordered(self) -> Iterator[Bids]:
        return self._batches(0, 1)

    def sample(self, customers: int) -> Held:
        return Held(self.pairs, list(first(self.ordered(), customers)), self.threads)

    def _batches(self, start: int, step: int) -> Iterator[Bids]:
        caps = self.pairs.caps.shape[1]
        with pa.OSFile(str(self.file)) as source, pa.ipc.open_file(source) as reader:
            for number in range(start, reader.num_record_batches, step):
                yield bids_of(reader.get_batch(number), caps)


def stored(engine: Engine, table: str, folder: Path, pairs: Pairs, rms: int, threads: int = 1) -> Stored:
    """Bids of the engine's table ``table``, ordered by ``draw`` into a file in the new folder ``folder``.

    Raises KequnError for bids that no campaign can make. ``rms``: how many relationship managers there are.
    """
    ordered = exp.select(*COLUMNS).from_(table).order_by("draw", "customer_id")
    engine.write(Query(table, ordered), folder)
    parts = sorted(folder.glob("part-*.parquet"), key=lambda part: int(part.stem.removeprefix("part-")))
    target = folder / "bids.arrow"
    _written(_checked(parts, pairs, rms), target, pairs.caps.shape[1])
    for part in parts:
        part.unlink()
    return Stored(pairs, target, threads)


def _checked(parts: Iterable[Path], pairs: Pairs, rms: int) -> Iterator[pa.RecordBatch]:
    """Batches of the ordered files, each checked; the order too, which everything after relies on."""
    caps, last = pairs.caps.shape[1], np.uint64(0)
    for part in parts:
        with pq.ParquetFile(part) as file:
            for batch in file.iter_batches(BATCH_ROWS):
                bids = verified(bids_of(batch, caps), len(pairs), rms, pairs.owned)
                if len(bids.draw) and (bids.draw[0] < last or (bids.draw[1:] < bids.draw[:-1]).any()):
                    raise KequnError(
                        f"{part} is not in the order of draw.", "The engine lost the order it was asked for."
                    )
                last = bids.draw[-1] if len(bids.draw) else last
                yield batch


def _written(batches: Iterable[pa.RecordBatch], target: Path, caps: int) -> None:
    """Write batches as they are read in sweeps: plain columns, the draw unsigned."""
    wanted = schema(caps)
    with pa.OSFile(str(target), "wb") as sink, pa.ipc.new_file(sink, wanted) as writer:
        for batch in batches:
            bids = bids_of(batch, caps)
            lists = [pa.ListArray.from_arrays(bids.starts, each) for each in (bids.pair, bids.priority, bids.doubt)]
            rooms = pa.FixedSizeListArray.from_arrays(pa.array(bids.rooms.ravel()), caps)
            columns = [pa.array(bids.customer), pa.array(bids.draw), pa.array(bids.rm), rooms, *lists]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=wanted))
