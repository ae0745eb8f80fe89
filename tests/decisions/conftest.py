"""Small banks for tests of decisions: rows of tables exposed as a night would, campaigns, and a night's terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kequn.bank.contract import contracts
from kequn.decisions.campaign import Campaign
from kequn.decisions.capacity import Capacity, capacity
from kequn.decisions.past import Past
from kequn.decisions.policy import load
from kequn.decisions.policy.terms import Day
from kequn.decisions.tonight import Tonight
from kequn.engine.build import Build
from kequn.engine.duck import DuckEngine
from kequn.engine.macros import Parameters
from kequn.insight.catalogue import Catalogue, catalogue
from kequn.workspace import Settings, Workspace

Row = dict[str, Any]
AS_OF = date(2026, 6, 16)
ARROW = {
    "BIGINT": pa.int64(), "VARCHAR": pa.string(), "DATE": pa.date32(), "TIMESTAMP": pa.timestamp("us"),
    "BOOLEAN": pa.bool_(), "DOUBLE": pa.float64(),
}  # fmt: skip
IDENTITY = {"party_id": "BIGINT", "customer_id": "BIGINT"}
BASE = {"customer_id": "BIGINT", "birth_date": "DATE"}
STANDING = {
    "customer_id": "BIGINT", "campaign": "VARCHAR", "offer": "VARCHAR", "channel": "VARCHAR", "purpose": "VARCHAR",
    "planned_day": "DATE",
}  # fmt: skip


class Small:
    """Tables of a few rows; what a row leaves out is NULL, a date for an instant is its noon."""

    def __init__(self, engine: DuckEngine, folder: Path, definitions: Catalogue) -> None:
        self.folder, self.definitions = folder, definitions
        self.build = Build(engine, folder / "work", [], lambda _: None)
        self.build.work.mkdir(parents=True)
        self.parameters = Parameters(AS_OF, Settings.load())
        for name, contract in contracts().items():
            self.put(name, [], contract.stored_columns)
        self.put("account", [], contracts()["account"].stored_columns | {"customer_id": "BIGINT"})
        for name, columns in (("identity", IDENTITY), ("customer_base", BASE), ("plan_standing", STANDING)):
            self.put(name, [], columns)
        self.customers([])

    def put(self, name: str, rows: list[Row], columns: Mapping[str, str] | None = None) -> None:
        """State the rows of a table; ``columns`` where they are not those that it has."""
        columns = columns or self.build.columns[name]
        assert not {column for row in rows for column in row} - set(columns)
        schema = pa.schema([(column, ARROW[kind]) for column, kind in columns.items()])
        filled = [{column: _typed(row.get(column), kind) for column, kind in columns.items()} for row in rows]
        file = self.folder / f"{name}.parquet"
        self.build.engine.drop(name)
        pq.write_table(pa.Table.from_pylist(filled, schema=schema), file)
        self.build.attach(name, [file], columns, f"{name} {rows}")

    def customers(self, rows: list[Row]) -> None:
        """State customers by tags, each of them one party of the same number."""
        kinds = {name: kind for name, kind in self.definitions.types.items() if kind in ARROW}
        self.put("customer", rows, {"customer_id": "BIGINT"} | kinds)
        numbers = [row["customer_id"] for row in rows]
        self.put("customer_base", [{"customer_id": number} for number in numbers])
        self.put("identity", [{"customer_id": number, "party_id": number} for number in numbers])
        self.put("party", [{"party_id": number, "system": "core"} for number in numbers])


def _typed(value: Any, kind: str) -> Any:
    bare = kind == "TIMESTAMP" and isinstance(value, date) and not isinstance(value, datetime)
    return datetime(value.year, value.month, value.day, 12) if bare else value


@pytest.fixture(scope="session")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The catalogue that comes with Kequn."""
    return catalogue(Workspace.open(tmp_path_factory.mktemp("catalogue")))


@pytest.fixture
def small(duck: DuckEngine, tmp_path: Path, definitions: Catalogue) -> Small:
    """A bank without rows."""
    return Small(duck, tmp_path / "bank", definitions)


def offer_of(**changes: Any) -> Row:
    """Fields of an offer of product DEP1 by text message."""
    usual = {"name": "deposit", "zh": "存", "en": "Deposit", "channels": ("sms",), "template": {"zh": "存"}}
    thing = {} if "benefit" in changes else {"product": "DEP1"}
    return usual | thing | {"value_yuan": "100"} | changes


def campaign_of(name: str = "spring", offers: tuple[Row, ...] = (), **changes: Any) -> Campaign:
    """A campaign for those on the payroll around AS_OF, with one offer of ``offer_of`` unless stated."""
    usual = {
        "zh": name, "en": name, "department": "deposits", "audience": "payroll", "starts": date(2026, 1, 1),
        "ends": date(2026, 12, 31), "offers": offers or (offer_of(),),
    }  # fmt: skip
    return Campaign(name=name, **usual | changes)


def terms_of(*campaigns: Campaign, **changes: Any) -> Tonight:
    """The terms of the night after AS_OF: default policy and capacity, no products, no past, unless stated."""
    usual = {
        "day": Day(date(2026, 6, 17), holiday=False), "policy": load.load(""), "capacity": _capacity(), "refused": (),
        "products": {}, "branch_of": {}, "past": Past(),
    }  # fmt: skip
    return Tonight(campaigns=campaigns, **usual | changes)


def _capacity() -> Capacity:
    return capacity(Workspace(Path("/nowhere"), Settings.load()))


@pytest.fixture
def offer() -> Callable[..., Row]:
    return offer_of


@pytest.fixture
def campaign() -> Callable[..., Campaign]:
    return campaign_of


@pytest.fixture
def terms() -> Callable[..., Tonight]:
    return terms_of
