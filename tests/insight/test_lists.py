from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kequn.engine.publish import publish
from kequn.errors import KequnError
from kequn.insight.lists import ladder, prospects, white_list

DAY = date(2025, 5, 31)
CUSTOMER = {"customer_id": pa.int64(), "tier": pa.string(), "aum": pa.int64(), "tier_near": pa.bool_()}
PROSPECT = {
    "rule": pa.string(), "customer_id": pa.int64(), "evidence_zh": pa.string(), "evidence_en": pa.string(),
    "estimate_fen": pa.int64(), "confidence_percent": pa.int64(), "branch_id": pa.string(), "org_id": pa.string(),
    "staff_id": pa.string(),
}  # fmt: skip


def published(workspace, **tables):
    work = workspace.nights / ".made"
    for name, (rows, columns) in tables.items():
        (work / name).mkdir(parents=True)
        schema = pa.schema(list(columns.items()))
        pq.write_table(pa.Table.from_pylist(rows, schema), work / name / "part-0.parquet")
    entries = {name: {"rows": len(rows), "hash": "", "key": ""} for name, (rows, _) in tables.items()}
    publish(workspace, work, DAY, {"as_of": DAY.isoformat(), "key": "2" * 64, "engine": "duckdb", "tables": entries})
    return workspace


def test_a_bank_without_customers_has_a_ladder_without_shares(workspace):
    found = ladder(published(workspace, customer=([], CUSTOMER)))
    assert [row["tier"] for row in found.rows] == ["private", "diamond", "platinum", "gold", "potential", "mass"]
    assert {(row["customers"], row["customer_share"], row["aum_share"]) for row in found.rows} == {(0, None, None)}


def test_the_bounds_are_those_of_the_settings(workspace):
    (workspace.home / "kequn.toml").write_text("[tiers]\ngold_yuan = 300_000\n", "utf-8")
    bank = published(type(workspace).open(workspace.home), customer=([], CUSTOMER))
    assert {row["tier"]: row["from_fen"] for row in ladder(bank).rows}["gold"] == 30_000_000


def test_equal_estimates_are_ordered_by_confidence_and_customer(workspace):
    rows = [
        {"rule": "near_private", "customer_id": number, "estimate_fen": estimate, "confidence_percent": confidence}
        for number, estimate, confidence in [(3, 5, 10), (1, 5, 10), (2, 5, 90), (4, 9, 0), (5, None, 99)]
    ]
    found = prospects(published(workspace, prospect=(rows, PROSPECT)), limit=4)
    assert [row["customer_id"] for row in found.rows] == [4, 2, 1, 3]
    assert found.sizes == [{"rule": "near_private", "customers": 5, "estimate_fen": 24}]


def test_an_unknown_white_list_is_refused_before_anything_is_read(workspace):
    with pytest.raises(KequnError, match="no segment payrol"):
        white_list(workspace, "payrol", "credit_card", 5)
