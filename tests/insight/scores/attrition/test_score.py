"""Scores: one row a customer and segment, reasons in words, strange values never a silent zero, equal on engines."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from kequn.engine import open_engine
from kequn.engine.build import Build, parquet_columns
from kequn.engine.macros import Parameters
from kequn.engine.publish import current
from kequn.errors import KequnError
from kequn.insight.reading import reading
from kequn.insight.scores.attrition import score, stage, watched
from kequn.insight.scores.attrition.drivers import money
from kequn.insight.scores.attrition.ensemble import POOLED, Thresholds, ensemble
from kequn.insight.scores.attrition.features import input_query, inputs
from kequn.insight.scores.attrition.score import SCHEMA
from kequn.insight.scores.drift import drifted
from kequn.insight.scores.model import Model
from kequn.insight.words import money as in_sql
from kequn.workspace import Settings

NIGHT = date(2026, 3, 31)
WARNED = ["warn", "urgent"]


@pytest.fixture(scope="module")
def some(table) -> pa.Table:
    return table.slice(2600, 200)


@pytest.fixture(scope="module")
def scored(model, some) -> pa.Table:
    return score(model, some)


def test_every_customer_has_a_row_in_each_segment_and_one_principal(some, scored, model):
    order = ensemble(model).order
    expected = []
    for row in some.to_pylist():
        names = [name for name in order if row[name]] or ["other"]
        expected += [(row["customer_id"], name, place == 0) for place, name in enumerate(names)]
    found = zip(*(scored[name].to_pylist() for name in ("customer_id", "segment", "principal")), strict=True)
    assert list(found) == expected


def test_levels_follow_the_banks_thresholds(model, some, scored):
    thresholds = Thresholds(0.2, 0.4, 0.6)
    again = score(model, some, thresholds)
    assert again["probability"].equals(scored["probability"])
    for p, level in zip(again["probability"].to_pylist(), again["level"].to_pylist(), strict=True):
        assert level == ("none" if p < 0.2 else "watch" if p < 0.4 else "warn" if p < 0.6 else "urgent")
    with pytest.raises(KequnError, match="must rise"):
        Thresholds.of(parameters_with(scores__attrition_warn=0.05).settings)


def parameters_with(**changes) -> Parameters:
    return Parameters(NIGHT, Settings.load().changed(**changes))


def test_money_at_risk_is_probability_times_assets(some, scored):
    aum = dict(zip(some["customer_id"].to_pylist(), some["aum"].to_pylist(), strict=True))
    for row in scored.select(["customer_id", "probability", "aum_at_risk"]).to_pylist():
        assert abs(row["aum_at_risk"] - aum[row["customer_id"]] * row["probability"]) <= 0.5 + 1e-6


def test_only_the_warned_have_timing_and_reasons(scored):
    warned = pc.is_in(scored["level"], pa.array(WARNED)).to_numpy()
    assert 0 < warned.sum() < len(warned)
    for name in ("by_first_third", "by_second_third", "driver_1", "driver_1_zh", "driver_3_en"):
        assert (pc.is_valid(scored[name]).to_numpy() == warned).all(), name
    rows = [row for row in scored.to_pylist() if row["level"] in WARNED]
    assert all(0 <= row["by_first_third"] <= row["by_second_third"] <= row["probability"] for row in rows)


def test_pay_day_leavers_leave_early_as_they_did(table, model):
    """In the made-up table those of payroll left in the first third, all others later."""
    later = score(model, table.slice(2500))
    leaving = later.filter(pc.and_(pc.is_in(later["level"], pa.array(WARNED)), later["principal"]))
    early = dict(zip(table["customer_id"].to_pylist()[2500:], table["payroll"].to_pylist()[2500:], strict=True))
    shares = {True: [], False: []}
    for row in leaving.to_pylist():
        shares[early[row["customer_id"]]].append(row["by_first_third"] / row["probability"])
    assert np.mean(shares[True]) > np.mean(shares[False]) + 0.4


def test_reasons_are_the_largest_pulls_and_show_the_customers_own_figures(some, scored, model):
    """The first driver, from LightGBM's own contributions summed by hand over the features of each driver."""
    pieces, known = ensemble(model), inputs()
    rows = {row["customer_id"]: (place, row) for place, row in enumerate(some.to_pylist())}
    booster = pieces.boosters[POOLED]
    added = booster.contributions(some)
    checked = 0
    for row in scored.to_pylist():
        if row["level"] not in WARNED or pieces.booster(row["segment"]) != POOLED:
            continue
        place, tags = rows[row["customer_id"]]
        pulls = {}
        for column, feature in enumerate(booster.features):
            if driver := known.features[feature.name].driver:
                pulls[driver] = pulls.get(driver, 0) + added[place, column]
        assert row["driver_1"] == max(pulls, key=pulls.get)
        assert row["driver_1_direction"] == ("up" if pulls[row["driver_1"]] > 0 else "down")
        if row["driver_1"] == "balance_falling":
            assert f"{int(tags['aum_of_3m'] * 100 + 0.5)}%" in row["driver_1_en"]
            checked += 1
    assert checked > 5


