"""Loading deliveries: what becomes of each file, once and only once."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kequn.bank import balances, quarantine, store
from kequn.bank.accounting import Register
from kequn.bank.load import load, load_landed
from kequn.bank.session import key_of, open_session
from kequn.bank.slices import cuts
from kequn.errors import KequnError

MARCH, APRIL, MAY = date(2024, 3, 31), date(2024, 4, 30), date(2024, 5, 31)


def statuses(report: Any) -> dict[str, str]:
    return {item.table: item.status for item in report.files}


def test_good_rows_are_stored_with_keys_fen_and_dates(core: Any) -> None:
    core.land_people()
    core.land("posting", [core.posting(1), core.posting(2, owner=3)])
    report = core.load()
    assert [(f.table, f.rows_in, f.loaded) for f in report.files] == [
        ("party", 4, 4), ("account", 4, 4), ("posting", 2, 2)
    ]  # fmt: skip
    stored = {row["posting_id"]: row for row in core.rows("posting")}
    second = stored[key_of("core", "posting", "T2")]
    assert second["account_id"] == key_of("core", "account", "A3")
    assert second["amount_fen"] == 250
    assert str(second["posted_at"]) == "2024-03-03 10:00:00"
    people = {row["source_ref"]: row for row in core.rows("party")}
    assert people["P4"]["party_id"] == key_of("core", "party", "P4")
    assert (people["P4"]["source"], people["P4"]["first_seen"]) == ("core", MARCH)


def test_a_party_keeps_the_day_on_which_it_was_first_seen(core: Any) -> None:
    core.land_people((1, 2))
    core.land_people((2, 3), APRIL)
    core.load()
    assert {row["source_ref"]: row["first_seen"] for row in core.rows("party")} == {"P2": MARCH, "P3": APRIL}
    assert {row["source_ref"] for row in core.rows("party", MARCH)} == {"P1", "P2"}


def test_a_large_delivery_is_written_in_slices_of_days(core: Any) -> None:
    core.land_people()
    days = [1, 3, 3, 7, 9]
    core.land("posting", [core.posting(n, posted_at=f"2024-03-0{day} 10:00:00") for n, day in enumerate(days)])
    core.workspace = replace(core.workspace, settings=core.workspace.settings.changed(landing__rows_at_once=2))
    report = core.load()
    assert report.files[-1].loaded == len(days)
    part = store.part_infos(core.workspace, "posting")[0]
    assert (part.rows, part.first_day, part.last_day) == (5, date(2024, 3, 1), date(2024, 3, 9))
    assert [pq.read_metadata(file).num_rows for file in sorted(part.folder.glob("*.parquet"))] == [1, 2, 2]
    assert len({row["posting_id"] for row in core.rows("posting")}) == len(days)


def test_a_load_beyond_its_memory_says_what_to_do(core: Any) -> None:
    with open_session(core.workspace) as session:
        session.connection.execute("SET memory_limit = '20MB'; SET max_temp_directory_size = '1MB'")
        with pytest.raises(KequnError, match="more memory") as caught:
            session.run("CREATE TEMP TABLE wide AS SELECT range AS n, repeat('x', 2000) AS t FROM range(1000000)")
    assert "landing.rows_at_once" in caught.value.hint


@given(st.lists(st.integers(1, 50), max_size=30), st.integers(1, 60))
def test_slices_hold_whole_days_within_the_most_rows(rows: list[int], most: int) -> None:
    days = [(date(2024, 1, 1) + timedelta(days=n), count) for n, count in enumerate(rows)]
    starts = [date.min, *cuts(days, most), date.max]
    sizes = [[n for day, n in days if a <= day < b] for a, b in pairwise(starts)]
    assert [n for each in sizes for n in each] == rows
    assert all(sum(each) <= most or len(each) == 1 for each in sizes)


def test_a_second_run_loads_nothing(core: Any) -> None:
    core.land_people()
    core.land("balance", [core.balance(1, "2024-03-01", "", "10.00")])
    assert core.load().loaded == 9
    before = sorted(path.relative_to(core.workspace.bank) for path in core.workspace.bank.rglob("*"))
    assert core.load().files == []
    assert before == sorted(path.relative_to(core.workspace.bank) for path in core.workspace.bank.rglob("*"))


def test_deliveries_are_loaded_up_to_a_day_in_the_order_of_days(core: Any) -> None:
    core.land_people((1, 2), APRIL)
    core.land_people((1,), MARCH)
    assert {item.day for item in core.load(MARCH).files} == {MARCH}
    assert {item.day for item in core.load().files} == {APRIL}
    assert [part.delivered for part in store.source_parts(core.workspace, "party", "core")] == [MARCH, APRIL]


@pytest.mark.parametrize("table", ["party", "posting"])
def test_the_same_content_under_another_date_is_a_duplicate(core: Any, table: str) -> None:
    core.land_people()
    first = core.land("posting", [core.posting(1), core.posting(2)])
    core.load()
    source = first if table == "posting" else core.workspace.landing / "core/party/2024-03-31/a.csv"
    core.land_bytes(table, source.read_bytes(), APRIL, "renamed.csv")
    (item,) = core.load().files
    assert (item.status, item.duplicate, item.rows_in) == ("duplicate", item.rows_in, len(core.rows(table)))
    assert "2024-03-31" in item.message


def test_a_snapshot_that_returns_to_an_earlier_content_is_loaded(core: Any) -> None:
    for day, numbers in ((MARCH, (1, 2)), (APRIL, (1, 2, 3)), (MAY, (1, 2))):
        core.land_people(numbers, day)
    core.load()
    assert {row["source_ref"] for row in core.rows("party")} == {"P1", "P2"}


def test_an_older_snapshot_is_late_and_an_older_event_file_is_not(core: Any) -> None:
    core.land_people((1, 2), APRIL)
    core.load()
    core.land_people((1,), MARCH)
    core.land("posting", [core.posting(1)], MARCH)
    report = core.load()
    assert statuses(report) == {"party": "late", "account": "late", "posting": "loaded"}
    assert report.closes
    assert len(core.rows("party")) == 2
    assert {entry.reason for entry in quarantine.list(core.workspace)} == {"refused"}


def test_other_events_for_a_loaded_day_are_refused_as_late(core: Any) -> None:
    core.land_people()
    core.land("posting", [core.posting(1)])
    core.load()
    core.land("posting", [core.posting(1), core.posting(2)])
    assert statuses(core.load()) == {"posting": "late"}
    assert len(core.rows("posting")) == 1


def test_events_known_from_an_earlier_delivery_are_duplicates(core: Any) -> None:
    core.land_people()
    core.land("posting", [core.posting(1), core.posting(2)])
    core.land("posting", [core.posting(2), core.posting(3)], APRIL)
    report = core.load()
    assert [(f.loaded, f.duplicate) for f in report.files if f.table == "posting"] == [(2, 0), (1, 1)]
    assert len({row["posting_id"] for row in core.rows("posting")}) == len(core.rows("posting")) == 3


def test_late_balances_do_not_change_the_past_that_a_night_replays(core: Any) -> None:
    core.land_people((1,))
    core.land("balance", [core.balance(1, "2024-04-10", "", "50.00")], APRIL)
    core.load()
    core.land("balance", [core.balance(1, "2024-03-05", "2024-04-09", "20.00")], MARCH)
    core.load()
    assert core.rows("balance", MARCH) == []
    parts = store.source_parts(core.workspace, "balance", "core")
    assert [part.folder.name for part in parts] == ["2024-04-30", "2024-04-30.1"]
    changes = {str(row["valid_from"]): 0 for row in core.rows("balance")}
    for row in core.rows("balance"):
        changes[str(row["valid_from"])] += row["change_fen"]
    assert changes == {"2024-03-05": 2000, "2024-04-10": 3000}


class KilledError(BaseException):
    """Stands for a kill: nothing handles it."""


@pytest.mark.parametrize(
    ("where", "what", "after"),
    [
        (store, "publish", 0), (store, "publish", 2), (balances, "write", 0), (balances, "remember", 0),
        (balances, "remember", 1), (Register, "append", 2), (quarantine, "write", 1),
    ],
)  # fmt: skip
def test_a_killed_run_is_finished_by_the_next_without_double_rows(
    core: Any, monkeypatch: pytest.MonkeyPatch, where: Any, what: str, after: int
) -> None:
    core.land_people((1, 2))
    core.land("balance", [core.balance(1, "2024-03-01", "", "10.00"), core.balance(2, "2024-03-02", "", "7.00")])
    core.land("balance", [core.balance(1, "2024-04-01", "", "11.00")], APRIL)
    original, calls = getattr(where, what), [0]

    def killed(*given: Any, **named: Any) -> Any:
        calls[0] += 1
        if calls[0] > after:
            raise KilledError
        return original(*given, **named)

    monkeypatch.setattr(where, what, killed)
    with pytest.raises(KilledError):
        core.load()
    monkeypatch.setattr(where, what, original)
    report = core.load()
    assert report.closes
    assert all(item.status == "loaded" for item in report.files)
    assert len(core.rows("party")) == len(core.rows("account")) == 2
    assert sorted((str(row["valid_from"]), row["change_fen"]) for row in core.rows("balance")) == [
        ("2024-03-01", 1000), ("2024-03-02", 700), ("2024-04-01", 100)
    ]  # fmt: skip
    assert core.load().files == []


def test_a_line_of_the_register_that_was_cut_off_is_mended(core: Any) -> None:
    core.land_people((1,))
    core.load()
    path = core.workspace.data / "deliveries.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    (item,) = core.load().files
    assert (item.table, item.status, item.loaded) == ("account", "loaded", 1)
    assert [json.loads(line)["table"] for line in path.read_text("utf-8").splitlines()] == ["party", "account"]


def test_load_takes_files_from_any_folder_and_names_every_file(core: Any, tmp_path: Any) -> None:
    core.land_people((1,))
    folder = tmp_path / "2023-12-31"
    shutil.move(core.workspace.landing / "core", folder)
    (folder / "readme.txt").write_text("not a table")
    report = load(core.workspace, "core", folder)
    found = {(item.table, item.file): item.status for item in report.files}
    assert found[("party", "party/2024-03-31/a.csv")] == "loaded"
    assert found[("", "readme.txt")] == "unknown"
    assert found[("", "posting")] == "refused"
    assert {item.day for item in report.files} == {date(2023, 12, 31)}
    again = load(core.workspace, "core", folder, day=MARCH)
    assert statuses(again)["party"] == "duplicate"


def test_an_unknown_source_and_a_missing_folder_are_named(core: Any, tmp_path: Any) -> None:
    with pytest.raises(KequnError, match=r"no source coer.*Did you mean core"):
        load(core.workspace, "coer", tmp_path)
    with pytest.raises(KequnError, match="no folder"):
        load(core.workspace, "core", tmp_path / "nowhere")


def test_landed_files_of_no_source_or_table_are_reported_once(core: Any) -> None:
    stray = core.workspace.landing / "nobody" / "party" / "2024-03-31"
    stray.mkdir(parents=True)
    (stray / "a.csv").write_text("x\n1\n")
    core.land("nonsense", [{"x": 1}])
    assert {(item.source, item.status) for item in core.load().files} == {("nobody", "unknown"), ("core", "unknown")}
    assert core.load().files == []


def test_only_one_run_loads_at_a_time(core: Any) -> None:
    with open_session(core.workspace), pytest.raises(KequnError, match="being loaded"):
        load_landed(core.workspace)


def test_a_changed_mapping_brings_in_what_was_quarantined(core: Any) -> None:
    core.land_people()
    core.land("posting", [core.posting(1), core.posting(2, kind="wages")])
    assert core.load().quarantined == 1
    mapping = core.workspace.own("sources") / "core" / "posting.sql"
    mapping.write_text(
        mapping.read_text("utf-8").replace(" kind,", " CASE kind WHEN 'wages' THEN 'payroll' ELSE kind END AS kind,")
    )
    (item,) = core.load().files
    assert (item.status, item.loaded, item.duplicate, item.quarantined) == ("loaded", 1, 1, 0)
    assert sorted(row["kind"] for row in core.rows("posting")) == ["payroll", "transfer"]
    assert list(quarantine.list(core.workspace)) == []


DIRT = st.sampled_from(
    [
        {}, {}, {}, {"kind": "wages"}, {"amount_yuan": "12.345"}, {"amount_yuan": "-1.00"}, {"amount_yuan": ""},
        {"account_id": "A99"}, {"account_id": ""}, {"posted_at": "2024-02-30 00:00:00"}, {"posting_id": ""},
        {"direction": "IN"}, {"posted_at": "1800-01-01 00:00:00"},
    ]
)  # fmt: skip


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(st.lists(st.tuples(st.integers(1, 9), DIRT), min_size=1, max_size=12), min_size=1, max_size=3))
def test_the_account_of_every_file_closes(core: Any, files: list[list[tuple[int, dict[str, str]]]]) -> None:
    shutil.rmtree(core.workspace.landing, ignore_errors=True)
    shutil.rmtree(core.workspace.data, ignore_errors=True)
    core.workspace.settings.values["landing.bad_share"] = 1.0
    core.land_people((1,))
    for number, rows in enumerate(files):
        core.land("posting", [core.posting(n) | dirt for n, dirt in rows], name=f"{number}.csv")
    report = core.load()
    accounts = {item.file.rsplit("/", 1)[1]: item for item in report.files if item.table == "posting"}
    expected = brute_force([[core.posting(n) | dirt for n, dirt in rows] for rows in files])
    assert [(a.loaded, a.quarantined, a.duplicate) for _, a in sorted(accounts.items())] == expected
    assert report.closes
    assert len(core.rows("posting")) == sum(item.loaded for item in accounts.values())


def brute_force(files: list[list[dict[str, str]]]) -> list[tuple[int, int, int]]:
    """Loaded, quarantined and duplicate rows of each file: bad values first, then keys in the order of files."""
    known: dict[str, dict[str, str]] = {}
    counted = []
    for rows in files:
        loaded = quarantined = duplicate = 0
        for row in rows:
            good = (
                row["kind"] == "transfer" and row["amount_yuan"].endswith(".50") and row["account_id"] == "A1"
                and row["posting_id"] and row["posted_at"].startswith("2024-03") and row["direction"] == "in"
            )  # fmt: skip
            if not good:
                quarantined += 1
            elif row["posting_id"] not in known:
                known[row["posting_id"]] = row
                loaded += 1
            else:
                duplicate += 1
        counted.append((loaded, quarantined, duplicate))
    return counted
