import numpy as np
import pytest
from scipy.stats import chisquare

from kequn.decisions.balance import balance
from kequn.errors import KequnError


def test_p_values_are_those_of_a_test_of_both_groups():
    found = balance({"mass": 1000, "gold": 400}, {"mass": 120, "gold": 35}, 0.1)
    assert found.tiers["mass"] == pytest.approx(chisquare([120, 880], [100, 900]).pvalue)
    assert found.tiers["gold"] == pytest.approx(chisquare([35, 365], [40, 360]).pvalue)
    both = chisquare([120, 880, 35, 365], [100, 900, 40, 360], ddof=1)
    assert found.overall == pytest.approx(both.pvalue)
    assert found.warned == ()


def test_a_tier_that_is_spared_more_is_named():
    found = balance({"mass": 10_000, "private": 1000}, {"mass": 200, "private": 60}, 0.02)
    assert found.warned == ("overall", "private")


def test_a_small_tier_is_not_judged():
    found = balance({"mass": 10_000, "private": 20}, {"mass": 200, "private": 5}, 0.02)
    assert found.thin == ("private",)
    assert "private" not in found.tiers


def test_fair_draws_warn_about_once_in_a_hundred_at_that_limit():
    draws = np.random.default_rng(5).binomial([5000, 2000, 1000], 0.1, (2000, 3))
    tiers = ("mass", "gold", "private")
    members = dict(zip(tiers, (5000, 2000, 1000), strict=True))
    found = [balance(members, dict(zip(tiers, map(int, row), strict=True)), 0.1, limit=0.01) for row in draws]
    assert 0.003 <= np.mean([one.overall < 0.01 for one in found]) <= 0.02
    assert 0.003 <= np.mean([bool(set(one.warned) - {"overall"}) for one in found]) <= 0.02


@pytest.mark.parametrize(("spared", "share"), [({"mass": 11}, 0.1), ({"gold": 1}, 0.1), ({"mass": 1}, 0.0), ({}, 1.0)])
def test_counts_that_cannot_be_are_refused(spared, share):
    with pytest.raises(KequnError):
        balance({"mass": 10}, spared, share)
