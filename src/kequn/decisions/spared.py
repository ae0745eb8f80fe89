"""Whether chance spared the same share of every tier: counts by engine batches, then the check of each holdout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kequn.decisions import chance
from kequn.decisions.balance import balance
from kequn.decisions.bids import UNIVERSAL
from kequn.decisions.fates import OUTSIDE
from kequn.decisions.tonight import Tonight

COUNT = pa.schema([
    ("experiment", pa.string()), ("tier", pa.string()), ("members", pa.int64()), ("spared", pa.int64()),
])  # fmt: skip
BALANCE = pa.schema([
    ("experiment", pa.string()), ("share", pa.float64()), ("members", pa.int64()), ("spared", pa.int64()),
    ("p_value", pa.float64()), ("warned", pa.string()),
])  # fmt: skip
"""One row a holdout: ``p_value`` of the spared by tier under a fair draw, ``warned`` names tiers (or ``overall``) that
are too far off to be chance."""


@dataclass(frozen=True)
class Counter:
    """From customers with ``tier`` and ``fate`` to ``COUNT``: members of each experiment and those spared, by tier."""

    here: Tonight
    secret: bytes

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        customers = batch.column("customer_id").to_numpy()
        fate = batch.column("fate").flatten().to_numpy().reshape(batch.num_rows, len(self.here.campaigns))
        tiers, place = np.unique(np.array(batch.column("tier").to_pylist(), dtype=str), return_inverse=True)
        rows: list[dict[str, Any]] = []
        for name, share in experiments(self.here).items():
            inside = np.ones(len(customers), np.bool_) if name == UNIVERSAL else self._audience(fate, name)
            spared = inside & chance.in_holdout(self.secret, name, share, customers)
            rows += _by_tier(name, tiers.tolist(), place, inside, spared)
        return pa.RecordBatch.from_pylist(rows, schema=COUNT)

    def _audience(self, fate: NDArray[np.int8], name: str) -> NDArray[np.bool_]:
        names = [campaign.name for campaign in self.here.campaigns]
        inside: NDArray[np.bool_] = fate[:, names.index(name)] != OUTSIDE
        return inside


def experiments(here: Tonight) -> dict[str, float]:
    """Share spared by each holdout that spares anybody."""
    shares = {campaign.name: campaign.holdout for campaign in here.campaigns if campaign.purpose == "marketing"}
    return {name: share for name, share in {UNIVERSAL: here.policy.universal_control_share, **shares}.items() if share}


def checked(here: Tonight, counts: Iterable[Mapping[str, Any]]) -> pa.Table:
    """``BALANCE`` from rows of ``COUNT``, one for each batch."""
    members: dict[str, dict[str, int]] = {}
    spared: dict[str, dict[str, int]] = {}
    for row in counts:
        for sums, name in ((members, "members"), (spared, "spared")):
            tiers = sums.setdefault(row["experiment"], {})
            tiers[row["tier"]] = tiers.get(row["tier"], 0) + int(row[name])
    return pa.Table.from_pylist(list(_rows(here, members, spared)), BALANCE)


def _rows(
    here: Tonight, members: Mapping[str, dict[str, int]], spared: Mapping[str, dict[str, int]]
) -> Iterator[dict[str, Any]]:
    for name, share in experiments(here).items():
        if name in members:
            found = balance(members[name], spared[name], share)
            yield {
                "experiment": name, "share": share, "members": sum(members[name].values()),
                "spared": sum(spared[name].values()), "p_value": found.overall,
                "warned": ", ".join(found.warned) or None,
            }  # fmt: skip


def _by_tier(
    name: str, tiers: list[str], place: NDArray[np.intp], inside: NDArray[np.bool_], spared: NDArray[np.bool_]
) -> Iterator[dict[str, Any]]:
    members = np.bincount(place[inside], minlength=len(tiers)).tolist()
    few = np.bincount(place[spared], minlength=len(tiers)).tolist()
    for tier, many, some in zip(tiers, members, few, strict=True):
        if many:
            yield {"experiment": name, "tier": tier, "members": many, "spared": some}
