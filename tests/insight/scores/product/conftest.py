"""A small shelf, and customers with planted tastes who take what they like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from kequn.insight.scores.model import Model
from kequn.insight.scores.product import fit
from kequn.insight.scores.product.packing import unpacked
from kequn.insight.scores.product.recommend import Recommender
from kequn.workspace import Settings

DATES = [date(2025, 3, 31) + timedelta(days=90 * turn) for turn in range(4)]
CLASSES = {"deposit": 5, "wealth": 6, "fund": 6, "service": 3}


def shelf_table(**changes: dict[str, Any]) -> pa.Table:
    """Products of four classes; ``changes`` are fields by product code."""
    rows = []
    for klass, count in CLASSES.items():
        for number in range(count):
            code = f"{klass[:3].upper()}{number}"
            row = {
                "product_id": code, "name_zh": f"{klass}{number}号", "name_en": f"{klass.title()} {number}",
                "product_class": klass, "subtype": "plain", "risk_level": 1 + number // 2 if klass != "deposit" else 1,
                "min_amount_fen": 100_00 * number, "min_age": 18 if klass != "deposit" else 0, "max_age": 120,
                "region": None, "private_placement": False, "listed_on": date(2020, 1, 1), "withdrawn_on": None,
            }  # fmt: skip
            rows.append(row | changes.get(code, {}))
    return pa.Table.from_pylist(rows, SCHEMA)


SCHEMA = pa.schema({
    "product_id": pa.string(), "name_zh": pa.string(), "name_en": pa.string(), "product_class": pa.string(),
    "subtype": pa.string(), "risk_level": pa.int64(), "min_amount_fen": pa.int64(), "min_age": pa.int64(),
    "max_age": pa.int64(), "region": pa.string(), "private_placement": pa.bool_(), "listed_on": pa.date32(),
    "withdrawn_on": pa.date32(),
})  # fmt: skip


@dataclass
class Town:
    """Customers who like some products of a class: what they hold tells what they take next."""

    customers: int
    seed: int = 3

    def table(self) -> pa.Table:
        chance = np.random.default_rng(self.seed)
        taste = chance.normal(size=(self.customers, 2))
        leaning = chance.random((self.customers, 2)) * np.array([0.5, 0.35])
        codes = {klass: [f"{klass[:3].upper()}{n}" for n in range(size)] for klass, size in CLASSES.items()}
        factor = {code: chance.normal(size=2) * 1.5 for each in codes.values() for code in each}
        rows, held = [], [set[tuple[str, date]]() for _ in range(self.customers)]
        for turn, day in enumerate([DATES[0] - timedelta(days=90), *DATES]):
            for number in range(self.customers):
                took = []
                for place, klass in enumerate(("wealth", "fund")):
                    if chance.random() < leaning[number, place]:
                        liking = [taste[number] @ factor[code] + chance.gumbel() for code in codes[klass]]
                        took.append(codes[klass][int(np.argmax(liking))])
                if turn:
                    rows.append(self._row(number, day, held[number], took, leaning[number]))
                held[number] |= {(code, day + timedelta(days=5)) for code in took}
        return pa.Table.from_pylist(rows)

    def _row(
        self, number: int, day: date, held: set[tuple[str, date]], took: list[str], leaning: Any
    ) -> dict[str, Any]:
        signs = sorted(f"h:{(day - since).days}:{code}" for code, since in held)
        return {
            "customer_id": number + 1, "as_of": day, "interactions": ",".join(signs) or None,
            "taken": ",".join(sorted(set(took))), "age": 20 + number % 60, "region": "R1", "tier": "gold",
            "aum": 10_000_000, "risk_tolerance": 5, "assessment_valid": True,
            "personalisation_refused": number % 50 == 0, "risk_signal": number % 71 == 0, "has_rm": True,
            "inflow_30d": int(1000 * leaning[0]),
            "payroll": number % 3 == 0,
        }  # fmt: skip


SMALL = {
    "scores.product_leaf_rows": 30, "scores.product_top": 5, "scores.product_prior_holders": 5, "engine.threads": 1,
}  # fmt: skip


@pytest.fixture(scope="session")
def small() -> Settings:
    return Settings({**Settings.load().values, **SMALL})


@pytest.fixture(scope="session")
def shelf() -> pa.Table:
    return shelf_table()


@pytest.fixture(scope="session")
def town() -> pa.Table:
    return Town(1500).table()


@pytest.fixture(scope="session")
def model(town: pa.Table, small: Settings, shelf: pa.Table) -> Model:
    return fit(town, small, shelf)


@pytest.fixture(scope="session")
def recommender(model: Model) -> Recommender:
    return unpacked(model)


@pytest.fixture(scope="session")
def today(town: pa.Table) -> pa.Table:
    """Customers of the last date, as one scores them."""
    import pyarrow.compute as pc

    return town.filter(pc.equal(town["as_of"], DATES[-1])).drop_columns(["taken"])
