"""What each customer chooses, against trying out everything."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from kequn.decisions.settle import prices as ledger
from kequn.decisions.settle.menu import menu_of
from kequn.decisions.settle.sweep import sweep
from kequn.decisions.settle.sweeps import held


def gains_of(bank, prices) -> np.ndarray:
    """Priority less every price that a contact pays, from the prices themselves."""
    pairs, limits = bank.pairs, bank.limits
    who, pair, priority = bank.entries()
    rm = bank.batch.column("rm").to_numpy()[who]
    pays = prices.channel[pairs.channel] + prices.offer[pairs.offer] + prices.campaign[pairs.campaign]
    pays = pays + prices.budget[pairs.campaign] * pairs.cost // 1000 - prices.minimum[pairs.campaign]
    owned = prices.rm[rm] + prices.branch[limits.branch_of[rm]]
    shut = ledger.closed(pairs, limits)[pair]
    shut |= pairs.owned[pair] & ((limits.rm[rm] == 0) | (limits.branch[limits.branch_of[rm]] == 0))
    return np.where(shut, -1, priority - pays[pair] - np.where(pairs.owned[pair], owned, 0))


def best_of(bank, i: int, gains: np.ndarray) -> int:
    """The most that customer ``i`` can gain, by trying all sets of bids."""
    who, pair, _ = bank.entries()
    pairs, rooms = bank.pairs, bank.rooms()[i]
    mine = np.flatnonzero((who == i) & (gains > 0))
    best = 0
    for size in range(len(mine) + 1):
        for chosen in combinations(mine.tolist(), size):
            taken = pair[list(chosen)]
            marketing = taken[~pairs.service[taken]]
            once = len(set(pairs.campaign[taken].tolist())) == size
            if once and (pairs.caps[marketing].sum(axis=0) <= rooms).all():
                best = max(best, int(gains[list(chosen)].sum()))
    return best


@pytest.mark.parametrize("seed", range(8))
def test_surplus_is_the_best_of_all_choices(bank, seed):
    made = bank(seed, 30)
    rng = np.random.default_rng(seed)
    free = ledger.free(made.limits)
    vector = (rng.random(len(free.vector())) * 40_000).astype(np.int64)
    prices = ledger.priced(vector, made.limits)
    for part in ("floor", "budget"):
        getattr(prices, part)[:] = 0
    sweeps = held([made.batch], made.pairs, 3)
    use = sweeps.sweep(ledger.tolls(made.pairs, made.limits, prices))
    gains = gains_of(made, prices)
    assert use.surplus == sum(best_of(made, i, gains) for i in range(30))


def test_value_and_counts_belong_to_the_choices(bank):
    made = bank(2, 200)
    sweeps = held([made.batch], made.pairs, 3)
    tolls = ledger.tolls(made.pairs, made.limits, ledger.free(made.limits))
    use = sweeps.sweep(tolls)
    assert use.value == use.surplus, "at zero prices a gain is a priority"
    assert use.rm.sum() == use.pair[made.pairs.owned].sum()


def test_equal_gains_do_not_favour_a_pair(bank):
    made = bank(5, 8_000, ())
    bids = held([made.batch], made.pairs, 3).batches[0]
    level = np.full(len(bids.priority), 1_000)
    level.flags.writeable = False
    menu, tolls = menu_of(made.pairs), ledger.tolls(made.pairs, made.limits, ledger.free(made.limits))
    use = sweep(bids._replace(priority=level), menu, tolls)
    offered = np.bincount(bids.pair[np.repeat(bids.rooms[:, 0] > 0, np.diff(bids.starts))], minlength=len(made.pairs))
    share = use.pair / offered
    assert share.max() / share.min() < 1.5
