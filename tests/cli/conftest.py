"""A command line to call, and a small published night for it to read."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kequn.cli.app import run
from kequn.engine.publish import publish
from kequn.insight.catalogue import Catalogue, catalogue
from kequn.night import run as night_run
from kequn.sandbox.create import create
from kequn.sandbox.decided import decide
from kequn.workspace import Workspace


@dataclass(frozen=True)
class Answer:
    """What a command gave back."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The JSON it printed."""
        return json.loads(self.out)

    @property
    def fault(self) -> dict[str, str]:
        """The JSON of the error it printed."""
        return json.loads(self.err)


Kequn = Callable[..., Answer]


@pytest.fixture
def kequn(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Kequn:
    """Call the command line in the test's own workspace, or in ``home``."""
    monkeypatch.delenv("KEQUN_HOME", raising=False)
    monkeypatch.delenv("KEQUN_LANG", raising=False)

    def call(*args: str, home: Path | None = None) -> Answer:
        capsys.readouterr()
        code = run(["--home", str(home or tmp_path / "workspace"), *args])
        printed = capsys.readouterr()
        return Answer(code, printed.out, printed.err)

    return call


CUSTOMERS = 400
TIERS = ("mass", "potential", "gold", "platinum", "diamond", "private")
RULES = ("near_private", "high_payroll")
AS_OF = date(2025, 5, 31)


@dataclass(frozen=True)
class Night:
    """A made-up night: the workspace it is published in, and the rows that went into its tables."""

    home: Path
    tables: dict[str, list[dict[str, Any]]]

    @property
    def customers(self) -> list[dict[str, Any]]:
        return self.tables["customer"]


@pytest.fixture(scope="session")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """Customers, prospects, segments and tier history, drawn by a fixed seed and published like a night's."""
    workspace = Workspace.open(tmp_path_factory.mktemp("night") / "workspace")
    chance = random.Random(7)
    definitions = catalogue(workspace)
    customers = [_customer(number, chance, definitions) for number in range(CUSTOMERS)]
    tables = {
        "customer": customers,
        "identity": [{"party_id": row["customer_id"], "customer_id": row["customer_id"]} for row in customers],
        "prospect": [_prospect(row, chance, rule) for row in customers[:60] for rule in RULES],
        "tier_month": [
            {
                "customer_id": row["customer_id"], "month": date(2025, 4, 1), "month_avg_fen": row["aum"] // 2,
                "earned_rank": rank, "tier_rank": rank,
            }
            for row in customers
            if (rank := chance.randint(0, 5)) > 0
        ],
        "reconciliation": [
            {
                "account_id": 2**60 + number, "source_ref": f"A{number}", "first_day": AS_OF, "last_day": AS_OF,
                "days_apart": number, "largest_gap_fen": 10 * (number % 4), "total_gap_fen": -number,
            }
            for number in range(12)
        ],
        "segment_size": [_size(customers, name) for name in definitions.segments],
        "segment_matrix": [
            _overlap(customers, one, other)
            for one in definitions.segments
            for other in definitions.segments
            if one != other
        ],
        "white_list": [
            {
                "segment": "payroll", "target": "credit_card", "place": place, "customer_id": row["customer_id"],
                "likelihood": 0.5, "basis": "cell", "cell_members": 40, "aum_fen": row["aum"], "branch_id": "B1",
                "org_id": "O1", "staff_id": None,
            }
            for place, row in enumerate((row for row in customers if row["payroll"] and not row["credit_card"]), 1)
        ],
    }  # fmt: skip
    _publish(workspace, tables, definitions)
    return Night(workspace.home, tables)


def _customer(number: int, chance: random.Random, definitions: Catalogue) -> dict[str, Any]:
    rank, aum = min(5, int(chance.expovariate(1))), int(chance.lognormvariate(14, 2))
    row: dict[str, Any] = dict.fromkeys(definitions.types)
    for name in definitions.segments:
        row[name] = chance.random() < 0.3
    return row | {
        "customer_id": 2**62 + 7919 * number, "tier": TIERS[rank], "tier_rank": rank, "aum": aum, "aum_month_avg": aum,
        "age": chance.randint(18, 90), "tier_near": chance.random() < 0.2, "branch_id": f"B{number % 3}",
        "staff_id": f"S{number % 5}", "payroll_retained_10d_share": chance.random(),
    }  # fmt: skip


def _prospect(row: dict[str, Any], chance: random.Random, rule: str) -> dict[str, Any]:
    return {
        "rule": rule, "customer_id": row["customer_id"],
        "evidence_zh": f"资产{row['aum']}", "evidence_en": f"AUM {row['aum']}",
        "estimate_fen": chance.randint(0, 10**9), "confidence_percent": chance.randint(0, 100),
        "branch_id": row["branch_id"], "org_id": "O1", "staff_id": row["staff_id"],
    }  # fmt: skip


def _size(customers: list[dict[str, Any]], name: str) -> dict[str, Any]:
    members = [row for row in customers if row[name]]
    aum = sum(row["aum"] for row in members)
    share = aum / sum(row["aum"] for row in customers)
    return {
        "segment": name, "members": len(members), "aum_fen": aum, "customer_share": len(members) / len(customers),
        "aum_share": share,
    }  # fmt: skip


def _overlap(customers: list[dict[str, Any]], one: str, other: str) -> dict[str, Any]:
    members, both = (sum(bool(row[one] and row[name]) for row in customers) for name in (one, other))
    target = sum(bool(row[other]) for row in customers)
    return {
        "segment": one, "target": other, "kind": "segment", "members": members, "target_members": target,
        "both_members": both, "share": both / members, "base_share": target / len(customers),
        "lift": both / members / (target / len(customers)),
    }  # fmt: skip


ARROW = {
    "BIGINT": pa.int64(), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_(), "VARCHAR": pa.string(), "DATE": pa.date32(),
}  # fmt: skip


def _publish(workspace: Workspace, tables: dict[str, list[dict[str, Any]]], definitions: Catalogue) -> None:
    work = workspace.nights / ".made_up"
    for name, rows in tables.items():
        (work / name).mkdir(parents=True)
        kinds = definitions.types if name == "customer" else {}
        schema = pa.schema([(column, ARROW[kind]) for column, kind in kinds.items()]) if kinds else None
        pq.write_table(pa.Table.from_pylist(rows, schema), work / name / "part-0.parquet")
    entries = {name: {"rows": len(rows), "hash": "", "key": ""} for name, rows in tables.items()}
    manifest = {
        "as_of": AS_OF.isoformat(), "engine": "duckdb", "version": "test", "key": "0" * 64,
        "tables": entries, "stages": [],
    }  # fmt: skip
    publish(workspace, work, AS_OF, manifest)


CALL = """name: care_call
zh: 关怀电话
en: Care call
department: deposits
audience: age >= 30
starts: 2026-01-01
ends: 2026-12-31
holdout: 0.1
minimum: 2
offers:
  - {name: saving, zh: 存单, en: Saving, benefit: saving, value_yuan: 900, channels: [ai_call, sms], stock: 50,
     template: {zh: 存}}
"""
NEWS = """name: news
zh: 上新
en: News
department: cards
audience: everybody
starts: 2026-01-01
ends: 2026-12-31
offers:
  - {name: gift, zh: 礼物, en: Gift, benefit: gift, value_yuan: 300, channels: [sms, app, rm], template: {zh: 礼}}
  - {name: trifle, zh: 小礼, en: Trifle, benefit: trifle, value_yuan: 0.01, channels: [email], template: {zh: 礼}}
"""
FAULTY = NEWS.replace("name: news", "name: faulty").replace("department: cards", "department: crads")
LATER = NEWS.replace("name: news", "name: later").replace("starts: 2026-01-01", "starts: 2026-12-01")


@pytest.fixture(scope="session")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a sandbox with a night that settled two campaigns, refused one and made one wait."""
    workspace = Workspace.open(tmp_path_factory.mktemp("decided") / "workspace")
    create(workspace, customers=300, months=3, seed=4, end=date(2026, 6, 30))
    folder = workspace.own("campaigns")
    folder.mkdir()
    for name, text in {"care_call": CALL, "news": NEWS, "faulty": FAULTY, "later": LATER}.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    decide(workspace, 2000)
    night_run(workspace)
    return workspace.home


@pytest.fixture
def own_decided(decided: Path, tmp_path: Path) -> Path:
    """A copy of the same for a test that changes it."""
    return shutil.copytree(decided, tmp_path / "own", symlinks=True)


@dataclass(frozen=True)
class Table:
    """Rows of a published table, read by DuckDB alone."""

    home: Path

    def __call__(self, name: str, text: str = "SELECT * FROM night") -> list[dict[str, Any]]:
        pointer = json.loads((self.home / "data" / "current.json").read_text("utf-8"))
        files = self.home / "data" / "nights" / pointer["current"] / name / "*.parquet"
        with duckdb.connect() as connection:
            connection.execute(f"CREATE VIEW night AS SELECT * FROM read_parquet('{files}')")
            return connection.sql(text).to_arrow_table().to_pylist()


@pytest.fixture(scope="session")
def rows_of(decided: Path) -> Table:
    """Tables of the decided night."""
    return Table(decided)
