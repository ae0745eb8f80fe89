"""What the sandbox lands loads clean, and the loader finds exactly the wrong rows that the truth announces."""

import datetime
import json
from collections import Counter

import pytest

from kequn.bank.load import load_landed
from kequn.sandbox.create import create

END = datetime.date(2026, 3, 31)


@pytest.fixture(scope="module")
def loaded(small, tmp_path_factory):
    workspace = small(tmp_path_factory.mktemp("loaded"), dirt_ppm=1600, chunk_customers=500, snapshots=2)
    create(workspace, 800, 12, 8, END)
    return workspace, load_landed(workspace, END)


def test_every_file_is_loaded_and_its_account_closes(loaded):
    workspace, report = loaded
    assert {account.status for account in report.files} == {"loaded"}
    assert report.closes
    files = [path for path in (workspace.landing / "sandbox").rglob("*") if path.suffix in (".csv", ".parquet")]
    assert len(report.files) == len(files)


@pytest.mark.parametrize(("kind", "count"), [("quarantine", "quarantined"), ("duplicate", "duplicate")])
def test_the_loader_finds_the_wrong_rows_that_were_announced(loaded, kind, count):
    workspace, report = loaded
    expected, found = Counter(), Counter()
    for row in _dirt(workspace)[kind]:
        expected[row["table"], row["delivered"]] += row["rows"]
    for account in report.files:
        found[account.table, str(account.day)] += getattr(account, count)
    assert +found == expected
    assert expected.total() > 10


def test_the_night_before_and_the_night_of_the_last_day_read_different_parts(loaded):
    workspace, _ = loaded
    days = {path.parent.name for path in workspace.bank.glob("posting/sandbox/*/part.json")}
    assert {"2026-03-30", "2026-03-31"} <= days


def _dirt(workspace):
    return json.loads((workspace.truth / "dirt.json").read_text())
