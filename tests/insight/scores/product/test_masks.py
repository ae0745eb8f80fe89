from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kequn.insight.scores.product.masks import Gates, Rules, people
from kequn.insight.scores.product.packing import unpacked
from kequn.insight.scores.product.shelf import Shelf
from kequn.insight.scores.product.signs import read

from .conftest import shelf_table

DAY = date(2025, 12, 26)
LIMITED = shelf_table(
    DEP1={"region": "R1"}, DEP2={"listed_on": date(2025, 12, 27)}, DEP3={"withdrawn_on": DAY},
    WEA1={"min_age": 25, "max_age": 60}, WEA2={"region": "R2"},
    WEA5={"private_placement": True, "min_amount_fen": 10**8},
    FUN0={"risk_level": None}, FUN1={"min_amount_fen": None}, FUN4={"withdrawn_on": date(2026, 1, 1)},
    SER1={"region": "R2", "risk_level": None},
)  # fmt: skip
RULES = Rules(("service", "deposit/plain"), ("deposit", "wealth", "fund"), ("wealth", "fund"), ("diamond", "private"))

CUSTOMER = st.fixed_dictionaries({
    "age": st.sampled_from([None, 0, 17, 18, 24, 25, 60, 61, 119, 150]),
    "region": st.sampled_from([None, "R1", "R2", "R3"]),
    "tier": st.sampled_from([None, "mass", "gold", "diamond", "private"]),
    "aum": st.sampled_from([None, -5, 0, 9_999, 10_000, 49_999, 50_000, 10**8]),
    "risk_tolerance": st.sampled_from([None, 1, 2, 3, 4, 5]),
    "assessment_valid": st.sampled_from([None, False, True, True]),
    "personalisation_refused": st.sampled_from([None, False, False, True]),
    "risk_signal": st.sampled_from([None, False, False, True]),
    "has_rm": st.sampled_from([None, False, True]),
    "held": st.lists(st.sampled_from(LIMITED["product_id"].to_pylist()), max_size=4, unique=True),
})  # fmt: skip
TYPES = {
    "age": pa.int64(), "region": pa.string(), "tier": pa.string(), "aum": pa.int64(), "risk_tolerance": pa.int64(),
    "assessment_valid": pa.bool_(), "personalisation_refused": pa.bool_(), "risk_signal": pa.bool_(),
    "has_rm": pa.bool_(),
}  # fmt: skip


def may_be_shown(product: dict[str, Any], customer: dict[str, Any]) -> bool:
    """The rules of DOMAIN.md, one product and one customer at a time."""
    klass, withdrawn = product["product_class"], product["withdrawn_on"]
    reasons = [
        customer["risk_signal"],
        product["listed_on"] > DAY,
        withdrawn is not None and withdrawn <= DAY,
        not old_enough(product, customer["age"]),
        product["region"] is not None and product["region"] != customer["region"],
        klass != "service" and (product["min_amount_fen"] or 0) > max(customer["aum"] or 0, 0),
        (product["risk_level"] or (5 if klass in ("wealth", "fund") else 1)) > tolerance(customer),
        product["private_placement"] and not (customer["tier"] in ("diamond", "private") and customer["has_rm"]),
        klass in ("service", "deposit") and product["product_id"] in customer["held"],
    ]
    return not any(reasons)


def old_enough(product: dict[str, Any], age: int | None) -> bool:
    least, most = product["min_age"] or 0, product["max_age"] or 150
    return least <= 0 and most >= 120 if age is None else least <= age <= most


def tolerance(customer: dict[str, Any]) -> int:
    return (customer["risk_tolerance"] or 1) if customer["assessment_valid"] else 1


def table(customers: list[dict[str, Any]]) -> pa.Table:
    columns = {name: pa.array([c[name] for c in customers], kind) for name, kind in TYPES.items()}
    texts = [",".join(f"h:40:{code}" for code in c["held"]) for c in customers]
    return pa.table({
        "customer_id": np.arange(len(customers)), "as_of": pa.array([DAY] * len(customers)),
        "interactions": pa.array(texts, pa.string()), "inflow_30d": np.zeros(len(customers)), **columns,
    })  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(CUSTOMER, min_size=1, max_size=12))
def test_masks_equal_the_rules_one_by_one(customers):
    known = Shelf.of(LIMITED, RULES.risky)
    rows = {row["product_id"]: row for row in LIMITED.to_pylist()}
    data = table(customers)
    gates, who = Gates(known, RULES), people(data, RULES, np.datetime64(DAY))
    found = gates.allowed(who, gates.open(who, read(data["interactions"], known)))
    expected = [[may_be_shown(rows[code], customer) for code in known.products] for customer in customers]
    assert found.tolist() == expected


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(customers=st.lists(CUSTOMER, min_size=1, max_size=8), top=st.integers(1, 25))
def test_no_masked_product_ever_appears_and_the_top_is_full(model, small, customers, top):
    chosen = small.changed(
        scores__product_top=top, scores__product_once=list(RULES.once), scores__product_funded=list(RULES.funded),
        scores__product_risky=list(RULES.risky),
    )  # fmt: skip
    ranker = unpacked(model, Shelf.of(LIMITED, RULES.risky), np.datetime64(DAY), chosen)
    rows = {row["product_id"]: row for row in LIMITED.to_pylist()}
    batch = table(customers).combine_chunks()
    shown = ranker.picks(batch, *ranker.chances(batch)).to_pylist()
    for number, customer in enumerate(customers):
        mine = [row for row in shown if row["customer_id"] == number]
        allowed = {code for code, row in rows.items() if may_be_shown(row, customer)}
        assert {row["product_id"] for row in mine} <= allowed
        # Masks come before the top: whatever is allowed fills it.
        assert len(mine) == min(top, len(allowed))
        assert [row["rank"] for row in mine] == list(range(1, len(mine) + 1))
        assert [row["score"] for row in mine] == sorted((row["score"] for row in mine), reverse=True)
        assert all(row["rm_only"] == rows[row["product_id"]]["private_placement"] for row in mine)


def test_a_column_that_is_absent_is_not_known():
    known = Shelf.of(LIMITED, RULES.risky)
    bare = pa.table({"customer_id": [1], "interactions": pa.array([None], pa.string())})
    gates, who = Gates(known, RULES), people(bare, RULES, np.datetime64(DAY))
    found = gates.allowed(who, gates.open(who, read(bare["interactions"], known)))
    customer = dict.fromkeys([*TYPES]) | {"held": []}
    expected = [
        may_be_shown(row, customer)
        for row in sorted(LIMITED.to_pylist(), key=lambda r: (r["product_class"], r["product_id"]))
    ]
    assert found.tolist() == [expected]
