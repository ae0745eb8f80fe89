from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from kequn.engine.base import Engine
from kequn.engine.build import Build
from kequn.engine.macros import Parameters
from kequn.insight.catalogue import catalogue
from kequn.insight.scores.model import Model
from kequn.insight.scores.product import score, stage, watched
from kequn.insight.scores.product.features import tags
from kequn.insight.scores.product.nightly import LIMITS

from .conftest import DATES, SMALL

CUSTOMERS = 200
PUBLISHED = ("score_product", "score_liking", "score_class")
Tables = dict[str, pa.Table]
TYPES = {
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "VARCHAR": pa.string(),
    "DATE": pa.date32(),
}


@pytest.fixture(scope="session")
def inputs(tmp_path_factory, today, shelf):
    """What a night has built so far: customer, the product shelf, and accounts that give the same signs."""
    folder = tmp_path_factory.mktemp("night")
    rows = today.slice(0, CUSTOMERS)
    known = catalogue()
    names = list(dict.fromkeys([*LIMITS, *tags(), *known.segments]))
    columns = {}
    for name in names:
        if name in rows.column_names:
            columns[name] = rows[name].cast(TYPES[known.types[name]])
        else:
            columns[name] = (
                pa.array(["S1"] * CUSTOMERS) if name == "staff_id" else pa.nulls(CUSTOMERS, TYPES[known.types[name]])
            )
    tables = {"customer": pa.table({"customer_id": rows["customer_id"], **columns}), "product": shelf}
    accounts = [
        {"customer_id": row["customer_id"], "product_id": sign.split(":")[2],
         "opened_on": (np.datetime64(DATES[-1]) - int(sign.split(":")[1])).item()}
        for row in rows.to_pylist() for sign in (row["interactions"] or "").split(",") if sign
    ]  # fmt: skip
    tables["account"] = pa.Table.from_pylist(accounts)
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
    return folder


ENDS = {"matures_on": "DATE", "closed_on": "DATE"}
EMPTY = {
    "account": {"customer_id": "BIGINT", "product_id": "VARCHAR", "opened_on": "DATE", **ENDS},
    "loan": {"party_id": "BIGINT", "product_id": "VARCHAR", "granted_on": "DATE", **ENDS},
    "card": {"party_id": "BIGINT", "product_id": "VARCHAR", "issued_on": "DATE", "expires_on": "DATE"},
    "purchase": {"party_id": "BIGINT", "product_id": "VARCHAR", "happened_at": "TIMESTAMP", "outcome": "VARCHAR"},
    "app_event": {"party_id": "BIGINT", "product_id": "VARCHAR", "happened_at": "TIMESTAMP", "kind": "VARCHAR"},
    "identity": {"party_id": "BIGINT", "customer_id": "BIGINT"},
}
TEXTS = ("product_id", "name_zh", "name_en", "product_class", "subtype", "region")
NUMBERS = ("risk_level", "min_amount_fen", "term_days", "min_age", "max_age")
PRODUCT = {
    **dict.fromkeys(TEXTS, "VARCHAR"), **dict.fromkeys(NUMBERS, "BIGINT"), "private_placement": "BOOLEAN",
    "listed_on": "DATE", "withdrawn_on": "DATE",
}  # fmt: skip


@dataclass
class Night:
    """Runs the stage over what the night has built so far."""

    inputs: Path
    model: Model
    parameters: Parameters

    def run(self, engine: Engine, work: Path, *previous: Path, top: int | None = None) -> tuple[Tables, list[bool]]:
        """The published tables by name, and which stages were used again."""
        work.mkdir()
        build, known = Build(engine, work, list(previous), lambda _: None), catalogue()
        names = pq.read_schema(self.inputs / "customer.parquet").names
        build.attach("customer", [self.inputs / "customer.parquet"], {name: known.types[name] for name in names}, "c")
        build.attach("product", [self.inputs / "product.parquet"], PRODUCT, "p")
        for name, columns in EMPTY.items():
            build.attach(name, [self.inputs / "account.parquet"] if name == "account" else [], columns, name)
        settings = (
            self.parameters.settings if top is None else self.parameters.settings.changed(scores__product_top=top)
        )
        stage(build, known, Parameters(self.parameters.as_of, settings), self.model)
        order = {"score_product": [("customer_id", "ascending"), ("rank", "ascending")]}
        tables = {name: pq.read_table(work / name).sort_by(order.get(name, "customer_id")) for name in PUBLISHED}
        query = watched(known, self.parameters, self.model)
        tables["watched"] = engine.fetch(query).sort_by("customer_id")
        return tables, [one.reused for one in build.stages]


@pytest.fixture(scope="session")
def night(inputs, model, small) -> Night:
    return Night(inputs, model, Parameters(DATES[-1], small))


def test_the_night_gives_what_the_library_gives(duck, tmp_path, night, today, shelf):
    tables, _ = night.run(duck, tmp_path / "a")
    expected = score(night.model, today.slice(0, CUSTOMERS), shelf)
    found = tables["score_product"]
    assert found["product_id"].to_pylist() == expected["product_id"].to_pylist()
    np.testing.assert_allclose(found["score"].to_numpy(), expected["score"].to_numpy(), rtol=1e-9)
    assert found["reason_zh"].to_pylist() == expected["reason_zh"].to_pylist()
    assert tables["score_liking"].column_names == ["customer_id", "wealth", "fund"]
    assert tables["score_liking"].num_rows == CUSTOMERS
    assert pc.max(found["rank"]).as_py() == SMALL["scores.product_top"]
    chances = [tables["score_class"][f"chance_{name}"].to_numpy() for name in ("deposit", "wealth", "fund", "service")]
    anything = 1 - np.prod([1 - each for each in chances], axis=0)
    np.testing.assert_allclose(tables["watched"]["score"].to_numpy(), anything, atol=1e-12)
    assert set(tables["watched"].column_names) == {"customer_id", *night.model.about["distributions"]}


def test_a_night_run_again_uses_what_it_has_and_other_settings_do_not(duck, tmp_path, night):
    night.run(duck, tmp_path / "a")
    _, reused = night.run(duck, tmp_path / "b", tmp_path / "a")
    assert all(reused)
    tables, reused = night.run(duck, tmp_path / "c", tmp_path / "b", top=2)
    assert reused == [True, True, True, False]
    assert pc.max(tables["score_product"]["rank"]).as_py() == 2


@pytest.mark.spark
def test_spark_gives_the_same(spark, duck, tmp_path, night):
    ours, _ = night.run(duck, tmp_path / "a")
    theirs, _ = night.run(spark, tmp_path / "b")
    for name, table in ours.items():
        assert table.equals(theirs[name].cast(table.schema)), name
