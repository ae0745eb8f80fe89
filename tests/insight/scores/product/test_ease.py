from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from kequn.insight.scores.product.ease import cosine, ease, gram, popularity, with_priors

KINDS = ["a/x", "a/x", "a/y", "b/x", "b/x"]


def signs(rows=40, items=5, seed=1):
    chance = np.random.default_rng(seed)
    return (chance.random((rows, items)) * (chance.random((rows, items)) < 0.5)).astype(np.float32)


def test_ease_solves_the_least_squares_problem_without_the_diagonal():
    given, ridge = signs(), 3.0
    found = ease(gram(sp.csr_matrix(given)), ridge)
    wide = given.astype(np.float64)
    for item in range(5):
        others = [place for place in range(5) if place != item]
        left = np.vstack([wide[:, others], np.sqrt(ridge) * np.eye(4)])
        right = np.concatenate([wide[:, item], np.zeros(4)])
        expected, *_ = np.linalg.lstsq(left, right, rcond=None)
        np.testing.assert_allclose(found[others, item], expected, atol=1e-6)
        assert found[item, item] == 0


def test_cosine_is_that_of_the_columns_and_a_product_without_signs_is_like_itself_only():
    given = signs()
    given[:, 4] = 0
    found = cosine(gram(sp.csr_matrix(given)))
    for one in range(4):
        for other in range(4):
            a, b = given[:, one].astype(np.float64), given[:, other].astype(np.float64)
            np.testing.assert_allclose(found[one, other], a @ b / np.sqrt((a @ a) * (b @ b)), atol=1e-6)
    assert found[4].tolist() == [0, 0, 0, 0, 1]


def test_few_takers_are_drawn_to_their_like():
    found = popularity(np.array([100, 0, 30, 8, 0]), KINDS, 10.0)
    assert found[1] == 100  # nobody yet: as popular as the only one of its kind
    np.testing.assert_allclose(found[0], (100 * 100 + 10 * 0) / 110)
    np.testing.assert_allclose(found[2], (30 * 30 + 10 * 50) / 40)  # the only one of its kind takes its class


def test_a_new_product_takes_the_weights_of_its_kind_and_keeps_its_diagonal():
    weights = np.arange(25, dtype=np.float32).reshape(5, 5)
    found = with_priors(weights, np.array([10**9, 0, 10**9, 10**9, 10**9]), KINDS, 5.0)
    np.testing.assert_allclose(found[[0, 2, 3, 4], 1], weights[[0, 2, 3, 4], 0])
    assert found[1, 1] == weights[1, 1]
    np.testing.assert_allclose(found[:, [0, 2, 3, 4]], weights[:, [0, 2, 3, 4]], rtol=1e-6)
