"""Random bids to settle: ten offers by four channels, heavy-tailed values, capacities that bind."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from kequn.decisions.settle.batch import schema
from kequn.decisions.settle.menu import mixed
from kequn.decisions.settle.shapes import UNLIMITED, Limits, Pairs
from kequn.decisions.settle.sweeps import BATCH_ROWS

OFFERS, CHANNELS, ELIGIBLE = 10, 4, 16
COSTS = (8, 300, 60, 2_000)  # fen a contact
CHANNEL_SHARES = (0.30, 0.10, 0.20, 0.05)  # contacts a customer that each channel has room for
STOCK_SHARES = {1: 0.02, 3: 0.05, 6: 0.03, 9: 0.10}
BUDGET_FEN = 15  # a customer, for the first campaign
RM_SHARE = 0.05
BRANCH_RMS = 20
SEED = 11


def pairs_of(rms: int) -> Pairs:
    """One campaign an offer; contacts by the last channel are the RM's where there are RMs."""
    channel = np.tile(np.arange(CHANNELS), OFFERS)
    offer = np.repeat(np.arange(OFFERS), CHANNELS)
    nothing = np.zeros(len(offer), np.bool_)
    cost = np.array(COSTS, np.int64)[channel]
    owned = (channel == CHANNELS - 1) & (rms > 0)
    return Pairs(offer, offer, channel, offer % 3, cost, owned, nothing, np.ones((len(offer), 1), np.bool_))


def limits_of(customers: int, rms: int) -> Limits:
    """Channels, the stock of some offers, one budget; with ``rms``, a limit for each instead of the last channel's."""
    none = np.full(OFFERS, UNLIMITED, np.int64)
    stock, budget = none.copy(), none.copy()
    for offer, share in STOCK_SHARES.items():
        stock[offer] = share * customers
    budget[0] = BUDGET_FEN * customers
    channel = (np.array(CHANNEL_SHARES) * customers).astype(np.int64)
    if rms:
        channel[-1] = UNLIMITED
    branches = -(-rms // BRANCH_RMS)
    return Limits(
        channel,
        stock,
        none,
        budget,
        np.zeros(OFFERS, np.int64),
        np.full(rms, max(1, int(RM_SHARE * customers / max(rms, 1))), np.int64),
        np.full(branches, UNLIMITED, np.int64),
        np.arange(rms) // BRANCH_RMS,
        np.zeros(3),
    )


def bids_of_bank(customers: int, rms: int, seed: int = SEED) -> Iterator[pa.RecordBatch]:
    """Bids of ``customers``, in batches; every customer is eligible for 16 of the 40 pairs."""
    for start in range(0, customers, BATCH_ROWS):
        yield _batch(np.arange(start, min(start + BATCH_ROWS, customers)), rms, seed)


def _batch(customer: np.ndarray[tuple[int], np.dtype[np.int64]], rms: int, seed: int) -> pa.RecordBatch:
    rng = np.random.default_rng([seed, int(customer[0])])
    n = len(customer)
    order = rng.random((n, OFFERS * CHANNELS)).argpartition(ELIGIBLE, axis=1)[:, :ELIGIBLE]
    pair = np.sort(order, axis=1).astype(np.int16).ravel()
    level, value = rng.lognormal(0.0, 1.0, (n, 1)), rng.lognormal(5.0, 1.0, (n, ELIGIBLE))
    priority = np.maximum(1, (1000 * level * value).astype(np.int64)).ravel()
    starts = pa.array((np.arange(n + 1) * ELIGIBLE).astype(np.int32))
    lists = [pair, priority, (0.2 * priority).astype(np.float32)]
    draw = np.array([mixed(np.uint64(seed) + np.uint64(number)) for number in customer], np.uint64)
    rm = rng.integers(0, rms, n) if rms else np.full(n, -1)
    rooms = pa.FixedSizeListArray.from_arrays(pa.array(np.ones(n, np.int8)), 1)
    columns = [pa.array(customer), pa.array(draw), pa.array(rm.astype(np.int32)), rooms]
    columns += [pa.ListArray.from_arrays(starts, pa.array(each)) for each in lists]
    return pa.RecordBatch.from_arrays(columns, schema=schema(1))
