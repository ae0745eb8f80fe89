"""The value family in a bank: purchases with AUM around them, and the table of a night."""

from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kequn.engine.build import parquet_columns
from kequn.engine.macros import Parameters
from kequn.insight.catalogue import catalogue
from kequn.insight.scores import value
from kequn.insight.scores.replay import replayed
from kequn.insight.scores.value.night import purchases_query

KNOWN = date(2026, 3, 31)
FEN = 100


def bought(bank, number, party, *, day, amount, outcome="done"):
    bank.add("purchase", {"purchase_id": number, "party_id": party, "product_id": "F1", "happened_at": day,
                          "amount_fen": amount, "outcome": outcome})  # fmt: skip


def test_new_money_is_the_rise_of_aum_and_no_more_than_the_amount(bank):
    bank.as_of = date(2025, 6, 17)
    bank.add("product", {"product_id": "F1", "product_class": "fund", "fee_bp": 120})
    day = date(2025, 2, 1)
    bank.account(1, 1, {date(2024, 1, 1): 60_000 * FEN, date(2025, 2, 20): 70_000 * FEN, date(2025, 5, 3): 0})
    bank.account(2, 1, {day: 5_000 * FEN})
    bank.account(3, 2, {date(2024, 1, 1): 900 * FEN, date(2025, 3, 1): 90_000 * FEN})
    bank.account(4, 3, {date(2024, 1, 1): 900 * FEN, date(2025, 3, 1): 100 * FEN})
    for party, amount in ((1, 20_000), (2, 4_000), (3, 500)):
        bought(bank, party, party, day=day, amount=amount * FEN)
    bought(bank, 10, 1, day=day, amount=777, outcome="failed")
    bought(bank, 11, 1, day=date(2025, 4, 1), amount=777)  # 90 days after it lie beyond as_of
    bank.attach()
    bank._need(bank.compile("SELECT account_id FROM worth"))
    rows = {row["customer_id"]: row for row in bank.engine.fetch(purchases_query(parameters(bank))).to_pylist()}
    assert {one: (row["aum_fen"], row["new_money_fen"], row["tier"]) for one, row in rows.items()} == {
        1: (60_000 * FEN, 15_000 * FEN, "potential"),
        2: (900 * FEN, 4_000 * FEN, "mass"),
        3: (900 * FEN, 0, "mass"),
    }
    assert rows[1]["fee_bp"] == 120


def parameters(bank):
    return Parameters(bank.as_of, bank.settings)


@pytest.fixture(scope="module")
def learned(history):
    table, customers = value.training(history, catalogue(), Parameters(KNOWN, history.settings))
    return table, value.fit(table, history.settings, customers)


def test_drift_is_watched_of_all_customers_and_not_of_buyers(learned, history, levels):
    table, model = learned
    given = Parameters(KNOWN, history.settings)
    with replayed(history, KNOWN, KNOWN, percent=100, definitions=catalogue(), tags=["aum", "tier"]) as build:
        value.stage(build, catalogue(), given, model)
        names, same, moved = levels(value, build, given, model)
    assert names == {"tier", "aum"}
    assert set(same.values()) == {"steady"}
    assert moved == {"score": "warn", "aum": "warn", "tier": "steady"}
    assert value.watched(catalogue(), given, value.fit(table, history.settings)) is None


def test_a_night_values_every_customer_and_class(learned, history):
    table, model = learned
    assert table.num_rows > 50
    given = Parameters(KNOWN, history.settings)
    with replayed(history, KNOWN, KNOWN, percent=100, definitions=catalogue(), tags=["aum", "tier"]) as build:
        value.stage(build, catalogue(), given, model)
        rows = pq.read_table(build.work / "score_value")
        count = pq.read_metadata(next((build.work / "customer").glob("*.parquet"))).num_rows
        # With the chance to leave of another family beside it, money is kept as well.
        risk = build.work / "risk.parquet"
        customers = rows["customer_id"].unique()
        pq.write_table(pa.table({"customer_id": customers, "probability": [0.4] * len(customers)}), risk)
        build.attach("score_attrition", [risk], parquet_columns(build.work), "key")
        value.stage(build, catalogue(), given, model)
        kept = pq.read_table(build.work / "score_value")
    classes = len(set(rows["product_class"].to_pylist()))
    assert rows.num_rows == count * classes
    assert sum(rows["retained_fen"].to_pylist()) == 0
    assert sum(kept["retained_fen"].to_pylist()) > 0
    assert min(rows["value_fen"].to_pylist()) >= 0
