"""Values of policies from logged propensities: a naive loop, and a world in which the truth is known."""

import numpy as np
import pytest

from kequn.insight.scores.channel.policy import shares, snips, weights


def naive(reward, weight, follows):
    above = below = 0.0
    for r, w, chosen in zip(reward, weight, follows, strict=True):
        if chosen:
            above += w * r
            below += w
    value = above / below
    squares = sum((w * (r - value)) ** 2 for r, w, chosen in zip(reward, weight, follows, strict=True) if chosen)
    return value, value - 1.96 * squares**0.5 / below, value + 1.96 * squares**0.5 / below


def logged(rows, chance):
    """Contexts 0 and 1; the past policy prefers action 0 in context 0 and action 2 in context 1."""
    context = chance.integers(0, 2, rows)
    p = np.array([[0.7, 0.2, 0.1], [0.1, 0.2, 0.7]])[context]
    action = (chance.random(rows)[:, None] > p.cumsum(axis=1)).sum(axis=1)
    rate = np.array([[0.1, 0.2, 0.3], [0.4, 0.2, 0.05]])[context, action]
    return context, action, p[np.arange(rows), action], (chance.random(rows) < rate).astype(float)


def test_snips_is_the_naive_loop():
    chance = np.random.default_rng(1)
    _, action, p, reward = logged(400, chance)
    found = snips(reward, weights(p, 100), action == 1)
    assert (found.value, found.low, found.high) == pytest.approx(naive(reward, 1 / p, action == 1))
    assert found.rows == (action == 1).sum()


def test_the_value_of_a_policy_is_near_its_truth_where_the_plain_mean_is_not():
    chance = np.random.default_rng(2)
    context, action, p, reward = logged(40_000, chance)
    follows = action == np.where(context == 0, 2, 0)
    found = snips(reward, weights(p, 1000), follows)
    assert found.low < 0.35 < found.high
    assert found.value == pytest.approx(0.35, abs=0.02)
    always = action == 0
    assert snips(reward, weights(p, 1000), always).value == pytest.approx(0.25, abs=0.02)
    assert abs(reward[always].mean() - 0.25) > 0.08


def test_weights_are_clipped_and_rows_without_a_propensity_count_one():
    found = weights(np.array([0.5, 0.5, 0.5, 0.0001, np.nan, 0.0, 2.0]), 3)
    assert found[4:] == pytest.approx([1, 1, 1])
    assert found[3] / found[0] == pytest.approx(3)
    assert found[:4].mean() == pytest.approx(1)
    assert weights(np.array([np.nan, np.nan]), 3) == pytest.approx([1, 1])


def test_what_does_not_matter_leaves_the_weight():
    product = np.array(["a", "a", "a", "b"])
    p = np.array([0.3, 0.3, 0.3, 0.1])
    assert weights(p, 100, shares(product)) == pytest.approx(np.ones(4))


def test_a_policy_that_nobody_followed_has_no_value():
    found = snips([1.0, 0.0], [1.0, 1.0], [False, False])
    assert found.value is None
    assert found.rows == 0
