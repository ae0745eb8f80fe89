"""A little source system ``core`` whose files a test states row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from kequn.bank import store
from kequn.bank.accounting import LoadReport
from kequn.bank.contract import contracts
from kequn.bank.load import load_landed
from kequn.workspace import Workspace

TABLES = ("org", "party", "account", "balance", "posting")
DAY = date(2024, 3, 31)
YAML = """name: core
label_zh: 核心
label_en: Core
files:
{files}
tables:
{tables}
"""


def party(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "party_id": f"P{number}", "system": "core", "name": f"赵钱{number}", "id_number": f"99010119900101{number:04}",
        "mobile": f"1000000{number:04}", "birth_date": "1990-01-01", "sex": "F", "opened_on": "2020-05-01",
    } | changes  # fmt: skip


def account(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "account_id": f"A{number}", "party_id": f"P{number}", "account_number": f"9900 0000 {number:04}",
        "asset_class": "deposit", "currency": "CNY", "opened_on": "2020-05-01",
    } | changes  # fmt: skip


def balance(number: int, first: str, last: str, yuan: str, **changes: Any) -> dict[str, Any]:
    return {"account_id": f"A{number}", "valid_from": first, "valid_to": last, "balance_yuan": yuan} | changes


def posting(number: int, owner: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "posting_id": f"T{number}", "account_id": f"A{owner}", "posted_at": f"2024-03-0{1 + number % 9} 10:00:00",
        "amount_yuan": f"{number}.50", "direction": "in", "kind": "transfer", "counterparty_name": f"孙李{number}",
        "counterparty_account": f"99000000{number:04}",
    } | changes  # fmt: skip


def define_source(folder: Path, tables: Sequence[str] = TABLES) -> None:
    """A source whose raw columns are named like the delivered ones, money in yuan."""
    folder.mkdir(parents=True, exist_ok=True)
    files = "\n".join(f'  {name}: {{path: "{name}/**/*.*"}}' for name in tables)
    listed = "\n".join(f"  {name}: {{from: {name}}}" for name in tables)
    (folder / "source.yaml").write_text(YAML.format(files=files, tables=listed), "utf-8")
    rows = {"party": party(1), "account": account(1), "balance": balance(1, "", "", ""), "posting": posting(1)}
    for name in tables:
        present = rows.get(name, {"org_id": "", "parent_org_id": "", "level": "", "name_zh": ""})
        columns = [_column(column.name, present) for column in contracts()[name].columns]
        (folder / f"{name}.sql").write_text(f"SELECT {', '.join(columns)}, _file, _row FROM {name}", "utf-8")


def _column(name: str, present: Mapping[str, Any]) -> str:
    yuan = name.replace("_fen", "_yuan")
    if yuan != name and yuan in present:
        return f"fen({yuan}) AS {name}"
    return name if name in present else f"NULL AS {name}"


@dataclass
class Core:
    """The source system and the workspace it delivers to."""

    workspace: Workspace

    party = staticmethod(party)
    account = staticmethod(account)
    balance = staticmethod(balance)
    posting = staticmethod(posting)

    def land(
        self,
        raw: str,
        rows: Sequence[Mapping[str, Any]],
        day: date = DAY,
        *,
        name: str = "a.csv",
        encoding: str = "utf-8",
        delimiter: str = ",",
    ) -> Path:
        """Land one CSV file; its columns are those of the first row."""
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return self.land_bytes(raw, text.getvalue().encode(encoding), day, name)

    def land_bytes(self, raw: str, content: bytes, day: date = DAY, name: str = "a.csv") -> Path:
        folder = self.workspace.landing / "core" / raw / day.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        return folder / name

    def land_people(self, numbers: Sequence[int] = (1, 2, 3, 4), day: date = DAY) -> None:
        """A party and an account for each number."""
        self.land("party", [party(number) for number in numbers], day)
        self.land("account", [account(number) for number in numbers], day)

    def load(self, up_to: date | None = None) -> LoadReport:
        return load_landed(self.workspace, up_to)

    def rows(self, table: str, as_of: date | None = None) -> list[dict[str, Any]]:
        """Everything that a night of ``as_of`` would read of a table."""
        files = [str(file) for folder in store.parts(self.workspace, table, as_of) for file in folder.glob("*.parquet")]
        if not files:
            return []
        found: list[dict[str, Any]] = duckdb.read_parquet(files).to_arrow_table().to_pylist()
        return found


@pytest.fixture
def core(tmp_path: Path) -> Core:
    """An empty workspace with the source ``core``."""
    workspace = Workspace.open(tmp_path)
    define_source(workspace.own("sources") / "core")
    return Core(workspace)
