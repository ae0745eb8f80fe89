"""Deliveries that are refused as a whole, and what the bank is told."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kequn.bank import quality, quarantine
from kequn.bank.contract import Column

APRIL = date(2024, 4, 30)


def outcome(core: Any, table: str) -> tuple[str, str]:
    """Status and message of the newest file of a table; every account closes, refused rows count as quarantined."""
    report = core.load()
    assert report.closes
    item = [item for item in report.files if item.table == table][-1]
    if item.status == "refused":
        assert (item.loaded, item.quarantined, item.duplicate) == (0, item.rows_in, 0)
        assert any(entry.reason == "refused" for entry in quarantine.list(core.workspace, table=table))
    return item.status, item.message


def postings(core: Any, count: int = 12, **changes: Any) -> list[dict[str, Any]]:
    return [core.posting(number, **changes) for number in range(1, count + 1)]


def test_a_share_of_bad_rows_above_the_contract_refuses_and_keeps_yesterday(core: Any) -> None:
    core.land_people()
    core.load()
    core.land("party", [core.party(n, sex="X" if n < 5 else "F") for n in range(1, 9)], APRIL)
    status, message = outcome(core, "party")
    assert status == "refused"
    assert "4 of 8 rows are bad, allowed are 1.0%" in message
    assert len(core.rows("party")) == 4


def test_an_unknown_code_names_the_nearest(core: Any) -> None:
    core.land_people()
    core.land("posting", postings(core) + [core.posting(n, kind="transfr") for n in range(20, 25)])
    assert "5 x not_allowed in kind, nearest is transfer" in outcome(core, "posting")[1]
    core.land("posting", [*postings(core), core.posting(20, kind="transfr")])
    core.load()
    assert {entry.nearest for entry in quarantine.list(core.workspace, reason="not_allowed")} == {"transfer"}


def test_a_missing_column_is_named_with_the_nearest(core: Any) -> None:
    core.land_people()
    rows = [{("amount_yuna" if k == "amount_yuan" else k): v for k, v in row.items()} for row in postings(core)]
    core.land("posting", rows)
    status, message = outcome(core, "posting")
    assert status == "refused"
    assert "column amount_yuan is missing" in message
    assert "amount_yuna" in message


def test_a_changed_type_is_named(core: Any) -> None:
    core.land_people()
    core.land("posting", postings(core, posted_at="yesterday"))
    status, message = outcome(core, "posting")
    assert status == "refused"
    assert "posted_at has changed its type: 12 of 12" in message


@pytest.mark.parametrize(("first", "second"), [("direction", "kind"), ("posted_at", "amount_yuan")])
def test_swapped_columns_are_named(core: Any, first: str, second: str) -> None:
    core.land_people()
    core.land("posting", [row | {first: row[second], second: row[first]} for row in postings(core)])
    status, message = outcome(core, "posting")
    assert status == "refused"
    assert "swapped" in message
    assert first in message
    assert second.replace("_yuan", "_fen") in message


def test_swapped_ends_of_intervals_are_named(core: Any) -> None:
    core.land_people()
    core.land("balance", [core.balance(n, "2024-03-20", "2024-03-02", "1.00") for n in (1, 2, 3, 4)])
    status, message = outcome(core, "balance")
    assert status == "refused"
    assert "valid_from and valid_to look swapped" in message


@pytest.mark.parametrize(
    ("control", "words"),
    [
        ({"rows": 13, "sums": {}}, "truncated: it holds 12 rows, a.csv.ctl says 13"),
        ({"rows": 11}, "longer than announced: it holds 12 rows"),
        ({"rows": 12, "sums": {"amount_yuan": "84.01"}}, "sum of amount_yuan differs from a.csv.ctl by -0.01"),
        ({"rows": 12, "sum": "83.99"}, "sum of amount_fen differs from a.csv.ctl by 0.01 yuan"),
        (
            {"sums": {"amount": "84.00"}},
            "a column that core/posting/2024-03-31/a.csv lacks; the nearest is amount_yuan",
        ),
    ],
)
def test_a_control_file_that_disagrees(core: Any, control: dict[str, Any], words: str) -> None:
    core.land_people()
    file = core.land("posting", postings(core))
    file.with_name("a.csv.ctl").write_text(json.dumps(control))
    status, message = outcome(core, "posting")
    assert status == "refused"
    assert words in message
    assert core.rows("posting") == []


def test_control_files_that_agree_and_a_corrected_one(core: Any) -> None:
    core.land_people()
    file = core.land("posting", postings(core))
    beside = file.with_name("a.csv.ctl")
    beside.write_text(json.dumps({"rows": 12, "sums": {"amount_yuan": "1.00"}}))
    assert outcome(core, "posting")[0] == "refused"
    assert core.load().files == []
    beside.write_text(json.dumps({"rows": 12, "sums": {"amount_yuan": "84.00"}, "sum": "84"}))
    assert outcome(core, "posting")[0] == "loaded"
    assert not list(quarantine.list(core.workspace))


def test_one_control_statement_for_all_files_of_a_folder(core: Any) -> None:
    core.land_people()
    rows = postings(core)
    core.land("posting", rows[:5])
    folder = core.land("posting", rows[5:], name="b.csv").parent
    (folder / "control.json").write_text(json.dumps({"rows": 12, "sums": {"amount_yuan": "84.01"}}))
    status, message = outcome(core, "posting")
    assert status == "refused"
    assert "The 2 files of posting" in message
    (folder / "control.json").unlink()
    (folder / "_control.csv").write_text("file,rows,sum\na.csv,5,17.50\nb.csv,7,66.50\n")
    assert outcome(core, "posting")[0] == "loaded"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"posting_id,account_id\n", "has no records"),
        (b"posting_id,account_id\nT1,A1\nT2", "truncated"),
        (b'posting_id,account_id\nT1,A1\nT2,"A1\nT3,A1\n', "never closed"),
        (b"posting_id,posting_id\nT1,A1\n", "two columns named posting_id"),
        (b"posting_id,name\nT1,\xff\xff\n", "neither UTF-8"),
    ],
)
def test_a_broken_file(core: Any, content: bytes, words: str) -> None:
    core.land_people()
    core.land_bytes("posting", content)
    status, message = outcome(core, "posting")
    assert status == "refused"
    assert words in message


def test_an_announced_empty_event_file_is_fine(core: Any) -> None:
    core.land_people()
    file = core.land_bytes("posting", (",".join(core.posting(1)) + "\n").encode())
    file.with_name("a.csv.ctl").write_text('{"rows": 0}')
    assert outcome(core, "posting")[0] == "loaded"


def test_a_truncated_parquet_file(core: Any) -> None:
    core.land_people()
    file = core.land_bytes("posting", b"", name="a.parquet")
    pq.write_table(pa.Table.from_pylist(postings(core)), file)
    file.write_bytes(file.read_bytes()[:-9])
    status, message = outcome(core, "posting")
    assert status == "refused"
    assert "no readable Parquet footer" in message


def test_files_of_one_delivery_must_agree_on_their_columns(core: Any) -> None:
    core.land_people()
    core.land("posting", postings(core))
    core.land("posting", [{k: v for k, v in core.posting(40).items() if k != "kind"}], name="b.csv")
    status, message = outcome(core, "posting")
    assert status == "refused"
    assert "b.csv lacks the column kind that" in message


def test_a_bank_may_set_its_own_share(core: Any) -> None:
    core.workspace.settings.values["landing.bad_share"] = 0.5
    core.land_people()
    core.land("posting", postings(core) + [core.posting(n, kind="?") for n in range(20, 26)])
    report = core.load()
    assert (report.quarantined, len(core.rows("posting"))) == (6, 12)


def test_a_control_file_that_cannot_be_read_refuses_its_table_alone(core: Any) -> None:
    core.land_people()
    core.land("posting", postings(core)).with_name("a.csv.ctl").write_text("{rows: 12}")
    status, message = outcome(core, "posting")
    assert status == "refused"
    assert "not valid JSON" in message
    assert len(core.rows("party")) == 4


def test_identifiers_whose_keys_collide_refuse_the_table(core: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    keyed = quality._stored

    def colliding(column: Column, source: str) -> str:
        return '7::BIGINT AS "party_id"' if column.name == "party_id" else keyed(column, source)

    monkeypatch.setattr(quality, "_stored", colliding)
    core.land("party", [core.party(1), core.party(2), core.party(2)])
    status, message = outcome(core, "party")
    assert status == "refused"
    assert "identifiers P1 and P2 give the same key" in message


def test_lines_that_do_not_fit_the_header_are_said_to_be_that(core: Any) -> None:
    core.land_people()
    header = ",".join(core.posting(1))
    core.land_bytes("posting", "\n".join([header, *(f"T{n},A1,extra" for n in range(9)), ""]).encode())
    status, message = outcome(core, "posting")
    assert status == "refused"
    assert "9 of 9 rows are bad" in message
    assert "Lines do not fit the header" in message
