"""Holdouts by tier: counted over batches, and warned of when they are no fair draw."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from kequn.decisions import chance
from kequn.decisions.fates import OUTSIDE
from kequn.decisions.spared import Counter, checked, experiments

SECRET = b"a secret of the test, 32 bytes .."
CUSTOMERS = 20_000


@pytest.fixture
def here() -> Any:
    campaigns = [
        SimpleNamespace(name="first", purpose="marketing", holdout=0.2),
        SimpleNamespace(name="notice", purpose="service", holdout=0.3),
        SimpleNamespace(name="none", purpose="marketing", holdout=0.0),
    ]
    return SimpleNamespace(campaigns=campaigns, policy=SimpleNamespace(universal_control_share=0.05))


def batch(first: int, last: int) -> pa.RecordBatch:
    ids = np.arange(first, last)
    fate = np.where(ids % 3 == 0, OUTSIDE, 1).astype(np.int8)
    fates = [[int(each), 1, 1] for each in fate]
    tiers = np.where(ids % 2 == 0, "gold", "mass")
    columns = [pa.array(ids), pa.array(tiers), pa.array(fates, pa.list_(pa.int8()))]
    return pa.RecordBatch.from_arrays(columns, names=["customer_id", "tier", "fate"])


def summed(here: Any, *batches: pa.RecordBatch) -> dict[tuple[str, str], tuple[int, int]]:
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for each in batches:
        for row in Counter(here, SECRET)(each).to_pylist():
            key = (row["experiment"], row["tier"])
            before = found.get(key, (0, 0))
            found[key] = (before[0] + row["members"], before[1] + row["spared"])
    return found


def test_members_and_spared_are_counted_by_experiment_and_tier(here: Any) -> None:
    assert experiments(here) == {"universal": 0.05, "first": 0.2}
    found = summed(here, batch(0, 7000), batch(7000, CUSTOMERS))
    ids = np.arange(CUSTOMERS)
    for name, share, inside in (("universal", 0.05, ids >= 0), ("first", 0.2, ids % 3 != 0)):
        spared = chance.in_holdout(SECRET, name, share, ids) & inside
        for tier, rest in (("gold", 0), ("mass", 1)):
            mine = ids % 2 == rest
            assert found[name, tier] == (int((inside & mine).sum()), int((spared & mine).sum()))
    assert {name for name, _ in found} == {"universal", "first"}


def test_a_fair_draw_passes_and_a_lopsided_one_warns(here: Any) -> None:
    found = summed(here, batch(0, CUSTOMERS))
    rows = [dict(zip(("experiment", "tier", "members", "spared"), (*k, *v), strict=True)) for k, v in found.items()]
    fair = checked(here, rows).to_pylist()
    assert [(row["experiment"], row["warned"]) for row in fair] == [("universal", None), ("first", None)]
    for row in rows:
        row["spared"] = int(row["spared"] * (1.5 if row["tier"] == "gold" else 0.5))
    assert all("gold" in row["warned"] for row in checked(here, rows).to_pylist())
