"""The scores: seconds to fit and to score, and quality beside baselines and the oracles of a sandbox."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from kequn.bank.store import newest
from kequn.bench.night import MONTHS, SEED
from kequn.bench.worker import measured
from kequn.errors import KequnError
from kequn.workspace import Workspace

Notify = Callable[[str], None]
ROWS = 1_000_000


def bench_scores(
    customers: int, home: Path | None = None, rows: int = ROWS, notify: Notify = lambda _: None
) -> dict[str, Any]:
    """Fit on a sandbox of ``customers`` as known a month before its end, publish that night, and compare.

    ``rows`` customers are scored for the speed. Figures are of later months than those that were trained on.
    """
    with tempfile.TemporaryDirectory(prefix="kequn-bench-") as folder:
        place = home or Path(folder)
        if not (place / "landing").is_dir():
            notify("sandbox")
            measured("sandbox", place, customers=customers, months=MONTHS, seed=SEED)
        notify("load")
        measured("load", place)
        last = newest(Workspace.open(place))
        if last is None:
            raise KequnError(f"{place} holds no deliveries.", "Give another folder, or none.")
        day = (last.replace(day=1) - timedelta(days=1)).isoformat()
        return {"customers": customers, "months": MONTHS, "as_of": day} | _measured(place, day, rows, notify)


def _measured(place: Path, day: str, rows: int, notify: Notify) -> dict[str, Any]:
    notify("night")
    measured("night", place, as_of=day, full=False)
    notify("fit")
    fitted = measured("scores_fit", place, as_of=day)
    notify("night with scores")
    night = measured("night", place, as_of=day, full=False)
    notify("speed")
    speed = measured("scores_speed", place, as_of=day, customers=rows)
    product = measured("scores_product", place, customers=rows)
    notify("oracles")
    quality = measured("scores_quality", place, as_of=day)
    stages = {name: seconds for name, seconds in night["stages"].items() if name.startswith("score_")}
    return {"fit": fitted, "night": stages, "speed": speed, "product_speed": product, "quality": quality}
