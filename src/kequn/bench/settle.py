"""How well and how fast a night is settled: against its bound, against what others do, against HiGHS."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kequn.bench.worker import measured

Notify = Callable[[str], None]
ORACLE_CUSTOMERS = 10_000
ORACLE_SECONDS = 120.0


def bench_settle(customers: int, rms: int = 0, notify: Notify = lambda _: None) -> dict[str, Any]:
    """Settle random bids of ``customers`` and ``rms`` relationship managers, from Parquet through DuckDB.

    ``plan``: seconds, CPU seconds, peak memory, value and bound in fen, gap as a share of the value. ``peers``: the
    same bids handed out by campaigns in turn and by each customer's best, and CPU seconds of one sweep beside a dense
    one. ``rules``: the policy's time beside that of reading its candidates. ``oracle``: HiGHS and ours on the same bids
    of ten thousand customers.
    """
    size = {"customers": customers, "rms": rms}
    with tempfile.TemporaryDirectory(prefix="kequn-bench-") as folder:
        place = Path(folder)
        notify("bids")
        result: dict[str, Any] = size | {"bids": measured("settle_bids", place, **size)}
        notify("plan")
        result["plan"] = measured("settle_plan", place, **size)
        prices = result["plan"].pop("prices")
        notify("peers")
        result["peers"] = measured("settle_peers", place, **size, prices=prices)
        notify("rules")
        result["rules"] = measured("settle_rules", place, customers=customers)
        notify("HiGHS")
        few = min(customers, ORACLE_CUSTOMERS)
        managers = -(-rms * few // customers) if rms else 0
        result["oracle"] = measured("settle_oracle", place, customers=few, rms=managers, seconds=ORACLE_SECONDS)
    return result
