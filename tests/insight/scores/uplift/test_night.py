"""The uplift family in a bank: who is in which arm, what counts as an outcome, and the table of a night."""

from datetime import date, datetime, timedelta

import numpy as np
import pyarrow.parquet as pq
import pytest

from kequn.bench.uplift_oracle import true_effects, uplift_oracle
from kequn.engine.build import parquet_columns
from kequn.engine.macros import Parameters
from kequn.insight.catalogue import catalogue
from kequn.insight.scores import uplift
from kequn.insight.scores.replay import replayed
from kequn.insight.scores.uplift.night import panel_query
from kequn.workspace import Settings

KNOWN = date(2026, 3, 31)
END = date(2025, 3, 31)
TAGS = Settings.load()["scores.uplift_features"]
TABLES = ("contact", "purchase", "product", "identity", "customer_base")


def fill(bank):
    """Ten customers: three contacted in April, one of them with two classes, one only with a service message."""
    bank.as_of = date(2025, 6, 17)
    for product, klass in (("F1", "fund"), ("W1", "wealth")):
        bank.add("product", {"product_id": product, "product_class": klass})
    for party in range(1, 11):
        bank.add("party", {"party_id": party, "system": "core"})
    made = [(1, 1, "F1", 5, "marketing"), (2, 1, "W1", 9, "marketing"), (3, 2, "F1", 20, "marketing"),
            (4, 3, "F1", 8, "service"), (5, 4, "W1", 3, "marketing"), (6, 1, "F1", 25, "marketing")]  # fmt: skip
    for number, party, product, day, purpose in made:
        bank.add("contact", {
            "contact_id": number, "party_id": party, "product_id": product, "purpose": purpose, "channel": "sms",
            "contacted_at": datetime(2025, 4, day, 10), "outcome": "delivered",
        })  # fmt: skip
    bank.add("contact", {"contact_id": 7, "party_id": 5, "product_id": "F1", "purpose": "marketing", "channel": "sms",
                         "contacted_at": datetime(2025, 5, 1, 9), "outcome": "delivered"})  # fmt: skip
    bought = [(1, "F1", date(2025, 5, 4), "done"), (1, "W1", date(2025, 4, 8), "done"),
              (2, "W1", date(2025, 4, 21), "done"), (4, "W1", date(2025, 4, 4), "failed")]  # fmt: skip
    for number, (party, product, day, outcome) in enumerate(bought):
        bank.add("purchase", {"purchase_id": number, "party_id": party, "product_id": product, "happened_at": day,
                              "outcome": outcome})  # fmt: skip
    bank.attach()


def panel(bank, engine):
    return sorted(engine.fetch(panel_query(Parameters(END, bank.settings))).to_pylist(), key=str)


def test_arms_and_outcomes(bank):
    fill(bank)
    rows = panel(bank, bank.engine)
    treated = {(row["customer_id"], row["product_class"]): row for row in rows if row["treated"]}
    assert set(treated) == {(1, "fund"), (1, "wealth"), (2, "fund"), (4, "wealth")}
    assert treated[1, "fund"]["contact_id"] == 1
    # Bought within 30 days of its own class; not before the contact, not another class, not what failed.
    assert [key for key, row in treated.items() if row["outcome"]] == [(1, "fund")]
    alone = [row["customer_id"] for row in rows if not row["treated"]]
    assert sorted(alone) == [3, 5, 6, 7, 8, 9, 10]
    assert {row["as_of"] for row in rows} == {END}


def test_those_left_alone_have_every_class_and_day_by_chance(bank):
    fill(bank)
    for party in range(100, 1300):
        bank.add("party", {"party_id": party, "system": "core"})
        bank.add("purchase", {"purchase_id": party, "party_id": party, "product_id": "F1", "outcome": "done",
                              "happened_at": date(2025, 5, 10)})  # fmt: skip
    bank.attach()
    alone = [row for row in panel(bank, bank.engine) if row["customer_id"] >= 100]
    fund = [row for row in alone if row["product_class"] == "fund"]
    assert len(fund) / len(alone) == pytest.approx(0.5, abs=0.06)
    # A day from 1 to 28 April reaches 10 May with its 30 days from 11 April on: 18 of 28.
    assert sum(row["outcome"] for row in fund) / len(fund) == pytest.approx(18 / 28, abs=0.08)


