from __future__ import annotations

from math import log2

import numpy as np
import pytest

from kequn.insight.scores.metrics import ndcg_at
from kequn.insight.scores.product.quality import gains


def test_ndcg_by_hand():
    score = np.array([[0.9, 0.8, 0.7, 0.6, 0.5, 0.4], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [1, 2, 3, 4, 5, 6]], np.float32)
    taken = np.array([[0, 1, 0, 1, 0, 0], [1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]], bool)
    found = gains(score, taken)
    assert found[0] == pytest.approx((1 / log2(3) + 1 / log2(5)) / (1 + 1 / log2(3)))
    assert found[1] == 0  # sixth of six
    assert np.isnan(found[2])


def test_ndcg_equals_the_library_where_nothing_is_equal():
    chance = np.random.default_rng(2)
    score, taken = chance.random((50, 30)), chance.random((50, 30)) < 0.1
    assert np.nanmean(gains(score.astype(np.float32), taken)) == pytest.approx(ndcg_at(taken, score, 5), abs=1e-9)
