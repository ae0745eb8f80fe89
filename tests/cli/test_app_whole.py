"""A tiny sandbox bank from its files to a customer's page, by the commands alone."""

from __future__ import annotations

import csv
import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kequn.cli.app import run

CUSTOMERS = 150


def kequn(home: Path, *args: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(["--home", str(home), *args])
    return code, out.getvalue(), err.getvalue()


def data(home: Path, *args: str):
    code, out, err = kequn(home, *args, "--json")
    assert code == 0, err
    return json.loads(out)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The home of a sandbox with one night, and the night's report."""
    home = tmp_path_factory.mktemp("whole") / "workspace"
    data(home, "sandbox", "create", "--customers", str(CUSTOMERS), "--months", "3", "--seed", "5")
    return home, data(home, "night")


@pytest.fixture(scope="module")
def home(made):
    return made[0]


def landed_names(home: Path) -> set[str]:
    names = set()
    for file in (home / "landing" / "sandbox" / "party").rglob("*"):
        if file.suffix == ".parquet":
            table = pq.read_table(file)
            names |= {name for name in table.column("name").to_pylist() if name}
        elif file.suffix == ".csv":
            names |= {row["name"] for row in csv.DictReader(file.read_text("gb18030").splitlines())}
    return names


def stored(folder: Path) -> list[dict]:
    return [row for file in folder.glob("*.parquet") for row in pq.read_table(file).to_pylist()]


def test_the_night_reports_its_load_its_stages_and_its_tables(made):
    _, report = made
    files = report["loaded"]["files"]
    assert files
    for file in files:
        if file["status"] not in ("lookup", "unknown"):
            assert file["rows_in"] == file["loaded"] + file["quarantined"] + file["duplicate"], file
    assert {"identity", "customer", "prospect", "publish"} <= {stage["name"] for stage in report["stages"]}
    assert abs(report["tables"]["customer"] - CUSTOMERS) <= CUSTOMERS // 20


def test_a_second_night_computes_nothing_and_publishes_the_same(made):
    home, first = made
    again = data(home, "night")
    assert again["night"] == first["night"]
    assert [stage["name"] for stage in again["stages"] if not stage["reused"] and stage["name"] != "publish"] == []


def test_what_has_landed_is_loaded_once(home):
    report = data(home, "load")
    assert report["loaded"] == 0
    assert "没有新的" in kequn(home, "load")[1] or report["files"]


def test_a_customer_is_found_by_the_number_of_a_source(home):
    someone = data(home, "audience", "list", "aum > 0", "--columns", "tier,aum", "--limit", "1")["rows"][0]
    page = data(home, "customer", someone["customer_id"])
    parts = stored(sorted((home / "data" / "bank" / "party" / "sandbox").iterdir())[-1])
    identity = stored(home / "data" / "nights" / data(home, "nights")[-1]["night"] / "identity")
    mine = {row["party_id"] for row in identity if str(row["customer_id"]) == someone["customer_id"]}
    references = {row["source_ref"] for row in parts if row["party_id"] in mine}
    assert len(page["parties"]) == len(references)
    for reference in references:
        found = data(home, "customer", "--party", f"sandbox:{reference}")
        assert found["customer_id"] == someone["customer_id"]
        assert found["tags"]["aum"] == someone["aum"]
    shown = {each["source_ref"] for each in page["parties"]}
    assert all(reference.startswith("****") and len(reference) <= 8 for reference in shown)


def test_accounts_in_the_banks_currency_add_up_to_aum(home):
    for row in data(home, "audience", "list", "aum > 0", "--columns", "aum", "--limit", "8")["rows"]:
        accounts = data(home, "customer", row["customer_id"])["accounts"]
        if all(account["currency"] == "CNY" for account in accounts):
            assert sum(account["balance_fen"] for account in accounts) == row["aum"]


def test_no_clear_name_is_printed(home):
    names = landed_names(home)
    assert len(names) > CUSTOMERS // 2
    for row in data(home, "audience", "list", "age > 0", "--columns", "age", "--limit", "5")["rows"]:
        printed = kequn(home, "customer", row["customer_id"])[1]
        assert [name for name in names if len(name) > 1 and name in printed] == []


def test_quarantined_rows_have_reason_and_position(home):
    for row in data(home, "quarantine", "--limit", "1000"):
        assert row["reason"]
        assert row["file"]


def test_every_reading_command_answers(home):
    for args in (["tiers"], ["segments"], ["segments", "matrix"], ["prospects"], ["nights"], ["catalogue"]):
        code, out, err = kequn(home, *args)
        assert (code, err) == (0, ""), args
        assert out


def test_a_folder_is_asked_for(home, tmp_path):
    assert kequn(home, "load", "sandbox")[0] == 1
    code, _, err = kequn(home, "load", "sandbox", str(tmp_path / "none"), "--json")
    assert code == 1
    assert "none" in json.loads(err)["error"]
    code, _, err = kequn(home, "load", "sandbx", str(tmp_path), "--json")
    assert (code, json.loads(err)["hint"]) == (1, "Did you mean sandbox?")
