"""Learners against a simulated effect that is known, and measures of them against hand calculation."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from kequn.errors import KequnError
from kequn.insight.scores import uplift
from kequn.insight.scores.uplift import learners
from kequn.insight.scores.uplift.fit import gain_area, grown, prepared, straightened
from kequn.workspace import Settings

SETTINGS = Settings.load().changed(
    scores__uplift_rounds=40, scores__uplift_leaf_rows=100, scores__bootstrap_draws=20, engine__threads=1
)


def arms(rows=8000, seed=1, effect=None, base=None, chosen=0.5, **columns):
    """Both arms over four month-ends: ``x`` moves the effect, ``z`` the chance to buy anyway and to be contacted."""
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=rows), rng.normal(size=rows)
    e = np.clip(chosen + 0.2 * (z > 0), 0, 1) if chosen < 1 else np.ones(rows)
    gain = (0.25 * (x > 0)) if effect is None else effect(x, z)
    alone = (0.1 + 0.3 * (z > 0)) if base is None else base(x, z)
    treated = rng.random(rows) < e
    bought = rng.random(rows) < alone + gain * treated
    days = np.array([date(2025, 1, 31) + timedelta(days=31 * n) for n in range(4)])
    table = {"customer_id": np.arange(rows), "as_of": pa.array(np.sort(rng.integers(0, 4, rows)).astype(int)),
             "treated": treated, "outcome": bought, "x": x, "z": z} | columns  # fmt: skip
    table["as_of"] = pa.array([days[place] for place in table["as_of"].to_pylist()])
    return pa.table(table), gain, e


def test_pseudo_outcomes_have_the_mean_effect_though_the_plain_difference_has_not():
    table, gain, e = arms(12_000)
    given = prepared(table.append_column("propensity", pa.array(e)), SETTINGS)
    found = learners.pseudo_outcomes(given, grown(SETTINGS))
    plain = given.outcome[given.treated > 0].mean() - given.outcome[given.treated == 0].mean()
    assert found.mean() == pytest.approx(gain.mean(), abs=0.02)
    assert abs(plain - gain.mean()) > 0.04
    for side in (table["x"].to_numpy() > 0, table["x"].to_numpy() <= 0):
        assert found[side].mean() == pytest.approx(gain[side].mean(), abs=0.04)


def test_propensities_are_estimated_where_none_was_logged():
    table, _, e = arms(6000)
    logged = np.where(np.arange(6000) % 2 == 0, e, np.nan)
    found = prepared(table.append_column("propensity", pa.array(logged)), SETTINGS).propensity
    assert found[::2] == pytest.approx(e[::2])
    assert np.abs(found[1::2] - e[1::2]).mean() < 0.07


@pytest.mark.parametrize("kind", ["s", "dr"])
def test_learners_find_whom_a_contact_changes(kind):
    table, gain, _ = arms(10_000)
    given = prepared(table, SETTINGS)
    score = learners.fit(kind, given, grown(SETTINGS)).score(table)
    assert score[gain > 0].mean() - score[gain == 0].mean() == pytest.approx(0.25, abs=0.09)
    assert np.corrcoef(score, gain)[0, 1] > 0.7


def test_an_uplift_learner_is_chosen_where_response_misleads():
    # Who buys anyway is moved by a contact least: ranking by response is the wrong way round.
    table, _, _ = arms(10_000, effect=lambda x, z: 0.2 * (z < 0), base=lambda x, z: 0.05 + 0.6 * (z > 0), chosen=0.4)
    model = uplift.fit(table, SETTINGS)
    found = model.about["metrics"]
    assert found["chosen"] in ("s", "dr")
    assert found["candidates"]["response"]["qini"] < 0 < found["pooled"]["qini"]
    scores = uplift.score(model, table)
    z = table["z"].to_numpy()
    assert scores["uplift"].to_numpy()[z < 0].mean() == pytest.approx(0.2, abs=0.05)
    assert scores["uplift"].to_numpy()[z > 0].mean() == pytest.approx(0.0, abs=0.05)


def test_they_may_lose_and_the_record_says_so():
    # Nobody buys unasked, so that who responds is who is changed: the plain model learns it from fewer parts.
    table, _, _ = arms(9000, effect=lambda x, z: 0.03 + 0.1 * (x > 1), base=lambda x, z: 0.002 + 0 * x, seed=5)
    model = uplift.fit(table, SETTINGS)
    kinds = model.about["metrics"]["candidates"]
    loses = kinds["response"]["qini"] >= max(kinds["s"]["qini"], kinds["dr"]["qini"])
    assert (model.about["metrics"]["chosen"] == "response") == loses
    assert any("do not beat" in note for note in model.about["notes"]) == loses


def test_the_area_of_gains_by_hand_and_its_sign():
    gained = np.array([1.0, 0.0, 1.0, 0.0])
    good, bad = np.array([4.0, 1.0, 3.0, 2.0]), np.array([1.0, 4.0, 2.0, 3.0])
    # Curve 0, .25, .5, .5, .5 over quarters: area .375; the straight line's is .25.
    assert gain_area(gained, good) == pytest.approx(0.125)
    assert gain_area(gained, bad) == pytest.approx(-0.125)
    assert gain_area(gained, np.zeros(4)) == pytest.approx(0)


def test_a_score_that_ranks_the_wrong_way_gives_everybody_the_mean():
    score = np.array([0.0, 1.0, 2.0, 3.0])
    assert straightened(score, np.array([0.1, 0.2, 0.3, 0.4])) == pytest.approx((0.1, 0.1))
    assert straightened(score, np.array([0.4, 0.3, 0.2, 0.1])) == pytest.approx((0.25, 0.0))
    assert straightened(np.ones(3), np.array([0.1, 0.2, 0.3])) == pytest.approx((0.2, 0.0))


def test_the_same_arms_give_the_same_model():
    table, _, _ = arms(2500)
    assert uplift.fit(table, SETTINGS).version == uplift.fit(table, SETTINGS).version


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"treated": np.ones(600, bool)}, "left alone"),
        ({"outcome": np.zeros(600, bool)}, "nothing to"),
        ({"customer_id": np.zeros(600, np.int64)}, "rows repeat a customer"),
        ({"outcome": np.r_[np.full(3, np.nan), np.ones(597)]}, "3 rows in all"),
        ({"treated": np.full(600, "yes")}, "treated"),
    ],
)
def test_unfit_arms_are_refused(change, message):
    table, _, _ = arms(600, **change)
    with pytest.raises(KequnError, match=message):
        uplift.fit(table, SETTINGS)


def test_odd_values_do_no_harm_and_another_schema_is_refused():
    odd = np.where(np.arange(2500) % 7 == 0, np.inf, 1.0)
    table, _, _ = arms(2500, odd=odd, empty=pa.nulls(2500, pa.float64()), product_class=["fund"] * 2500)
    model = uplift.fit(table, SETTINGS)
    assert any("empty" in note for note in model.about["notes"])
    new = table.set_column(table.schema.get_field_index("product_class"), "product_class", [["new"] * 2500])
    assert np.isfinite(uplift.score(model, new)["uplift"].to_numpy()).all()
    with pytest.raises(KequnError, match="another tag schema"):
        uplift.score(model, table.drop_columns(["x"]))
