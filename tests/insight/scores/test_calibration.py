"""Beta calibration: recovers a known map, always rises, and says nothing where there is nothing to learn."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from kequn.errors import KequnError
from kequn.insight.scores import calibration, metrics
from kequn.insight.scores.calibration import Beta

few = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1)), max_size=30)


def drawn(beta, size=60_000, seed=2):
    chance = np.random.default_rng(seed)
    p = chance.beta(1, 5, size)
    return p, (chance.random(size) < beta.apply(p)).astype(float)


@pytest.mark.parametrize("true", [Beta(0.6, 1.4, 0.3), Beta(1.5, 0.5, -0.4), Beta(1.0, 1.0, 1.0)])
def test_a_known_map_is_found_again(true):
    p, label = drawn(true)
    found = calibration.fit(p, label)
    usual = np.linspace(0.02, 0.5)
    assert np.abs(found.apply(usual) - true.apply(usual)).max() < 0.02
    assert metrics.ece(label, found.apply(p)) < 0.006


def test_the_fit_is_the_maximum_of_the_likelihood():
    p, label = drawn(Beta(0.7, 1.2, 0.5), 3000)
    found = calibration.fit(p, label)

    def loss(numbers):
        q = np.clip(Beta(*numbers).apply(p), 1e-15, 1 - 1e-15)
        return -np.sum(label * np.log(q) + (1 - label) * np.log(1 - q))

    best = minimize(
        loss, [1.0, 0.5, 0.1], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-8, "maxiter": 5000}
    )
    assert [found.a, found.b, found.c] == pytest.approx(best.x, abs=1e-3)


def test_a_negative_weight_is_left_out_and_the_other_fitted_again():
    chance = np.random.default_rng(1)
    p = chance.random(20_000)
    # Falls towards 1: the free fit would have b below 0.
    raw = 0.5 * np.log(p) + 0.8 * np.log1p(-p)
    label = (chance.random(p.size) < 1 / (1 + np.exp(-raw))).astype(float)
    found = calibration.fit(p, label)
    assert found.a == 0 or found.b == 0
    assert found.a >= 0
    assert found.b >= 0


def test_scores_that_rank_the_wrong_way_give_the_mean():
    chance = np.random.default_rng(1)
    p = chance.random(20_000)
    label = (chance.random(p.size) < 0.4 * (1 - p)).astype(float)
    found = calibration.fit(p, label)
    assert (found.a, found.b) == (0, 0)
    assert found.apply(p) == pytest.approx(np.full(p.size, label.mean()))


@settings(max_examples=60, deadline=None)
@given(few)
def test_every_fit_rises_and_stays_a_probability(found):
    p, label = (np.array(each, float) for each in zip(*found, strict=True)) if found else (np.empty(0), np.empty(0))
    beta = calibration.fit(p, label)
    grid = beta.apply(np.linspace(0, 1, 101))
    assert np.isfinite(grid).all()
    assert ((grid >= 0) & (grid <= 1)).all()
    assert (np.diff(grid) >= -1e-12).all()
    if label.size == 0 or label.min() == label.max():
        assert beta == Beta()


def test_the_identity_changes_nothing():
    p = np.array([[0.0, 0.2], [0.999, 1.0]])
    assert (Beta().apply(p) == p).all()
    # The formula itself agrees with the shortcut.
    assert Beta(1.0, 1.0, 1e-300).apply(p) == pytest.approx(p, abs=1e-11)


def test_a_fit_makes_the_mean_true():
    p, label = drawn(Beta(0.5, 0.7, -0.2))
    assert calibration.fit(p, label).apply(p).mean() == pytest.approx(label.mean(), abs=1e-6)


@given(st.floats(0, 5), st.floats(0, 5), st.floats(-5, 5))
def test_in_json_and_back_it_is_the_same_to_the_bit(a, b, c):
    beta = Beta(a, b, c)
    assert Beta.from_dict(json.loads(json.dumps(beta.as_dict()))) == beta


def test_what_is_no_probability_is_refused():
    with pytest.raises(KequnError, match=r"score of row 1 is 1\.5"):
        calibration.fit([0.5, 1.5], [0, 1])
    with pytest.raises(KequnError, match="label of row 0"):
        calibration.fit([0.5, 0.5], [2, 1])
