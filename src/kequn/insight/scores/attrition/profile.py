"""The churn profile of each segment: share, traits against stayers, main causes, trend by month."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kequn.insight.scores.attrition.drivers import contributions
from kequn.insight.scores.attrition.ensemble import POOLED, Ensemble, memberships
from kequn.insight.scores.attrition.features import inputs, labels_of
from kequn.insight.scores.attrition.record import Lot
from kequn.insight.scores.encoding import Floats, values
from kequn.insight.scores.split import TIME, Rows

PART = "profile.json"
OUTCOMES = {
    "halved": ("资产腰斩", "Average AUM halved"),
    "lower_tier": ("降级", "Tier dropped"),
    "gone": ("资金流失殆尽", "All money left"),
}
SCHEMA = pa.schema([
    ("segment", pa.string()), ("kind", pa.string()), ("place", pa.int64()), ("name", pa.string()), ("zh", pa.string()),
    ("en", pa.string()), ("customers", pa.int64()), ("leavers", pa.float64()), ("stayers", pa.float64()),
    ("difference", pa.float64()),
])  # fmt: skip
"""kind: share (leavers: their share of the segment), outcome (share of leavers), trait (means of a feature among
leavers and stayers; difference in standard deviations), cause (mean pull of a driver on the log-odds), month (share
of leavers by month of as_of). customers: rows that the figure rests on."""


def rows(lot: Lot, pieces: Ensemble) -> list[dict[str, Any]]:
    """Rows of SCHEMA: traits, outcomes and months of all rows, causes of the validation's."""
    table, target, parts, settings = lot.table, lot.target, lot.parts, lot.settings
    most = settings.integer("scores.profile_traits")
    step = max(1, len(parts.validate) // settings.integer("scores.profile_rows"))
    looked = parts.validate[::step]
    pulls = contributions(pieces.boosters[POOLED], table.take(pa.array(looked)))
    everybody = np.ones(table.num_rows, np.bool_)
    found: list[dict[str, Any]] = []
    for segment, inside in ({"all": everybody} | memberships(table, pieces.order)).items():
        mine = np.flatnonzero(inside)
        if not len(mine):
            continue
        made = [_row("share", 0, ("share", "流失占比", "Share of leavers"), len(mine), float(target[mine].mean()))]
        made += _outcomes(table, target, mine)
        made += _traits(table, target, mine, pieces)[:most]
        made += _causes(pulls, target[looked], inside[looked])[:most]
        made += _months(table, target, mine)
        found += [{"segment": segment} | row for row in made]
    return found


def text(found: list[dict[str, Any]]) -> str:
    """The rows as JSON."""
    return json.dumps(found, ensure_ascii=False, indent=1)


def table_of(content: str) -> pa.Table:
    """The rows of ``text`` as a table."""
    return pa.Table.from_pylist(json.loads(content), SCHEMA)


def _row(
    kind: str, place: int, named: tuple[str, str, str], customers: int, leavers: float | None, *,
    stayers: float | None = None, difference: float | None = None,
) -> dict[str, Any]:  # fmt: skip
    name, zh, en = named
    return {
        "kind": kind, "place": place, "name": name, "zh": zh, "en": en, "customers": customers, "leavers": leavers,
        "stayers": stayers, "difference": difference,
    }  # fmt: skip


def _outcomes(table: pa.Table, target: Floats, mine: Rows) -> list[dict[str, Any]]:
    left = mine[target[mine] > 0]
    found = []
    for place, (name, labels) in enumerate(OUTCOMES.items()):
        if name in table.schema.names and len(left):
            share = float(np.asarray(table[name].to_numpy(), np.float64)[left].mean())
            found.append(_row("outcome", place, (name, *labels), len(left), share))
    return found


def _traits(table: pa.Table, target: Floats, mine: Rows, pieces: Ensemble) -> list[dict[str, Any]]:
    """Numbers and flags whose means differ most, in standard deviations of the segment."""
    known, found = inputs().features, []
    for feature in pieces.boosters[POOLED].features:
        if feature.kind == "category" or (feature.name in known and not known[feature.name].driver):
            continue
        column = values(table, feature)[mine]
        means = [_mean(column[target[mine] == side]) for side in (1, 0)]
        # Ratios have long tails: a few customers must not decide what is typical.
        low, high = np.nanquantile(column, [0.01, 0.99]) if np.isfinite(column).any() else (0.0, 0.0)
        clipped = np.clip(column, low, high)
        spread = float(np.nanstd(clipped)) if np.isfinite(clipped).any() else 0.0
        sides = [_mean(clipped[target[mine] == side]) for side in (1, 0)]
        if sides[0] is None or sides[1] is None or spread == 0:
            continue
        words = labels_of(feature.name)
        difference = (sides[0] - sides[1]) / spread
        found.append(
            _row("trait", 0, (feature.name, *words), len(mine), means[0], stayers=means[1], difference=difference)
        )
    return _placed(sorted(found, key=lambda row: (-abs(row["difference"]), row["name"])))


def _causes(pulls: tuple[list[Any], Floats], target: Floats, inside: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """Drivers by their mean pull on leavers, against that on stayers."""
    drivers, added = pulls
    left, stayed = added[inside & (target > 0)], added[inside & (target == 0)]
    if not len(left) or not len(stayed):
        return []
    found = [
        _row(
            "cause",
            0,
            (driver.name, driver.zh, driver.en),
            len(left),
            float(one),
            stayers=float(two),
            difference=float(one - two),
        )
        for driver, one, two in zip(drivers, left.mean(axis=0), stayed.mean(axis=0), strict=True)
    ]
    return _placed(sorted(found, key=lambda row: (-row["difference"], row["name"])))


def _months(table: pa.Table, target: Floats, mine: Rows) -> list[dict[str, Any]]:
    if TIME not in table.schema.names:
        return []
    months = table[TIME].to_numpy().astype("datetime64[M]")[mine]
    found = []
    for place, month in enumerate(np.unique(months)):
        within = target[mine][months == month]
        found.append(_row("month", place, (str(month),) * 3, len(within), float(within.mean())))
    return found


def _placed(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row | {"place": place} for place, row in enumerate(found)]


def _mean(column: Floats) -> float | None:
    known = column[np.isfinite(column)]
    return float(known.mean()) if len(known) else None
