"""Prices of channels that replace each other, where little is to be had."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from kequn.decisions.settle.batch import schema
from kequn.decisions.settle.night import Effort, settle
from kequn.decisions.settle.shapes import Limits, Pairs
from kequn.decisions.settle.sweeps import held

CUSTOMERS = 150


def scarce(seed: int) -> tuple[pa.RecordBatch, Pairs, Limits]:
    """Four pairs of two campaigns by three channels with sixteen places; what customers are worth differs."""
    rng = np.random.default_rng(seed)
    campaign = np.array([0, 0, 1, 1])
    no = np.zeros(4, bool)
    pairs = Pairs(
        campaign, campaign, np.array([0, 1, 0, 2]), campaign, np.array([5, 35, 5, 1]), no, no, np.ones((4, 1), bool)
    )
    places, open_, none = np.array([6, 1, 9]), np.full(2, -1), np.zeros(0, np.int64)
    limits = Limits(places, open_, open_, open_, np.zeros(2, np.int64), none, none, none, np.zeros(2))
    worth = np.outer(rng.lognormal(0, 0.3, CUSTOMERS), [450_000, 415_000, 149_000, 160_000]).astype(np.int64)
    columns = {
        "customer_id": pa.array(range(CUSTOMERS)), "rm": pa.array([-1] * CUSTOMERS, pa.int32()),
        "draw": pa.array(rng.integers(0, 2**63, CUSTOMERS).astype(np.uint64)),
        "rooms": pa.array([[1]] * CUSTOMERS, pa.list_(pa.int8(), 1)),
        "pair": pa.array([[0, 1, 2, 3]] * CUSTOMERS, pa.list_(pa.int16())),
        "priority": pa.array(worth.tolist(), pa.list_(pa.int64())),
        "doubt": pa.array([[1.0] * 4] * CUSTOMERS, pa.list_(pa.float32())),
    }  # fmt: skip
    return pa.RecordBatch.from_pydict(columns, schema=schema(1)), pairs, limits


@pytest.mark.parametrize("seed", range(6))
def test_prices_do_not_stop_at_nothing(seed):
    batch, pairs, limits = scarce(seed)
    found = settle(held([batch], pairs, 0), pairs, limits, effort=Effort(sweeps=60))
    assert (found.plan.prices.channel > 0).all()
    assert found.gap < 0.2
