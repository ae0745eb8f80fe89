"""Promises that cannot be kept: how many contacts must be struck off, against the exact answer."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from kequn.decisions.settle.relaxation import relaxation
from kequn.decisions.settle.signatures import counted, reading, spelled
from kequn.decisions.settle.sweeps import held


def promising(bank, seed: int):
    """A bank whose campaigns promise more than some limits allow."""
    made = bank(seed, 14, ("channel", "offer", "budget", "rm", "caps"))
    minimum = np.random.default_rng(seed).integers(0, 4, 4)
    return replace(made, limits=replace(made.limits, minimum=minimum))


@pytest.mark.parametrize("seed", range(12))
def test_the_fewest_contacts_are_struck_off(bank, best, seed):
    made = promising(bank, seed)
    found = relaxation(held([made.batch], made.pairs, 3), made.pairs, made.limits)
    minimum = made.limits.minimum
    assert found.exact
    assert ((found.lowered >= 0) & (found.lowered <= minimum)).all()
    kept = replace(made.limits, minimum=minimum - found.lowered)
    assert best(replace(made, limits=kept), True).value is not None
    total = int(found.lowered.sum())
    for less in product(*(range(int(promised) + 1) for promised in minimum)):
        if sum(less) == total - 1:
            tried = replace(made.limits, minimum=minimum - np.array(less))
            assert best(replace(made, limits=tried), True).value is None


def test_quotas_keep_the_lowered_promises(bank):
    made = promising(bank, 3)
    found = relaxation(held([made.batch], made.pairs, 3), made.pairs, made.limits)
    contacts = np.bincount(
        made.pairs.campaign[found.how.pairs], sum(found.quotas.values(), np.zeros(len(found.how.pairs))), 4
    )
    assert (contacts >= made.limits.minimum - found.lowered).all()


def test_too_many_signatures_are_counted_without_rms_and_it_says_so(bank):
    made = promising(bank, 1)
    bids = held([made.batch], made.pairs, 3)
    found, exact = relaxation(bids, made.pairs, made.limits, groups=1), relaxation(bids, made.pairs, made.limits)
    assert not found.exact
    assert not found.how.by_rm
    assert found.lowered.sum() <= exact.lowered.sum()


def test_signatures_tell_customers_apart_by_what_matters(bank):
    made = promising(bank, 2)
    sweeps = held([made.batch], made.pairs, 3)
    how = reading(made.pairs, made.limits, by_rm=True)
    counts = counted(sweeps.ordered(), how)
    assert sum(counts.values()) == 14
    who, pair, _ = made.entries()
    wanted = set()
    for i in range(14):
        open_to = tuple(np.flatnonzero(np.isin(how.pairs, pair[who == i])).tolist())
        rm = int(made.batch.column("rm").to_numpy()[i]) if how.owned[list(open_to)].any() else -1
        wanted.add((open_to, tuple(np.minimum(made.rooms()[i], how.most).tolist()), rm))
    found = {(tuple(a.tolist()), tuple(b.tolist()), c) for a, b, c in (spelled(each, how) for each in counts)}
    assert found == wanted
