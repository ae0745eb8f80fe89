"""What a taken offer is worth: closed forms, later purchases of a known law, and bad input."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from kequn.errors import KequnError
from kequn.insight.scores import card, value
from kequn.insight.scores.value import amounts
from kequn.insight.scores.value.amounts import Amounts, Bought, shrunk_median
from kequn.workspace import Settings

SETTINGS = Settings.load()


def purchases(rows=3000, seed=1, **columns):
    """Customers buy a share of their AUM around 10 % (mass) or 30 % (gold), of which 20 % is new money."""
    chance = np.random.default_rng(seed)
    tier = np.where(chance.random(rows) < 0.4, "gold", "mass")
    aum = np.where(tier == "gold", 30_000_000, 2_000_000) * chance.lognormal(0, 0.5, rows)
    share = np.where(tier == "gold", 0.3, 0.1) * chance.lognormal(0, 0.6, rows)
    amount = np.rint(aum * share)
    return pa.table({
        "purchase_id": np.arange(rows), "customer_id": np.arange(rows), "product_class": ["fund"] * rows, "tier": tier,
        "as_of": [date(2024, 1, 1) + timedelta(days=int(day)) for day in np.sort(chance.integers(0, 500, rows))],
        "aum_fen": np.rint(aum).astype(np.int64), "amount_fen": amount.astype(np.int64),
        "new_money_fen": np.rint(amount * np.where(chance.random(rows) < 0.2, 1, 0)).astype(np.int64),
        "fee_bp": np.full(rows, 150),
    } | columns)  # fmt: skip


@pytest.fixture(scope="module")
def model():
    return value.fit(purchases(), SETTINGS)


def scored(model, **columns):
    given = {"customer_id": [7], "tier": ["gold"], "aum": [20_000_000]}
    rows = value.score(model, pa.table(given | columns)).to_pylist()
    return {row["product_class"]: row for row in rows}


def test_later_amounts_are_foretold_by_tier_and_in_rank(model):
    found = model.about["metrics"]
    assert found["pooled"]["expected_over_realised"] == pytest.approx(1, abs=0.1)
    assert found["pooled"]["new_money"]["expected_over_realised"] == pytest.approx(1, abs=0.35)
    for tier in ("gold", "mass"):
        assert found["tier"][tier]["expected_over_realised"] == pytest.approx(1, abs=0.12)
        assert abs(found["baseline"]["tier"][tier]["expected_over_realised"] - 1) > 0.3
    assert found["pooled"]["rank_correlation"] > 0.6
    assert found["baseline"]["pooled"]["rank_correlation"] is None  # one class: the mean is the same for all
    assert model.about["period"]["train"][1] < model.about["period"]["validate"][0]


def test_the_expected_amount_is_that_of_the_law(model):
    fund = scored(model)["fund"]
    mean = 20_000_000 * 0.3 * np.exp(0.6**2 / 2)
    assert fund["new_money_fen"] == pytest.approx(0.2 * mean, rel=0.15)
    assert fund["fee_fen"] == pytest.approx(0.015 * mean, rel=0.1)
    margin = SETTINGS["scores.value_margin_fund_bp"] / 10_000
    assert fund["value_fen"] == pytest.approx(fund["fee_fen"] + margin * fund["new_money_fen"], abs=2)


def test_money_that_would_leave_is_kept_by_what_binds_it(model):
    calm, leaving = scored(model)["fund"], scored(model, leaving=[0.5])["fund"]
    bound = calm["fee_fen"] / 0.015 - calm["new_money_fen"]
    assert calm["retained_fen"] == 0
    assert leaving["retained_fen"] == pytest.approx(0.5 * bound, rel=1e-4)
    assert leaving["value_fen"] > calm["value_fen"]
    assert scored(model, leaving=[float("nan")])["fund"]["retained_fen"] == 0


def test_offers_without_an_amount_have_a_set_value(model):
    found = scored(model)
    assert found["card"]["value_fen"] == 100 * SETTINGS["scores.value_flat_card_yuan"]
    assert found["loan"]["new_money_fen"] == 0


def test_every_figure_is_whole_fen(model):
    table = value.score(model, pa.table({"customer_id": [1], "tier": ["mass"], "aum": [123]}))
    assert {str(table.schema.field(name).type) for name in table.schema.names if name.endswith("_fen")} == {"int64"}


def test_a_median_is_drawn_to_the_class():
    assert shrunk_median(np.array([1.0, 2.0, 9.0]), 5.0, 3) == pytest.approx((3 * 2 + 3 * 5) / 6)
    one = Bought(*(np.array(each, float) for each in ([1, 2, 3, 40.0], [0, 0, 0, 0], [0, 0, 0, 0], [10, 10, 10, 10])),
                 np.array(["fund"] * 4), np.array(["a", "a", "a", "b"]))  # fmt: skip
    found = amounts.fit(one, floor=1, prior=2, tail=0)
    medians = np.log([0.1, 0.2, 0.3, 4.0])
    assert found.share["fund"] == pytest.approx(np.median(medians))
    assert found.share["fund|b"] == pytest.approx((medians[3] + 2 * np.median(medians)) / 3)
    guess, _ = amounts.predicted(found, one)
    # With shrunken totals the sum lies between what the medians foretell and what was bought.
    plain, _ = amounts.predicted(Amounts(found.share, found.new, {"": 1.0}, found.fee_bp, 1), one)
    assert plain.sum() < guess.sum()
    assert Amounts.of(found.as_text()) == found


def test_far_out_shares_are_drawn_in():
    usual = purchases(1000)
    amount = usual["amount_fen"].to_numpy().copy()
    amount[5] *= 10_000
    wild = usual.set_column(usual.schema.get_field_index("amount_fen"), "amount_fen", [amount])
    one, other = (scored(value.fit(each, SETTINGS))["fund"]["fee_fen"] for each in (usual, wild))
    assert other == pytest.approx(one, rel=0.1)


def test_thin_groups_are_named_and_unknown_tiers_take_the_class(model):
    few = purchases(tier=np.where(np.arange(3000) < 5, "private", "mass"))
    fitted = value.fit(few, SETTINGS)
    assert any("fund/private" in note for note in fitted.about["notes"])
    assert scored(fitted, tier=["diamond"])["fund"]["fee_fen"] > 0
    assert scored(model, tier=[None])["fund"]["fee_fen"] > 0


def test_the_card_can_be_shown(model):
    assert "<html" in card.as_html(model, "zh")
    assert value.fit(purchases(), SETTINGS).version == model.version


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"amount_fen": np.zeros(3000, np.int64)}, "No purchase has an amount"),
        ({"amount_fen": np.full(3000, np.inf)}, "amount_fen of row 1"),
        ({"purchase_id": np.zeros(3000, np.int64)}, "rows repeat"),
        ({"tier": np.arange(3000)}, "tier"),
        ({"as_of": pa.array([date(2024, 1, 1)] * 3000)}, "no row lies"),
    ],
)
def test_unfit_purchases_are_refused(change, message):
    with pytest.raises(KequnError, match=message):
        value.fit(purchases(**change), SETTINGS)
