"""Make a sandbox bank: land the files of every standard table, chunk by chunk, and keep the truth beside them."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from kequn.errors import KequnError
from kequn.sandbox import truth
from kequn.sandbox.chunk import Landed, land_chunk
from kequn.sandbox.dirt import Dirt
from kequn.sandbox.files import Landing, drop_unchanged
from kequn.sandbox.market import calendar_table, card_bin_table, rate_table
from kequn.sandbox.plan import Ints, Plan
from kequn.sandbox.world import World, world
from kequn.workspace import Workspace

SOURCE = "sandbox"
Wrong = tuple[str, str, str, str]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class SandboxReport:
    """What was landed; shares are of all AUM on the last day, held by the richest 2% and 0.07% of customers."""

    folder: Path
    customers: int
    months: int
    first: date
    end: date
    rows: dict[str, int]
    wrong_rows: int
    aum_fen: int
    top_2_percent_share: float
    top_7_in_10000_share: float
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values."""
        return asdict(self) | {"folder": str(self.folder), "first": str(self.first), "end": str(self.end)}


def create(  # noqa: PLR0917 - the public shape of the command
    workspace: Workspace,
    customers: int,
    months: int,
    seed: int,
    end: date | None = None,
    progress: Progress | None = None,
) -> SandboxReport:
    """Land the files of a made-up bank under ``landing/sandbox`` of the workspace, and its truth under ``truth``.

    ``end`` is a month's last day (setting ``sandbox.end`` where not given); the period is the ``months`` before it.
    The same arguments and settings give the same files. ``progress`` is told stage, done and total.
    Raises KequnError where the workspace has a sandbox already.
    """
    last = end or date.fromisoformat(workspace.settings.text("sandbox.end"))
    plan = Plan(customers, months, seed, last, workspace.settings)
    target = workspace.landing / SOURCE
    if target.exists() or workspace.truth.exists():
        raise KequnError(f"{workspace.home} has a sandbox already.", "Choose another workspace, or remove this one.")
    started = time.perf_counter()
    staging = workspace.home / ".sandbox"
    shutil.rmtree(staging, ignore_errors=True)
    made = _land(plan, staging, progress)
    (staging / "truth").rename(workspace.truth)
    target.parent.mkdir(parents=True, exist_ok=True)
    (staging / "landing").rename(target)
    staging.rmdir()
    total, shares = _skew(made.aum)
    return SandboxReport(
        target, customers, months, plan.first, plan.end, dict(sorted(made.rows.items())), made.dirt.total(), total,
        *shares, time.perf_counter() - started,
    )  # fmt: skip


def _land(plan: Plan, staging: Path, progress: Progress | None) -> Landed:
    """Write all files below ``staging`` and tell what they hold."""
    landing, hidden = staging / "landing", staging / "truth"
    hidden.mkdir(parents=True)
    here = world(plan)
    rows, dirt, faults, aum = _land_shared(here, landing), Counter[Wrong](), Counter[str](), []
    for done, one in enumerate(_chunks(plan, landing, hidden), start=1):
        rows.update(one.rows)
        dirt.update(one.dirt)
        faults.update(one.faults)
        aum.append(one.aum)
        if progress:
            progress("sandbox", min(done * plan.chunk_size, plan.customers), plan.customers)
    rows -= drop_unchanged(landing, plan.deliveries)
    truth.join_parts(hidden)
    truth.write_account(hidden, here, dirt, faults)
    return Landed(rows, dirt, faults, np.concatenate(aum))


def _chunks(plan: Plan, landing: Path, hidden: Path) -> Iterator[Landed]:
    """Land all chunks, by several processes where there are several chunks."""
    processes = min(plan.settings.integer("sandbox.processes"), plan.chunks)
    if processes <= 1:
        for chunk in range(plan.chunks):
            yield land_chunk(plan, chunk, landing, hidden)
        return
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        waiting = [pool.submit(land_chunk, plan, chunk, landing, hidden) for chunk in range(plan.chunks)]
        for one in waiting:
            yield one.result()


def _land_shared(here: World, folder: Path) -> Counter[str]:
    """Land the tables that belong to no customer with every snapshot."""
    plan = here.plan
    landing = Landing(folder, plan, 0, Dirt("all", 0))
    for delivery in plan.deliveries:
        if not delivery.snapshot:
            continue
        landing.write("product", delivery, here.shelf.table(plan, delivery.upto))
        landing.write("org", delivery, here.orgs.org)
        landing.write("staff", delivery, here.orgs.staff)
        landing.write("card_bin", delivery, card_bin_table())
        landing.write("calendar", delivery, calendar_table(plan))
        landing.write("rate", delivery, rate_table(plan, delivery.upto))
    return landing.rows


def _skew(aum: Ints) -> tuple[int, tuple[float, float]]:
    """Total AUM, and the shares of the richest 2% and 0.07%."""
    ordered = np.sort(aum)[::-1]
    total = int(ordered.sum())
    top = [float(ordered[: max(1, round(len(ordered) * share))].sum() / total) for share in (0.02, 0.0007)]
    return total, (top[0], top[1])
