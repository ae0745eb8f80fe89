"""How long the policy takes for all candidates of a night, beside the time to read these candidates."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kequn.decisions import chance
from kequn.decisions.bids import BidCampaign, BidOffer, BidPair, Bids, Product
from kequn.decisions.policy import facts, load
from kequn.decisions.policy.caps import rooms
from kequn.decisions.policy.sets import judge
from kequn.decisions.policy.terms import Day, Policy

BATCH_ROWS = 122_880
CHANNELS = ("sms", "app", "ai_call", "rm")
CAMPAIGNS = 4
SECRET = b"bench" * 8
DAY = Day(date(2026, 7, 1), False)


def rules_speed(home: Path, customers: int) -> dict[str, Any]:
    """CPU seconds to read ``customers`` x 16 candidates (customer, pair, priority), and to judge all of them.

    Facts are random, a tenth unknown; judging reads the facts, draws the holdouts and counts the rooms too.
    """
    policy, bids = load.load(""), _bids()
    candidates, people = home / "candidates.parquet", home / "facts.parquet"
    _write(people, (_facts(policy, bids, first, rows) for first, rows in _spans(customers)))
    _write(candidates, (_candidates(first, rows, len(bids.pairs)) for first, rows in _spans(customers)))
    read = _cpu(lambda: sum(batch.num_rows for batch in _batches(candidates)))
    _judged(policy, bids, next(_batches(people)))
    judged = _cpu(lambda: sum(_judged(policy, bids, batch) for batch in _batches(people)))
    return {
        "customers": customers, "candidates": read[1], "allowed": judged[1], "read_cpu_seconds": round(read[0], 3),
        "rules_cpu_seconds": round(judged[0], 3), "times_read": round(judged[0] / read[0], 2),
    }  # fmt: skip


def _judged(policy: Policy, bids: Bids, batch: pa.RecordBatch) -> int:
    customers = batch.column("customer_id").to_numpy()
    draws = chance.holdouts(SECRET, policy.universal_control_share, bids, customers)
    rooms(policy, batch)
    return int(judge(policy, DAY, bids, batch, draws).allowed(bids).sum())


def _bids() -> Bids:
    product = Product(risk=2, min_age=18, max_age=65, min_amount_fen=10_000, product_class="wealth", subtype="open")
    pairs = [(offer, channel) for offer in range(CAMPAIGNS) for channel in CHANNELS]
    return Bids(
        tuple(BidCampaign(n, f"campaign_{n}", "marketing", False, 0.1) for n in range(CAMPAIGNS)),
        tuple(BidOffer(n, n, f"offer_{n}", product) for n in range(CAMPAIGNS)),
        tuple(BidPair(n, offer, offer, channel) for n, (offer, channel) in enumerate(pairs)),
    )


def _facts(policy: Policy, bids: Bids, first: int, rows: int) -> pa.RecordBatch:
    draw = np.random.default_rng(first)
    schema = facts.schema(policy, bids)
    return pa.RecordBatch.from_arrays([_column(draw, field, first, rows) for field in schema], schema=schema)


def _column(draw: np.random.Generator, field: pa.Field, first: int, rows: int) -> pa.Array:
    if field.name == "customer_id":
        return pa.array(np.arange(first, first + rows))
    unknown = draw.random(rows) < 0.1
    if pa.types.is_boolean(field.type):
        return pa.array(draw.random(rows) < 0.7, mask=unknown)
    if pa.types.is_date(field.type):
        return pa.array(draw.integers(19_800, 20_600, rows).astype(np.int32), pa.int32(), mask=unknown).cast(field.type)
    if pa.types.is_string(field.type):
        names = {"tier": ["mass", "gold", "private"], "risk_signal_kind": ["fraud"]}.get(field.name, ["a", "b"])
        rare = unknown if field.name != "risk_signal_kind" else draw.random(rows) < 0.99
        return pa.array(names).take(pa.array(draw.integers(0, len(names), rows), mask=rare))
    most = {"age": 90, "aum": 10**7, "risk_tolerance": 5, "days_since_complaint": 2000}.get(field.name, 4)
    return pa.array(draw.integers(0, most + 1, rows), mask=unknown)


def _candidates(first: int, rows: int, pairs: int) -> pa.RecordBatch:
    draw = np.random.default_rng(first)
    columns = {
        "customer_id": np.repeat(np.arange(first, first + rows), pairs),
        "pair": np.tile(np.arange(pairs, dtype=np.int16), rows),
        "priority": draw.integers(1, 10**6, rows * pairs),
    }
    return pa.RecordBatch.from_pydict(columns)


def _spans(customers: int) -> Iterator[tuple[int, int]]:
    for first in range(0, customers, BATCH_ROWS):
        yield first, min(BATCH_ROWS, customers - first)


def _write(file: Path, batches: Iterator[pa.RecordBatch]) -> None:
    start = next(batches)
    with pq.ParquetWriter(file, start.schema, compression="zstd") as writer:
        writer.write_batch(start)
        for batch in batches:
            writer.write_batch(batch)


def _batches(file: Path) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(file) as opened:
        yield from opened.iter_batches(BATCH_ROWS)


def _cpu(work: Callable[[], int]) -> tuple[float, int]:
    started = time.process_time()
    found = work()
    return time.process_time() - started, found