def test_strange_values_count_as_missing_and_others_are_not_disturbed(model, some):
    strange = some.set_column(some.schema.get_field_index("aum_of_3m"), "aum_of_3m", pa.array(
        [float("nan"), float("inf"), -float("inf"), None, *some["aum_of_3m"].to_pylist()[4:]]))  # fmt: skip
    new = pa.array(["never seen", *some["last_response_kind"].to_pylist()[1:]])
    strange = strange.set_column(some.schema.get_field_index("last_response_kind"), "last_response_kind", new)
    found, usual = score(model, strange), score(model, some)
    first = set(some["customer_id"].to_pylist()[:4])
    for one, two in zip(found.to_pylist(), usual.to_pylist(), strict=True):
        assert 0 < one["probability"] < 1
        if one["customer_id"] not in first:
            assert one == two


def test_another_tag_schema_is_refused_by_name(model, some):
    with pytest.raises(KequnError, match=r"no column aum_of_3m .*another tag schema"):
        score(model, some.drop_columns(["aum_of_3m"]))
    as_text = some.set_column(some.schema.get_field_index("aum_of_3m"), "aum_of_3m", pa.array(["much"] * 200))
    with pytest.raises(KequnError, match="Column aum_of_3m is string"):
        score(model, as_text)
    with pytest.raises(KequnError, match="no column customer_id"):
        score(model, some.drop_columns(["customer_id"]))
    with pytest.raises(KequnError, match="family product"):
        score(Model("product", dict(model.parts), dict(model.about)), some)


def test_no_rows_give_no_rows(model, some):
    assert score(model, some.slice(0, 0)).schema.names == SCHEMA.names
    assert score(model, some.slice(0, 0)).num_rows == 0


def staged(history, model, engine, folder, definitions) -> dict[str, pa.Table]:
    """Tables of the stage over the published customers, read back and sorted."""
    night = current(history, NIGHT)
    build = Build(engine, folder, [], lambda _: None)
    build.attach("customer", [night.table("customer")], parquet_columns(night.table("customer")), "published")
    stage(build, definitions, Parameters(NIGHT, history.settings), model)
    found = {}
    for name in ("score_attrition", "score_attrition_segment", "churn_profile"):
        table = pq.read_table(sorted((folder / name).glob("*.parquet")))
        found[name] = table.sort_by([(column, "ascending") for column in table.schema.names[:3]])
    return found


@pytest.fixture(scope="module")
def staged_by(history, model, every_definition):
    """``staged_by(engine, folder)``: what the stage writes."""
    return lambda engine, folder: staged(history, model, engine, folder, every_definition)


@pytest.fixture(scope="module")
def on_duck(history, staged_by, tmp_path_factory) -> dict[str, pa.Table]:
    folder = tmp_path_factory.mktemp("duck")
    engine = open_engine("duckdb", history.settings, folder / ".spill")
    yield staged_by(engine, folder)
    engine.close()


def test_a_night_scores_its_population_once(on_duck, history):
    people = pq.read_table(sorted(current(history, NIGHT).table("customer").glob("*.parquet")))
    inside = pc.or_(pc.greater(people["tier_rank"], 0), pc.greater(people["aum"], 1_000_000))
    expected = sorted(people.filter(inside)["customer_id"].to_pylist())
    assert on_duck["score_attrition"]["customer_id"].to_pylist() == expected
    assert on_duck["score_attrition_segment"].num_rows > on_duck["score_attrition"].num_rows
    assert set(on_duck["churn_profile"]["kind"].to_pylist()) == {"share", "trait", "cause", "month"}


