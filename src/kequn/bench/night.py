"""How long a night takes: against the scan floor, against the night before it, against peers."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from kequn.bank.store import newest
from kequn.bench.worker import measured
from kequn.errors import KequnError
from kequn.workspace import Workspace

MONTHS = 24
SEED = 7
RULES = [
    "tier in ('gold', 'platinum') and payroll and not credit_card",
    "aum_month_avg >= 20000000 and age between 35 and 55",
    "mobile_banking and purchases_abandoned_90d > 0",
    "silver and maturing_30d_fen > 10000000",
    "merchant and not has_wealth",
    "education and personal_loan",
    "days_since_login > 60 and aum > 5000000",
    "car_owner and not (payroll or credit_card)",
    "tier_near and days_since_contact > 30",
    "outflow_own_name_90d > aum and tier_rank >= 1",
    "lifecycle_stage in ('declining', 'dormant') and aum_high_12m > 20000000",
    "social_security_inactive",
]
Notify = Callable[[str], None]


def bench_night(
    customers: int, home: Path | None = None, peers: bool = True, notify: Notify = lambda _: None
) -> dict[str, Any]:
    """Make a sandbox of ``customers`` (unless ``home`` holds one), run both kinds of night, and compare.

    Seconds are wall time; each task runs in a process of its own. ``times_floor`` is the insight part of a night
    from scratch over the time to read the needed columns; ``follow_share`` a night that follows yesterday's over
    one from scratch at the same business date.
    """
    with tempfile.TemporaryDirectory(prefix="kequn-bench-") as folder:
        place = home or Path(folder)
        result: dict[str, Any] = {"customers": customers, "months": MONTHS}
        if not (place / "landing").is_dir():
            notify("sandbox")
            result["sandbox"] = sandbox(place, customers)
        notify("load")
        result["load"] = measured("load", place)
        last = newest(Workspace.open(place))
        if last is None:
            raise KequnError(f"{place} holds no deliveries.", "Give another folder, or none.")
        return result | _nights(place, last.isoformat(), (last - timedelta(days=1)).isoformat(), peers, notify)


def sandbox(place: Path, customers: int) -> dict[str, Any]:
    """Land the sandbox of the benches in ``place``; returns what it took."""
    return measured("sandbox", place, customers=customers, months=MONTHS, seed=SEED)


def _nights(place: Path, today: str, yesterday: str, peers: bool, notify: Notify) -> dict[str, Any]:
    notify("night from scratch")
    measured("night", place, as_of=yesterday, full=True)
    notify("night that follows")
    follow = measured("night", place, as_of=today, full=False)
    notify("night from scratch, same day")
    scratch = measured("night", place, as_of=today, full=True)
    notify("scan floor")
    floor = measured("floor", place, as_of=today)
    notify("audiences")
    audience = measured("audience", place, rules=RULES, repeats=5)
    result = {
        "floor": floor,
        "scratch": scratch,
        "follow": follow,
        "audience": audience,
        "times_floor": round(scratch["insight_seconds"] / floor["floor_seconds"], 2),
        "follow_share": round(follow["insight_seconds"] / scratch["insight_seconds"], 3),
    }
    if peers:
        notify("peers")
        result["polars"] = measured("polars", place, as_of=today)
        result["postgres"] = measured("postgres", place, as_of=today, rules=RULES, repeats=3)
    return result
