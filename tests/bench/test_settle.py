"""The bench of settling, on a bank small enough for a test."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kequn.bench import settle_tasks
from kequn.bench.settle_bank import bids_of_bank, limits_of, pairs_of
from kequn.bench.settle_peers import in_turn
from kequn.decisions.settle.sweeps import held


@pytest.mark.parametrize("rms", [0, 12])
def test_figures_of_a_small_bank_hang_together(tmp_path: Path, rms: int) -> None:
    size = {"customers": 2_000, "rms": rms}
    settle_tasks.bids(tmp_path, **size)
    plan = settle_tasks.plan(tmp_path, **size)
    peers = settle_tasks.peers(tmp_path, **size, prices=plan.pop("prices"))
    assert plan["value"] <= plan["bound"] <= 1.01 * plan["value"]
    assert peers["in_turn_value"] < plan["value"]
    assert peers["best_each_value"] < plan["value"] < peers["best_each_unlimited_value"]
    assert 0 < peers["best_each_overbooked"] < 1
    assert peers["dense_surplus_ratio"] == pytest.approx(1.0, abs=1e-4 if rms == 0 else 0.1)


def test_highs_agrees_on_a_small_bank(tmp_path: Path) -> None:
    found = settle_tasks.oracle(tmp_path, 300, 3, seconds=30.0)
    assert found["ours"]["value"] <= found["highs"]["bound"] <= found["ours"]["bound"]
    assert found["highs"]["value"] - found["ours"]["value"] < 0.02 * found["highs"]["value"]


def test_campaigns_in_turn_are_what_a_plain_loop_gives() -> None:
    pairs, limits = pairs_of(3), limits_of(200, 3)
    sweeps = held(bids_of_bank(200, 3), pairs, 3)
    bids = sweeps.batches[0]
    left = {kind: getattr(limits, kind).astype(float) for kind in ("channel", "offer", "budget", "rm")}
    for capacity in left.values():
        capacity[capacity < 0] = np.inf
    who = np.repeat(np.arange(200), np.diff(bids.starts))
    busy, value = set(), 0
    for campaign in range(10):
        mine = np.flatnonzero(pairs.campaign[bids.pair] == campaign)
        for j in sorted(mine.tolist(), key=lambda j: -bids.priority[j]):
            pair, customer = bids.pair[j], int(who[j])
            needs = [("channel", pairs.channel[pair], 1), ("offer", pairs.offer[pair], 1)]
            needs += [("budget", campaign, pairs.cost[pair])]
            needs += [("rm", bids.rm[customer], 1)] if pairs.owned[pair] else []
            if customer not in busy and all(left[kind][at] >= much for kind, at, much in needs):
                busy.add(customer)
                value += int(bids.priority[j])
                for kind, at, much in needs:
                    left[kind][at] -= much
    assert in_turn(sweeps, pairs, limits) == value
