"""The tasks that benchmarks measure, each run in a process of its own."""

from __future__ import annotations

import statistics
import time
from datetime import date
from pathlib import Path
from typing import Any

from kequn.bench import console_tasks, scores_tasks, settle_tasks
from kequn.bench.floor import scan_floor
from kequn.bench.worker import Task
from kequn.workspace import Workspace

INSIGHT_FROM = "account_holder"  # the first stage after identity and reconciliation
INSIGHT_TO = "prospect"  # the last stage before scores


def _sandbox(home: Path, customers: int, months: int, seed: int) -> dict[str, Any]:
    from kequn.sandbox.create import create  # noqa: PLC0415

    create(Workspace.open(home), customers, months, seed)
    return {"landed_mb": _megabytes(home / "landing")}


def _load(home: Path, up_to: str | None = None) -> dict[str, Any]:
    from kequn.bank.load import load_landed  # noqa: PLC0415

    load_landed(Workspace.open(home), date.fromisoformat(up_to) if up_to else None)
    return {"stored_mb": _megabytes(home / "data" / "bank")}


def _night(home: Path, as_of: str, full: bool, engine: str | None = None) -> dict[str, Any]:
    from kequn.night import run  # noqa: PLC0415

    report = run(Workspace.open(home), date.fromisoformat(as_of), engine, full)
    names = [stage.name for stage in report.stages]
    insight = report.stages[names.index(INSIGHT_FROM) : names.index(INSIGHT_TO) + 1]
    return {
        "insight_seconds": round(sum(stage.seconds for stage in insight), 3),
        "stages": {stage.name: round(stage.seconds, 3) for stage in report.stages},
        "reused": [stage.name for stage in report.stages if stage.reused],
        "customers": report.tables["customer"],
    }


def _floor(home: Path, as_of: str) -> dict[str, Any]:
    return scan_floor(Workspace.open(home), date.fromisoformat(as_of))


def _audience(home: Path, rules: list[str], repeats: int) -> dict[str, Any]:
    from kequn.insight.audience import count  # noqa: PLC0415

    workspace = Workspace.open(home)
    counts, times = [], []
    for rule in rules:
        counts.append(count(workspace, rule).customers)
        started = time.perf_counter()
        for _ in range(repeats):
            count(workspace, rule)
        times.append((time.perf_counter() - started) / repeats * 1000)
    return {"median_ms": round(statistics.median(times), 1), "worst_ms": round(max(times), 1), "counts": counts}


def _polars(home: Path, as_of: str) -> dict[str, Any]:
    from kequn.bench.polars_peer import compare  # noqa: PLC0415

    return compare(Workspace.open(home), date.fromisoformat(as_of))


def _postgres(home: Path, as_of: str, rules: list[str], repeats: int) -> dict[str, Any]:
    from kequn.bench.postgres_peer import count_audiences  # noqa: PLC0415

    return count_audiences(Workspace.open(home), date.fromisoformat(as_of), rules, repeats)


def _megabytes(folder: Path) -> int:
    return round(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 2**20)


TASKS: dict[str, Task] = {
    "sandbox": _sandbox,
    "load": _load,
    "night": _night,
    "floor": _floor,
    "audience": _audience,
    "polars": _polars,
    "postgres": _postgres,
    "scores_fit": scores_tasks.fit,
    "scores_quality": scores_tasks.quality,
    "scores_speed": scores_tasks.speed,
    "scores_product": scores_tasks.product_seconds,
    "console": console_tasks.console,
    "settle_bids": settle_tasks.bids,
    "settle_plan": settle_tasks.plan,
    "settle_peers": settle_tasks.peers,
    "settle_oracle": settle_tasks.oracle,
    "settle_rules": settle_tasks.rules,
}