@pytest.mark.spark
def test_both_engines_have_the_same_arms(bank, spark):
    fill(bank)
    for name in TABLES:
        file = bank.folder / f"{name}.parquet"
        spark.attach(name, [file], parquet_columns(file))
    assert panel(bank, spark) == panel(bank, bank.engine)
    for name in TABLES:
        spark.drop(name)


@pytest.fixture(scope="module")
def trained(history):
    settings = history.settings.changed(scores__uplift_dates=2)
    return uplift.training(history, catalogue(), Parameters(KNOWN, settings))


@pytest.fixture(scope="module")
def learned(trained):
    return trained[0]


@pytest.fixture(scope="module")
def fitted(history, trained):
    """Settings, a model and one that is not watched, of arms of whom three of ten contacted buy, and one of ten others:
    so few customers buy too seldom to learn from.
    """
    settings = history.settings.changed(scores__uplift_rounds=10, scores__bootstrap_draws=10, engine__threads=1)
    table, customers = trained
    treated = np.array(table["treated"].to_pylist())
    bought = np.zeros(table.num_rows, np.bool_)
    for arm, buyers in ((treated, 3), (~treated, 1)):
        bought[arm] = np.arange(arm.sum()) % 10 < buyers
    table = table.set_column(table.schema.get_field_index("outcome"), "outcome", [bought])
    return settings, uplift.fit(table, settings, customers), uplift.fit(table, settings)


def test_drift_is_watched_of_all_customers_and_not_of_the_arms(fitted, history, levels):
    settings, model, unwatched = fitted
    parameters = Parameters(KNOWN, settings)
    with replayed(history, KNOWN, KNOWN, percent=100, definitions=catalogue(), tags=TAGS) as build:
        uplift.stage(build, catalogue(), parameters, model)
        names, same, moved = levels(uplift, build, parameters, model)
    assert names == set(TAGS)
    assert set(same.values()) == {"steady"}
    assert {name for name, level in moved.items() if level == "warn"} >= {"score", "age", "aum"}
    assert moved["silver"] == "steady"
    assert uplift.watched(catalogue(), parameters, unwatched) is None


def test_both_arms_are_reachable_and_known(learned, history):
    days = set(learned["as_of"].to_pylist())
    last = KNOWN - timedelta(days=history.settings.integer("scores.uplift_days") + 27)
    assert len(days) == 2
    assert max(days) < last
    treated = learned["treated"].to_pylist()
    assert 0.05 < np.mean(treated) < 0.5
    assert {"age", "aum", "holds_class"} <= set(learned.schema.names)


def test_a_night_scores_every_customer_and_class(fitted, history):
    settings, model, _ = fitted
    with replayed(history, KNOWN, KNOWN, percent=100, definitions=catalogue(), tags=TAGS) as build:
        uplift.stage(build, catalogue(), Parameters(KNOWN, settings), model)
        rows = pq.read_table(build.work / "score_uplift")
        customers = pq.read_table(build.work / "customer", columns=["customer_id"])
    classes = set(rows["product_class"].to_pylist())
    assert rows.num_rows == customers.num_rows * len(classes)
    assert np.isfinite(rows["uplift"].to_numpy()).all()
    assert rows["uplift"].to_numpy().mean() == pytest.approx(0.2, abs=0.1)


def test_the_oracle_knows_the_effect_of_each_contact(learned, history):
    effect = true_effects(history, learned.filter(learned["treated"])["contact_id"])
    assert np.isfinite(effect).mean() > 0.98
    known = effect[np.isfinite(effect)]
    found = uplift_oracle(effect, {"truth": np.nan_to_num(effect), "constant": np.arange(len(effect)) % 7.0})
    assert found["scores"]["truth"]["of_oracle"] == pytest.approx(1)
    assert found["mean_effect"] == pytest.approx(known.mean())
    assert found["scores"]["constant"]["of_oracle"] < 0.5
