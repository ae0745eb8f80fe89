"""The checks of rows: each reason with its place, and good rows beside it left alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kequn.bank import quarantine


@pytest.mark.parametrize(
    ("changes", "reason", "column", "value"),
    [
        ({"posting_id": ""}, "missing", "posting_id", None),
        ({"amount_yuan": "  "}, "missing", "amount_fen", "  "),
        ({"amount_yuan": "12.345"}, "type", "amount_fen", "12.345"),
        ({"amount_yuan": "1e3"}, "type", "amount_fen", "1e3"),
        ({"posted_at": "2024-02-30 10:00:00"}, "type", "posted_at", "2024-02-30 10:00:00"),
        ({"posted_at": "2101-01-01 00:00:00"}, "out_of_range", "posted_at", "2101-01-01 00:00:00"),
        ({"amount_yuan": "-0.01"}, "out_of_range", "amount_fen", "-001"),
        ({"direction": "inn"}, "not_allowed", "direction", "inn"),
        ({"account_id": "A77"}, "reference", "account_id", "A77"),
        ({"posting_id": "T1"}, "conflicting_key", "posting_id", "T1"),
    ],
)
def test_a_bad_row_is_put_aside_with_reason_and_place(
    core: Any, changes: dict[str, str], reason: str, column: str, value: str | None
) -> None:
    core.land_people()
    core.land("posting", [core.posting(1), core.posting(2), core.posting(3, **changes), core.posting(4)])
    report = core.load()
    (entry,) = quarantine.list(core.workspace)
    assert (entry.table, entry.file, entry.row) == ("posting", "core/posting/2024-03-31/a.csv", 3)
    assert (entry.reason, entry.column, entry.value) == (reason, column, value)
    assert report.quarantined == 1
    assert sorted(row["amount_fen"] for row in core.rows("posting")) == [150, 250, 450]


def test_an_identical_row_is_a_duplicate(core: Any) -> None:
    core.land_people()
    core.land("posting", [core.posting(1), core.posting(2), core.posting(1)])
    item = core.load().files[-1]
    assert (item.loaded, item.duplicate, item.quarantined) == (2, 1, 0)


def test_intervals_that_overlap_or_run_backwards(core: Any) -> None:
    core.land_people()
    core.land(
        "balance",
        [
            core.balance(1, "2024-03-01", "2024-03-10", "1.00"),
            core.balance(1, "2024-03-10", "", "2.00"),
            core.balance(2, "2024-03-10", "2024-03-09", "3.00"),
            core.balance(3, "2024-03-01", "", "4.00"),
            core.balance(3, "2024-03-05", "", "5.00"),
        ],
    )
    core.load()
    found = [(entry.row, entry.reason, entry.column) for entry in quarantine.list(core.workspace)]
    assert found == [(2, "overlap", "valid_from"), (3, "interval", "valid_to")]
    assert sum(row["change_fen"] for row in core.rows("balance")) == 500


def test_malformed_records_are_counted_with_their_place(core: Any) -> None:
    core.land_people()
    lines = [",".join(core.posting(1)), *(",".join(core.posting(n).values()) for n in (1, 2, 3))]
    lines[2] += ",more"
    core.land_bytes("posting", "\n".join(lines).encode() + b"\n")
    item = core.load().files[-1]
    assert (item.rows_in, item.loaded, item.quarantined) == (3, 2, 1)
    (entry,) = quarantine.list(core.workspace)
    assert (entry.row, entry.reason, entry.value, entry.record) == (2, "malformed", "9 fields, not 8", None)


def test_rows_that_the_mapping_loses_are_put_aside(core: Any) -> None:
    mapping = core.workspace.own("sources") / "core" / "party.sql"
    mapping.write_text(mapping.read_text("utf-8") + " WHERE party_id <> 'P2'", "utf-8")
    core.land("party", [core.party(n) for n in (1, 2, 3)])
    item = core.load().files[0]
    assert (item.rows_in, item.loaded, item.quarantined) == (3, 2, 1)
    (entry,) = quarantine.list(core.workspace)
    assert (entry.row, entry.reason) == (2, "not_mapped")


def test_a_reference_to_a_row_that_was_put_aside_is_missing_too(core: Any) -> None:
    core.land("party", [core.party(1), core.party(2, sex="?")])
    core.land("account", [core.account(1), core.account(2)])
    core.load()
    assert [(e.table, e.reason) for e in quarantine.list(core.workspace)] == [
        ("account", "reference"), ("party", "not_allowed")
    ]  # fmt: skip


def test_codes_of_the_whole_bank_are_checked_once_there_are_any(core: Any) -> None:
    mapping = core.workspace.own("sources") / "core" / "party.sql"
    mapping.write_text(mapping.read_text("utf-8").replace("NULL AS org_id", "'O' || sex AS org_id"), "utf-8")
    core.land("party", [core.party(1), core.party(2, sex="M")])
    assert core.load().quarantined == 0
    (core.workspace.landing / "core/party/2024-03-31/a.csv").unlink()
    core.land("org", [{"org_id": "OF", "parent_org_id": "", "level": "outlet", "name_zh": "网点"}], name="o.csv")
    core.land("party", [core.party(1), core.party(2, sex="M"), core.party(3)])
    core.load()
    assert [(e.reason, e.column, e.value) for e in quarantine.list(core.workspace)] == [("reference", "org_id", "OM")]


def test_the_record_is_kept_with_personal_information_masked(core: Any) -> None:
    core.land("party", [core.party(1), core.party(2, sex="赵"), core.party(3, birth_date="01/02/1990")])
    core.load()
    strange, wrong = quarantine.list(core.workspace)
    assert (strange.value, wrong.value) == ("***(1)", "01/02/1990")
    record = json.loads(strange.record or "")
    assert record["name"] == "***(3)"
    assert record["id_number"] == "***(18)"
    assert record["party_id"] == "P2"
