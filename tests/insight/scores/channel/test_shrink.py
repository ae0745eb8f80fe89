"""Shrinkage: closed forms, and strengths that are found again in what was drawn with them."""

import numpy as np
import pytest

from kequn.insight.scores.channel.shrink import STRONGEST, posterior, ratios, strength


def test_the_posterior_is_that_of_the_beta_distribution():
    from scipy.stats import beta

    # Beta(3, 27) as prior: mean 0.1, strength 30; then 4 successes in 10 trials give Beta(7, 33).
    assert posterior(4, 10, 0.1, 30) == pytest.approx(beta(7, 33).mean())
    assert posterior(0, 0, 0.2, 50) == pytest.approx(0.2)


@pytest.mark.parametrize("true", [8.0, 60.0])
def test_strength_is_found_again(true):
    chance = np.random.default_rng(3)
    rates = chance.beta(0.15 * true, 0.85 * true, 4000)
    trials = chance.integers(5, 60, 4000)
    found = strength(chance.binomial(trials, rates), trials, 0.15)
    assert found == pytest.approx(true, rel=0.2)


def test_groups_that_differ_by_chance_alone_have_the_rate_of_all():
    chance = np.random.default_rng(4)
    trials = np.full(500, 200)
    hits = chance.binomial(trials, 0.1)
    found = strength(hits, trials, 0.1)
    assert found > 2000
    assert np.ptp(posterior(hits, trials, 0.1, found)) < 0.03 < np.ptp(hits / trials)


def test_no_trial_says_nothing():
    assert strength([0, 0], [0, 0], 0.3) == STRONGEST
    assert ratios([0.0, 0.0], [0.0, 0.0]) == pytest.approx([1, 1])


def test_ratios_keep_what_is_real_and_drop_what_is_chance():
    chance = np.random.default_rng(5)
    due = np.full(40, 300.0)
    real = np.where(np.arange(40) < 20, 1.5, 0.5)
    assert ratios(chance.poisson(due * real), due) == pytest.approx(real, abs=0.2)
    assert np.abs(ratios(chance.poisson(due), due) - 1).max() < 0.06
