"""Metrics against plain counting, against scikit-learn, and where they are not defined."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.metrics import average_precision_score, ndcg_score, roc_auc_score

from kequn.errors import KequnError
from kequn.insight.scores import metrics

# Few different scores, so that ties are common.
rows = st.lists(st.tuples(st.integers(0, 1), st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 0.75, 1.0])), max_size=40)
arms = st.lists(st.tuples(st.integers(-3, 5), st.integers(0, 1), st.integers(0, 4)), min_size=1, max_size=25)


def columns(found):
    label, p = zip(*found, strict=True) if found else ((), ())
    return np.array(label, float), np.array(p, float)


@given(rows)
def test_auc_is_the_share_of_pairs_in_order(found):
    label, score = columns(found)
    pairs = list(itertools.product(score[label == 1], score[label == 0]))
    if not pairs:
        assert metrics.auc(label, score) is None
        return
    naive = sum(1.0 if up > down else 0.5 if up == down else 0.0 for up, down in pairs) / len(pairs)
    assert metrics.auc(label, score) == pytest.approx(naive)
    assert metrics.auc(label, score) == roc_auc_score(label, score)


def naive_bins(label, p, bins):
    """(rows, predicted, observed) of each bin, one row after the other; ties with their mean label."""
    order = sorted(range(len(p)), key=lambda row: p[row])
    size, extra = divmod(len(p), bins)
    found, start = [], 0
    for place in range(bins):
        stop = start + size + (place < extra)
        part = order[start:stop]
        start = stop
        if part:
            observed = [np.mean([label[other] for other in order if p[other] == p[row]]) for row in part]
            found.append((len(part), np.mean([p[row] for row in part]), np.mean(observed)))
    return found


@given(rows, st.integers(1, 12))
def test_calibration_error_against_a_plain_loop(found, bins):
    label, p = columns(found)
    naive = naive_bins(label, p, bins)
    table = metrics.calibration_table(label, p, bins)
    assert [row["rows"] for row in table] == [row[0] for row in naive]
    assert [row["observed"] for row in table] == pytest.approx([row[2] for row in naive])
    if not found:
        assert metrics.ece(label, p, bins) is None
        return
    expected = sum(size * abs(observed - predicted) for size, predicted, observed in naive) / len(p)
    assert metrics.ece(label, p, bins) == pytest.approx(expected)


@given(rows, st.randoms())
def test_the_order_of_rows_changes_no_figure(found, chance):
    label, p = columns(found)
    mixed = list(range(len(p)))
    chance.shuffle(mixed)
    before, after = metrics.summary(label, p), metrics.summary(label[mixed], p[mixed])
    assert before.keys() == after.keys()
    for name, value in before.items():
        assert after[name] == (None if value is None else pytest.approx(value)), name


def test_probabilities_that_are_true_have_little_calibration_error():
    chance = np.random.default_rng(5)
    p = chance.beta(1, 8, 200_000)
    label = (chance.random(p.size) < p).astype(float)
    assert metrics.ece(label, p) < 0.003
    assert metrics.ece(label, np.minimum(1, p * 1.5)) > 0.04


@given(rows, st.sampled_from([0.05, 0.1, 0.2, 0.5, 1.0]))
def test_lift_against_all_ways_to_break_ties(found, share):
    label, score = columns(found)
    if not label.any():
        assert metrics.lift_at(label, score, share) is None
        return
    size = math.ceil(round(share * len(label), 9))
    left, top = size, 0.0
    for value in sorted(set(score), reverse=True):
        tied = label[score == value]
        taken = min(left, len(tied))
        top += taken * tied.mean()
        left -= taken
    assert metrics.lift_at(label, score, share) == pytest.approx(top / size / label.mean())


def test_lift_of_a_perfect_order():
    label = np.repeat([1.0, 0.0], [10, 90])
    assert metrics.lift_at(label, label, 0.1) == pytest.approx(10)
    assert metrics.lift_at(label, -label, 0.1) == 0
    assert metrics.lift_at(label, label, 1.0) == pytest.approx(1)


@given(rows)
def test_average_precision_loss_and_brier(found):
    label, p = columns(found)
    average, loss, brier = metrics.average_precision(label, p), metrics.log_loss(label, p), metrics.brier(label, p)
    if not found:
        assert (average, loss, brier) == (None, None, None)
        return
    assert brier == pytest.approx(sum((a - b) ** 2 for a, b in found) / len(found))
    assert average == (average_precision_score(label, p) if label.any() else None)
    inside = [min(max(b if a else 1 - b, np.finfo(float).eps), 1) for a, b in found]
    assert loss == pytest.approx(-np.mean(np.log(inside)), abs=1e-9)


def test_ndcg_leaves_out_who_wants_nothing_and_takes_masked_items_last():
    relevance = np.array([[1, 0, 2], [0, 0, 0], [0, 1, 0]])
    score = np.array([[0.3, 0.2, 0.1], [1.0, 2.0, 3.0], [0.5, 0.1, -np.inf]])
    first = (1 / math.log2(2) + 2 / math.log2(4)) / (2 / math.log2(2) + 1 / math.log2(3))
    third = 1 / math.log2(3)
    assert metrics.ndcg_at(relevance, score, 5) == pytest.approx((first + third) / 2)
    assert metrics.ndcg_at(relevance[[0, 2]], [[3, 2, 1]] * 2, 2) == pytest.approx(
        ndcg_score(relevance[[0, 2]], np.array([[3, 2, 1]] * 2), k=2)
    )
    assert metrics.ndcg_at(relevance[1:2], score[1:2]) is None
    with pytest.raises(KequnError, match="customers x items"):
        metrics.ndcg_at(relevance, score[:2])


@given(arrays.arrays(int, 5, elements=st.integers(0, 50)), arrays.arrays(int, 5, elements=st.integers(0, 50)))
def test_stability_index(before, now):
    found = metrics.psi(before, now)
    if not before.sum() or not now.sum():
        assert found is None
        return
    naive = 0.0
    for a, b in zip(before / before.sum(), now / now.sum(), strict=True):
        p, q = max(a, 1e-4), max(b, 1e-4)
        naive += (q - p) * math.log(q / p)
    assert found == pytest.approx(naive)
    assert found >= 0
    assert metrics.psi(now, before) == pytest.approx(found)
    assert metrics.psi(before * 7, now) == pytest.approx(found)


def test_stability_index_of_a_known_shift():
    assert metrics.psi([50, 50], [50, 50]) == 0
    assert metrics.psi([50, 50], [75, 25]) == pytest.approx(0.25 * math.log(1.5) - 0.25 * math.log(0.5))
    with pytest.raises(KequnError, match="same bins"):
        metrics.psi([1, 2], [1, 2, 3])


def naive_qini(outcome, treated, score):
    """Area by trapezoids over the groups of equal scores, less the triangle under the straight line."""
    size, points = len(score), [(0.0, 0.0)]
    for value in sorted(set(score), reverse=True):
        reached = [row for row in range(size) if score[row] >= value]
        ours = [outcome[row] for row in reached if treated[row]]
        theirs = [outcome[row] for row in reached if not treated[row]]
        scaled = sum(theirs) * len(ours) / len(theirs) if theirs else 0.0
        points.append((len(reached) / size, (sum(ours) - scaled) / sum(treated)))
    area = sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in itertools.pairwise(points))
    return area - points[-1][1] / 2, points[-1][1] / 2


@given(arms)
def test_qini_against_plain_counting(found):
    outcome, treated, score = (np.array(each, float) for each in zip(*found, strict=True))
    if treated.min() == treated.max():
        assert metrics.qini(outcome, treated, score) is None
        return
    area, chance = naive_qini(outcome, treated, score)
    assert metrics.qini(outcome, treated, score) == pytest.approx(area, abs=1e-9)
    relative = metrics.qini(outcome, treated, score, relative=True)
    assert relative == (pytest.approx(area / chance, abs=1e-9) if chance > 0 else None)


@given(arms, st.sampled_from([0.2, 0.5, 1.0]))
def test_uplift_at_a_share_where_no_scores_are_equal(found, share):
    outcome, treated, _ = (np.array(each, float) for each in zip(*found, strict=True))
    score = np.random.default_rng(len(found)).permutation(len(found)).astype(float)
    top = np.argsort(-score)[: math.ceil(round(share * len(score), 9))]
    ours, theirs = outcome[top][treated[top] == 1], outcome[top][treated[top] == 0]
    expected = ours.mean() - theirs.mean() if ours.size and theirs.size else None
    uplift = metrics.uplift_at(outcome, treated, score, share)
    assert uplift == (None if expected is None else pytest.approx(expected, abs=1e-9))


def test_qini_knows_a_good_score_from_chance():
    chance = np.random.default_rng(3)
    size = 20_000
    gain, treated = chance.random(size), chance.integers(0, 2, size)
    outcome = (chance.random(size) < 0.1 + 0.3 * gain * treated).astype(float)
    assert metrics.qini(outcome, treated, gain) > 0.015
    assert abs(metrics.qini(outcome, treated, chance.random(size))) < 0.01
    assert metrics.qini(outcome, treated, -gain) < -0.015
    assert metrics.qini(outcome, treated, np.zeros(size)) == 0
    assert metrics.uplift_at(outcome, treated, gain) == pytest.approx(0.27, abs=0.04)


def test_interval_holds_the_true_value_and_is_the_same_again():
    chance = np.random.default_rng(8)
    score = chance.normal(size=2000)
    label = (score + chance.normal(size=2000) > 0).astype(float)
    low, high = metrics.interval(metrics.auc, label, score, repeats=100, seed=4)
    assert low < metrics.auc(label, score) < high
    assert high - low < 0.06
    assert (low, high) == metrics.interval(metrics.auc, label, score, repeats=100, seed=4)
    assert metrics.interval(metrics.auc, np.zeros(50), score[:50]) is None
    assert metrics.interval(metrics.auc, [], []) is None


def test_one_class_has_no_ranking_but_has_a_calibration():
    found = metrics.summary(np.zeros(20), np.full(20, 0.25))
    assert (found["auc"], found["lift"], found["average_precision"]) == (None, None, None)
    assert (found["ece"], found["brier"]) == (0.25, 0.0625)
    assert metrics.summary([], []) == {
        "rows": 0, "positives": 0, "mean": None, "auc": None, "average_precision": None, "log_loss": None,
        "brier": None, "ece": None, "lift": None,
    }  # fmt: skip


def test_share_of_the_way_to_the_oracle():
    assert metrics.share_of_oracle(0.77, 0.8) == pytest.approx(0.9)
    assert metrics.share_of_oracle(0.77, 0.5) is None
    assert metrics.share_of_oracle(None, 0.8) is None


@pytest.mark.parametrize(
    ("label", "score", "said"),
    [
        ([0, 1], [0.5], "2 labels and 1 scores"),
        ([0, 2], [0.5, 0.5], "label of row 1 is 2"),
        ([0, math.nan], [0.5, 0.5], "label of row 1 is nan"),
        ([0, 1], [0.5, 1.5], "score of row 1 is 1.5"),
        ([0, 1], [math.nan, 0.5], "score of row 0 is nan"),
    ],
)
def test_wrong_rows_are_named(label, score, said):
    with pytest.raises(KequnError, match=said):
        metrics.ece(label, score)


def test_wrong_arms_and_shares_are_named():
    with pytest.raises(KequnError, match="Treated is 0 or 1"):
        metrics.qini([0, 1], [0, 2], [1, 1])
    with pytest.raises(KequnError, match="outcome of row 1 is inf"):
        metrics.qini([0, math.inf], [0, 1], [1, 1])
    with pytest.raises(KequnError, match="one of each a row"):
        metrics.uplift_at([0, 1], [0, 1], [1])
    for share in (0, 1.2, -0.1):
        with pytest.raises(KequnError, match="above 0 and at most 1"):
            metrics.lift_at([0, 1], [0.1, 0.2], share)


@settings(max_examples=30)
@given(st.lists(st.floats(-5, 5), min_size=1, max_size=30), st.sampled_from([0.1, 0.3, 1.0]))
def test_weights_of_the_top_add_up_to_the_share(score, share):
    given_scores = np.array(score)
    weights = metrics.top_weights(given_scores, share)
    assert weights.sum() == pytest.approx(math.ceil(round(share * len(score), 9)))
    assume(weights.min() < weights.max())
    assert given_scores[weights > 0].min() >= given_scores[weights == 0].max(initial=-math.inf)
