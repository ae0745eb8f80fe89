"""Where bids lie and how sweeps run over them: in arrays of this process, or in files that do not fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa

from kequn.decisions.settle.batch import Bids, bids_of, read_only, verified
from kequn.decisions.settle.menu import menu_of
from kequn.decisions.settle.prices import Tolls, Use
from kequn.decisions.settle.shapes import Pairs
from kequn.decisions.settle.sweep import sweep

BATCH_ROWS = 122_880


class Sweeps(Protocol):
    """All bids of a night, swept under prices as often as needed and once more in the order of handing out."""

    def customers(self) -> int:
        """How many customers have bids."""

    def sweep(self, tolls: Tolls) -> Use:
        """What all customers choose under ``tolls``."""

    def ordered(self) -> Iterator[Bids]:
        """All bids in the order of ``draw``; the same batches every time."""

    def sample(self, customers: int) -> Held:
        """The first ``customers`` in the order of ``draw``, held in memory."""


@dataclass(frozen=True)
class Held:
    """Bids held in memory, in the order of ``draw``; ``threads`` sweep at a time."""

    pairs: Pairs
    batches: Sequence[Bids]
    threads: int = 1

    def customers(self) -> int:
        return sum(len(bids.rm) for bids in self.batches)

    def sweep(self, tolls: Tolls) -> Use:
        menu = menu_of(self.pairs)
        if self.threads == 1:
            return total((sweep(bids, menu, tolls) for bids in self.batches), tolls)
        with ThreadPoolExecutor(self.threads) as pool:
            return total(pool.map(lambda bids: sweep(bids, menu, tolls), self.batches), tolls)

    def ordered(self) -> Iterator[Bids]:
        return iter(self.batches)

    def sample(self, customers: int) -> Held:
        return Held(self.pairs, list(first(self.batches, customers)), self.threads)


def held(batches: Iterable[pa.RecordBatch], pairs: Pairs, rms: int, threads: int = 1) -> Held:
    """Bids from Arrow batches (`batch.schema`) in any order; raises KequnError for bids that no campaign can make.

    ``rms``: how many relationship managers there are.
    """
    found = [batch for batch in batches if batch.num_rows]
    if not found:
        return Held(pairs, [], threads)
    table = pa.Table.from_batches(found).combine_chunks()
    caps = pairs.caps.shape[1]
    whole = bids_of(table.to_batches()[0], caps)
    order = np.lexsort((whole.customer, whole.draw))
    if not (order[1:] > order[:-1]).all():
        table = table.take(pa.array(order)).combine_chunks()
    pieces = [bids_of(batch, caps) for batch in table.to_batches(max_chunksize=BATCH_ROWS)]
    return Held(pairs, [verified(bids, len(pairs), rms, pairs.owned) for bids in pieces], threads)


def total(uses: Iterable[Use], tolls: Tolls) -> Use:
    """The sum of the uses of batches."""
    pair, rm, value, surplus = np.zeros(len(tolls.pair), np.int64), np.zeros(len(tolls.rm), np.int64), 0, 0
    for use in uses:
        pair += use.pair
        rm += use.rm
        value, surplus = value + use.value, surplus + use.surplus
    return Use(pair, rm, value, surplus)


def first(batches: Iterable[Bids], customers: int) -> Iterator[Bids]:
    """The first ``customers`` of batches."""
    for bids in batches:
        if customers <= 0:
            return
        yield cut(bids, customers) if customers < len(bids.rm) else bids
        customers -= len(bids.rm)


def cut(bids: Bids, customers: int) -> Bids:
    """The first ``customers`` of a batch."""
    m = bids.starts[customers]
    flat = (bids.pair[:m], bids.priority[:m], bids.doubt[:m])
    heads = [head[:customers] for head in (bids.customer, bids.draw, bids.rm, bids.rooms)]
    return read_only((*heads, bids.starts[: customers + 1], *flat))
