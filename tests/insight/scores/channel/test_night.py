"""The channel family in a bank: what it learns from, the table of a night, and both engines."""

import random
from datetime import date, datetime, timedelta
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kequn.engine.build import parquet_columns
from kequn.engine.macros import Parameters
from kequn.engine.query import compile_query
from kequn.insight.catalogue import catalogue
from kequn.insight.scores import channel
from kequn.insight.scores.channel.reach import consent_query
from kequn.insight.scores.channel.score import SCHEMA, score_batch
from kequn.insight.scores.channel.state import HISTORY, before_query, history_query, names, state_query
from kequn.insight.scores.replay import replayed
from kequn.workspace import Settings

KNOWN = date(2026, 3, 31)
CHANNELS = ("sms", "app")
TAGS = [*Settings.load()["scores.channel_features"], *Settings.load()["scores.channel_segments"], "tier", "has_mobile",
        "staff_id", "opted_out", "consent_sms"]  # fmt: skip


@pytest.fixture(scope="module")
def learned(history):
    """Contacts to learn from, and a model of them."""
    settings = history.settings.changed(
        scores__channel_rounds=10, scores__channel_dates=1, scores__channel_every_months=7
    )
    table, customers = channel.training(history, catalogue(), Parameters(KNOWN, settings))
    return table, channel.fit(table, settings, customers)


def test_tags_are_older_than_the_contact_and_answers_had_their_time(learned, history):
    table, model = learned
    days = table["as_of"].to_pylist()
    assert days == sorted(days)
    assert max(days) <= KNOWN - timedelta(days=history.settings.integer("scores.channel_response_days"))
    assert {"age", "tier", "segment", "sms_contacts", "propensity"} <= set(table.schema.names)
    assert len(set(table["contact_id"].to_pylist())) == table.num_rows
    assert model.about["metrics"]["pooled"]["rows"] > 50


def test_drift_is_watched_of_all_customers_and_not_of_those_contacted(learned, history, levels):
    table, model = learned
    parameters = Parameters(KNOWN, history.settings)
    with replayed(history, KNOWN, KNOWN, percent=100, definitions=catalogue(), tags=TAGS) as build:
        channel.stage(build, catalogue(), parameters, model)
        names, same, moved = levels(channel, build, parameters, model)
    assert names >= {"age", "aum", "tier", "segment"}
    assert set(same.values()) == {"steady"}
    assert {name for name, level in moved.items() if level == "warn"} >= {"score", "age", "aum"}
    assert (moved["tier"], moved["segment"]) == ("steady", "steady")
    assert channel.watched(catalogue(), parameters, channel.fit(table, history.settings)) is None


def test_a_night_ranks_every_customer_once(learned, history):
    _, model = learned
    parameters = Parameters(KNOWN, history.settings)
    with replayed(history, KNOWN, KNOWN, percent=100, definitions=catalogue(), tags=TAGS) as build:
        channel.stage(build, catalogue(), parameters, model)
        rows = pq.read_table(build.work / "score_channel")
        again = build.keys["score_channel"]
        channel.stage(build, catalogue(), parameters, model)
        assert build.keys["score_channel"] == again
        assert build.stages[-1].reused
        customers = pq.read_table(build.work / "customer", columns=["customer_id", "opted_out", "consent_sms"])
    first = [row for row in rows.to_pylist() if row["rank"] == 1]
    assert sorted(row["customer_id"] for row in first) == sorted(customers["customer_id"].to_pylist())
    assert all(0 < row["probability"] < 1 for row in first if row["channel"])
    allowed = {row["customer_id"] for row in customers.to_pylist() if row["consent_sms"] and not row["opted_out"]}
    reached = {row["customer_id"] for row in rows.to_pylist() if row["channel"] == "sms" and row["reachable"]}
    assert reached
    assert reached <= allowed
    assert {row["reason"] for row in first} <= {"best", "next_best", "no_channel_allowed"}


def fill(bank, chance):
    """Contacts, answers and consents of twelve parties."""
    for number in range(1, 200):
        at = datetime(2025, 3, 1, chance.randrange(8, 21)) + timedelta(days=chance.randrange(90))
        party = chance.randrange(1, 12)
        bank.add("contact", {
            "contact_id": number, "party_id": party, "channel": chance.choice(CHANNELS), "contacted_at": at,
            "purpose": chance.choice(["marketing"] * 4 + ["service"]), "propensity": chance.choice([None, 0.1, 0.5]),
            "outcome": chance.choice(["delivered", "failed"]), "product_id": chance.choice([None, "P1"]),
        })  # fmt: skip
        if chance.random() < 0.6:
            bank.add("response", {
                "response_id": number, "contact_id": number, "party_id": party,
                "responded_at": at + timedelta(days=chance.randrange(20)),
                "kind": chance.choice(["opened", "clicked", "bought", "refused"]),
            })  # fmt: skip
        bank.add("consent", {
            "consent_id": number, "party_id": party, "channel": chance.choice([*CHANNELS, "all"]),
            "purpose": "marketing", "granted": chance.random() < 0.6, "decided_at": at,
            "expires_on": chance.choice([None, date(2025, 4, 1), date(2027, 1, 1)]),
        })  # fmt: skip


STATE = ", ".join(f"s.{name}" for name in ("customer_id", *names(CHANNELS)))
TABLES = ("contact", "response", "consent", "party", "identity")


@pytest.mark.spark
def test_both_engines_agree(bank, spark, tmp_path):
    fill(bank, random.Random(3))
    bank.attach()
    parameters = Parameters(bank.as_of, bank.settings)
    makes = {"before": before_query, "state": state_query, "consent": consent_query}
    found = {}
    for engine in (bank.engine, spark):
        for name in TABLES:
            file = bank.folder / f"{name}.parquet"
            engine.attach(name, [file], parquet_columns(file))
        engine.define(HISTORY, history_query(parameters))
        rows = {name: ordered(engine.fetch(make(CHANNELS, parameters))) for name, make in makes.items()}
        engine.define("state", state_query(CHANNELS, parameters))
        engine.define("consent_flags", consent_query(CHANNELS, parameters))
        query = compile_query(CUSTOMERS, parameters)
        engine.map(query, partial(score_batch, small_model()), SCHEMA, tmp_path / engine.name)
        found[engine.name] = rows | {"scores": ordered(pq.read_table(tmp_path / engine.name))}
    assert found["duckdb"] == found["spark"]
    assert all(len(rows) > 5 for rows in found["duckdb"].values())
    for name in (HISTORY, "state", "consent_flags", *TABLES):
        spark.drop(name)


CUSTOMERS = f"""SELECT {STATE}, f.may_sms, f.may_app, 'mass' AS tier, s.customer_id * 5 AS age
FROM state AS s JOIN consent_flags AS f ON s.customer_id = f.customer_id"""


def small_model():
    """Trees over an age, and each channel's state."""
    chance, rows = np.random.default_rng(1), 1200
    age = chance.integers(1, 60, rows)
    table = {
        "as_of": [date(2025, 1, 1) + timedelta(days=day) for day in sorted(chance.integers(0, 200, rows).tolist())],
        "channel": np.array(CHANNELS)[chance.integers(0, 2, rows)], "tier": ["mass"] * rows, "age": age,
        "responded": chance.random(rows) < np.where(age < 30, 0.5, 0.1), "sms_contacts": chance.integers(0, 9, rows),
    }  # fmt: skip
    settings = Settings.load().changed(scores__channel_rounds=10, engine__threads=1)
    return channel.fit(pa.table(table), settings)


def ordered(table):
    return sorted(table.to_pylist(), key=str)
