from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from kequn.errors import KequnError
from kequn.insight.scores.product import fit, liking, score
from kequn.insight.scores.product.table import from_long

from .conftest import DATES


def test_the_reranker_beats_popularity_on_later_dates(model):
    pooled = model.about["metrics"]["pooled"]
    assert pooled["takers"] > 200
    assert pooled["reranked"] > 1.15 * pooled["popularity"]
    assert pooled["reranked"] > pooled["ease"] - 0.01
    assert (
        model.about["metrics"]["segment"]["payroll"]["reranked"]
        > model.about["metrics"]["segment"]["payroll"]["popularity"]
    )
    assert set(model.about["metrics"]["tier"]) == {"gold"}


def test_chances_of_classes_are_calibrated(model):
    # What the customers lean to is told of wealth only.
    assert model.about["metrics"]["liking"]["wealth"]["auc"] > 0.65
    for name in ("wealth", "fund"):
        figures = model.about["metrics"]["liking"][name]
        assert figures["ece"] < 0.04
        assert figures["mean"] == pytest.approx(figures["positives"] / figures["rows"], abs=0.03)


def test_validation_is_later_than_any_outcome_of_training(model):
    train, validate = model.about["period"]["train"], model.about["period"]["validate"]
    assert date.fromisoformat(train[1]) + timedelta(days=90) <= date.fromisoformat(validate[0])


def test_nothing_of_the_validation_reaches_the_model(town, small, shelf, model):
    """Rows of the last date hold other outcomes and other signs: every part stays byte for byte."""
    last = pc.equal(town["as_of"], DATES[-1])
    other = pc.if_else(last, "FUN1,WEA1", town["taken"])
    signs = pc.if_else(last, "v:1:SER0", town["interactions"])
    changed = town.set_column(town.schema.get_field_index("taken"), "taken", other)
    changed = changed.set_column(town.schema.get_field_index("interactions"), "interactions", signs)
    again = fit(changed, small, shelf)
    assert again.parts == model.parts
    assert again.about["metrics"] != model.about["metrics"]


def test_the_same_table_gives_the_same_model(town, small, shelf, model):
    assert fit(town, small, shelf).version == model.version


def test_a_class_that_nobody_takes_gets_the_overall_share_and_a_note(model, today):
    assert any("service" in note and "too few takers" in note for note in model.about["notes"])
    found = liking(model, today)
    assert found.column_names == ["customer_id", "wealth", "fund"]
    assert found.num_rows == today.num_rows
    assert pc.min(found["wealth"]).as_py() >= 0


def test_bad_tables_are_refused(town, small, shelf):
    with pytest.raises(KequnError, match="repeat a customer"):
        fit(pa.concat_tables([town, town.slice(0, 3)]), small, shelf)
    with pytest.raises(KequnError, match="no column taken"):
        fit(town.drop_columns(["taken"]), small, shelf)
    with pytest.raises(KequnError, match="no row lies 90 days"):
        fit(town.filter(pc.equal(town["as_of"], DATES[-1])), small, shelf)
    nothing = pa.nulls(town.num_rows, pa.string())
    bare = town.set_column(town.schema.get_field_index("taken"), "taken", nothing)
    bare = bare.set_column(bare.schema.get_field_index("interactions"), "interactions", nothing)
    with pytest.raises(KequnError, match="nothing to learn"):
        fit(bare, small)


def test_nobody_took_anything_and_unknown_products_are_said(town, small, shelf):
    """No outcome at all: popularity orders, everyone gets the overall share, and the notes say so."""
    few = town.slice(0, 2000)
    nothing = pa.array([""] * few.num_rows)
    bare = few.set_column(few.schema.get_field_index("taken"), "taken", nothing)
    signs = pc.binary_join_element_wise(pc.fill_null(few["interactions"], "h:1:WEA0"), "h:3:GONE", ",")
    bare = bare.set_column(bare.schema.get_field_index("interactions"), "interactions", signs)
    days = pa.array(np.repeat(DATES, 500)[: few.num_rows])
    made = fit(bare.set_column(bare.schema.get_field_index("as_of"), "as_of", days), small, shelf)
    assert made.about["metrics"]["pooled"]["ndcg_5"] is None
    assert any("not on the shelf" in note for note in made.about["notes"])
    assert sum("too few takers" in note for note in made.about["notes"]) == 4


def test_a_long_table_of_events_is_enough(small):
    chance = np.random.default_rng(6)
    rows = []
    for customer in range(600):
        likes = customer % 2
        for turn in range(6):
            if chance.random() < 0.6:
                day = date(2024, 1, 1) + timedelta(days=int(90 * turn + chance.integers(0, 90)))
                code = f"{'AB'[likes]}{chance.integers(0, 3)}"
                rows.append({"customer_id": customer, "product_id": code, "kind": "d", "happened_on": day, "age": 40})
    table = pa.Table.from_pylist(rows)
    model = fit(table, small)
    pooled = model.about["metrics"]["pooled"]
    assert pooled["reranked"] > 1.15 * pooled["popularity"]
    now = from_long(table, [date(2025, 6, 1)], 90, with_outcome=False)
    found = score(model, now.drop_columns(["as_of"]))
    assert found.num_rows == 5 * now.num_rows
    assert liking(model, now)["wealth"].null_count == now.num_rows


def test_a_long_table_sees_no_later_than_its_date():
    events = pa.Table.from_pylist([
        {"customer_id": 1, "product_id": "A", "kind": "h", "happened_on": date(2025, 1, 1), "ended_on": DATES[0]},
        {"customer_id": 1, "product_id": "B", "kind": "v", "happened_on": date(2025, 2, 1), "ended_on": None},
        {"customer_id": 1, "product_id": "C", "kind": "d", "happened_on": date(2025, 3, 2), "ended_on": None},
        {"customer_id": 2, "product_id": "C", "kind": "d", "happened_on": date(2025, 2, 2), "ended_on": None},
    ])  # fmt: skip
    rows = from_long(events, [date(2025, 2, 1), date(2025, 4, 1)], 30).to_pylist()
    assert [(r["customer_id"], r["as_of"].month, r["interactions"], r["taken"]) for r in rows] == [
        (1, 2, "h:31:A,v:0:B", "C"), (1, 4, "d:30:C,e:1:A,v:59:B", ""), (2, 4, "d:58:C", ""),
    ]  # fmt: skip
    with pytest.raises(KequnError, match="no known kind"):
        from_long(events.set_column(2, "kind", pa.array(["x"] * 4)), [date(2025, 3, 1)], 30)
