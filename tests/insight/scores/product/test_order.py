from __future__ import annotations

import numpy as np
import pytest

from kequn.insight.scores.product.order import NAMES, Example, Order, _loss, fit


def choices(beta, rows=4000, items=6, seed=4):
    chance = np.random.default_rng(seed)
    inputs = chance.normal(size=(rows, items, len(NAMES))).astype(np.float32)
    open_ = chance.random((rows, items)) < 0.8
    open_[:, 0] = True
    utility = np.where(open_, inputs @ beta + chance.gumbel(size=(rows, items)), -np.inf)
    taken = np.zeros((rows, items), bool)
    taken[np.arange(rows), utility.argmax(axis=1)] = True
    return Example(inputs, open_, taken)


def test_the_coefficients_that_made_the_choices_are_found():
    beta = np.linspace(-1, 1, len(NAMES))
    found = fit([choices(beta)], 1.0).coefficients
    assert [found[name] for name in NAMES] == pytest.approx(beta, abs=0.12)


def test_the_gradient_is_that_of_the_loss():
    example, beta = choices(np.zeros(len(NAMES)), rows=50), np.linspace(-0.5, 0.5, len(NAMES))
    _, gradient = _loss(example, beta)
    for place in range(len(NAMES)):
        step = np.zeros(len(NAMES))
        step[place] = 1e-5
        slope = (_loss(example, beta + step)[0] - _loss(example, beta - step)[0]) / 2e-5
        assert gradient[place] == pytest.approx(slope, rel=1e-3, abs=1e-3)


def test_without_any_choice_popularity_orders():
    order = fit([], 1.0)
    assert {name for name, value in order.coefficients.items() if value} == {"popularity"}
    assert Order.of_text(order.text()) == order