def test_words_are_those_that_sql_writes(on_duck, history, every_definition):
    """The money in words, against the expression of kequn.insight.words that definitions use."""
    with reading(history, "customer", as_of=NIGHT) as night:
        words = f"{in_sql('aum_trend_90d', 'zh', 'CNY')} AS zh, {in_sql('aum_trend_90d', 'en', 'CNY')} AS en"
        sql = f"SELECT aum_trend_90d AS fen, {words} FROM customer"
        for row in night.rows(sql, "words"):
            assert (money(row["fen"], "zh", "CNY"), money(row["fen"], "en", "CNY")) == (row["zh"], row["en"])


def test_a_changed_threshold_is_another_key_and_the_same_model_the_same(history, model, every_definition, tmp_path):
    keys = []
    for watch in (0.1, 0.1, 0.2):
        engine = open_engine("duckdb", history.settings, tmp_path / f"{len(keys)}")
        night = current(history, NIGHT)
        build = Build(engine, tmp_path / "work", [], lambda _: None)
        build.attach("customer", [night.table("customer")], parquet_columns(night.table("customer")), "published")
        stage(build, every_definition, parameters_with(scores__attrition_watch=watch), model)
        keys.append((build.keys["score_attrition"], [each.reused for each in build.stages]))
        engine.close()
    assert keys[0][0] == keys[1][0] != keys[2][0]
    assert keys[1][1] == [True, True, True]
    assert keys[2][1] == [False, False, True]


def test_drift_is_watched_on_what_was_scored(on_duck, history, model, every_definition, tmp_path):
    night = current(history, NIGHT)
    engine = open_engine("duckdb", history.settings, tmp_path / "spill")
    build = Build(engine, tmp_path / "work", [], lambda _: None)
    build.attach("customer", [night.table("customer")], parquet_columns(night.table("customer")), "published")
    parameters = Parameters(NIGHT, history.settings)
    stage(build, every_definition, parameters, model)
    found = engine.fetch(watched(every_definition, parameters, model))
    engine.close()
    features = [each.name for each in ensemble(model).boosters[POOLED].features]
    assert found.schema.names == [*features, "score"]
    assert sorted(found["score"].to_pylist()) == sorted(on_duck["score_attrition"]["probability"].to_pylist())
    drifting = set(drifted(model, found, found["score"], history.settings)["feature"].to_pylist())
    calendar = {name for name in features if name in inputs().features and not inputs().features[name].driver}
    assert drifting == {*features, "score"} - calendar  # what is the same for everybody in a night does not drift


@pytest.mark.spark
def test_spark_gives_the_same_scores(on_duck, staged_by, spark, tmp_path):
    found = staged_by(spark, tmp_path)
    for name, table in on_duck.items():
        assert found[name].schema.names == table.schema.names
        for column in table.schema.names:
            one, two = found[name][column], table[column]
            if pa.types.is_floating(two.type):
                np.testing.assert_allclose(one.to_numpy(), two.to_numpy(), rtol=1e-12, err_msg=column)
            else:
                assert one.to_pylist() == two.to_pylist(), (name, column)


def test_features_that_are_tags_have_their_units_and_labels(every_definition):
    tags = every_definition.tags
    assert {name: tags[name].unit for name in inputs().figures} == inputs().figures
    plain = [each for name, each in inputs().features.items() if each.value == name and each.kind == "number"]
    assert len(plain) > 20
    for feature in plain:
        assert feature.unit == tags[feature.name].unit, feature.name
        assert (feature.zh, feature.en) == (tags[feature.name].zh, tags[feature.name].en), feature.name


def test_every_driver_tells_features_and_its_words_show_what_is_known(every_definition):
    known = inputs()
    assert {each.driver for each in known.features.values() if each.driver} == set(known.drivers)
    for driver in known.drivers.values():
        assert set(driver.figures) <= set(known.features) | set(known.figures), driver.name
        assert driver.figures
        assert driver.words_zh.count("{") == driver.words_en.count("{"), driver.name
    query = input_query(every_definition, Parameters(NIGHT, Settings.load()))
    assert set(query.columns()) >= {*known.features, *known.figures, *every_definition.segments, "tier"}


def test_no_feature_is_a_state_of_today(every_definition):
    """Snapshot tables state today's occupation, loan or card: a replay cannot tell what they stated then."""
    states = {"loan", "card", "relation"}
    tags = {name for name in inputs().tags if name in every_definition.tags}
    assert {name for name in tags if every_definition.tags[name].topic in states} == set()
    assert not tags & {"occupation", "education_level", "marital", "region", "staff_id", "risk_signal"}
