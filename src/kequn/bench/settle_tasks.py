"""The tasks of the bench of settling, each run in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kequn.bench.settle_bank import bids_of_bank, limits_of, pairs_of
from kequn.engine.duck import DuckEngine

THREADS, MEMORY = 2, "1200MB"
TYPES = {
    "customer_id": "BIGINT",
    "draw": "UBIGINT",
    "rm": "INTEGER",
    "rooms": "TINYINT[]",
    "pair": "SMALLINT[]",
    "priority": "BIGINT[]",
    "doubt": "FLOAT[]",
}


def bids(home: Path, customers: int, rms: int) -> dict[str, Any]:
    """Write the bids of a random bank as Parquet."""
    (home / "bids").mkdir(parents=True)
    for number, batch in enumerate(bids_of_bank(customers, rms)):
        table = pa.Table.from_batches([batch])
        pq.write_table(table, home / "bids" / f"part-{number}.parquet", compression="zstd")
    return {"parquet_mb": _megabytes(home / "bids", "*.parquet")}


def plan(home: Path, customers: int, rms: int) -> dict[str, Any]:
    """Settle: order the bids through DuckDB, find prices, hand out, write the plan. Values in fen."""
    from kequn.decisions.settle.night import settle  # noqa: PLC0415 - compiled code is loaded where it is needed
    from kequn.decisions.settle.plan import SCHEMA  # noqa: PLC0415
    from kequn.decisions.settle.stored import stored  # noqa: PLC0415
    from kequn.decisions.settle.sweeps import held  # noqa: PLC0415

    pairs, limits = pairs_of(rms), limits_of(customers, rms)
    clock = _Clock()
    with _engine(home) as engine:
        sweeps = stored(engine, "bids", home / "ordered", pairs, rms, THREADS)
    clock.lap("ordering")
    few = limits_of(200, rms)
    settle(held(bids_of_bank(200, rms), pairs, rms), pairs, few)
    clock.lap("compiling")
    found = settle(sweeps, pairs, limits)
    clock.lap("settling")
    with pq.ParquetWriter(home / "plan.parquet", SCHEMA, compression="zstd") as writer:
        for batch in found.rows(sweeps):
            writer.write_batch(batch)
    clock.lap("writing")
    return clock.laps | {
        "value": round(found.plan.value / 1000),
        "bound": round(found.bound / 1000),
        "gap": found.gap,
        "sweeps": found.sweeps,
        "contacts": int(found.plan.contacts.sum()),
        "prices": found.plan.prices.vector().tolist(),
        "arrow_mb": _megabytes(home / "ordered", "*.arrow"),
    }


def rules(home: Path, customers: int) -> dict[str, Any]:
    """The policy beside the reading of its candidates."""
    from kequn.bench.rules_speed import rules_speed  # noqa: PLC0415

    return rules_speed(home, customers)


def peers(home: Path, customers: int, rms: int, prices: list[int]) -> dict[str, Any]:
    """What others get of the same bids, in fen, and CPU seconds of a sweep beside a dense one."""
    import numpy as np  # noqa: PLC0415

    from kequn.bench import settle_peers  # noqa: PLC0415
    from kequn.decisions.settle import prices as ledger  # noqa: PLC0415
    from kequn.decisions.settle.explore import Exploration, chance_of  # noqa: PLC0415
    from kequn.decisions.settle.plan import planned  # noqa: PLC0415
    from kequn.decisions.settle.stored import Stored  # noqa: PLC0415

    pairs, limits = pairs_of(rms), limits_of(customers, rms)
    sweeps = Stored(pairs, home / "ordered" / "bids.arrow")
    at = ledger.priced(np.array(prices, np.int64), limits)
    seconds = settle_peers.sweep_seconds(sweeps, pairs, limits, at)
    started = time.process_time()
    sweeps.sweep(ledger.tolls(pairs, limits, at))
    seconds["stored_sweep_cpu"] = time.process_time() - started
    nothing = ledger.free(limits)
    alone = sweeps.sweep(ledger.tolls(pairs, limits, nothing))
    served = planned(sweeps, pairs, limits, nothing, chance_of(Exploration(), len(pairs)), discounts=())
    return {name: round(value, 4) for name, value in seconds.items()} | {
        "in_turn_value": round(settle_peers.in_turn(sweeps, pairs, limits) / 1000),
        "best_each_value": round(served.value / 1000),
        "best_each_unlimited_value": round(alone.value / 1000),
        "best_each_overbooked": round(settle_peers.overbooked(pairs, limits, alone), 4),
    }


def oracle(home: Path, customers: int, rms: int, seconds: float) -> dict[str, Any]:
    """HiGHS and ours on the same bids of ``customers``, in fen."""
    from kequn.bench import settle_peers  # noqa: PLC0415
    from kequn.decisions.settle.night import settle  # noqa: PLC0415
    from kequn.decisions.settle.sweeps import held  # noqa: PLC0415

    pairs, limits = pairs_of(rms), limits_of(customers, rms)
    sweeps = held(bids_of_bank(customers, rms), pairs, rms)
    found = settle(sweeps, pairs, limits)
    best = settle_peers.highs(sweeps.ordered(), pairs, limits, seconds)
    ours = {"value": round(found.plan.value / 1000), "bound": round(found.bound / 1000), "gap": found.gap}
    return {"customers": customers, "rms": rms, "ours": ours, "highs": best}


@contextmanager
def _engine(home: Path) -> Iterator[DuckEngine]:
    engine = DuckEngine(THREADS, MEMORY, home / "spill")
    try:
        engine.attach("bids", [home / "bids"], TYPES)
        yield engine
    finally:
        engine.close()


class _Clock:
    """Wall and CPU seconds of one step after another."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def lap(self, name: str) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        self.laps[f"{name}_seconds"] = round(wall - self._wall, 2)
        self.laps[f"{name}_cpu"] = round(cpu - self._cpu, 2)
        self._wall, self._cpu = wall, cpu


def _megabytes(folder: Path, pattern: str) -> int:
    return round(sum(file.stat().st_size for file in folder.glob(pattern)) / 2**20)
