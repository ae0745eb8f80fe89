"""What the data pages show is what lies on the disk."""

from __future__ import annotations

import fcntl
import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from kequn.bank import quarantine as shelf
from kequn.engage.audit.models import Entry
from kequn.engage.data import deliveries, nights
from kequn.engage.data.models import Run
from kequn.engage.orgs.roles import Role
from kequn.engine.publish import current

pytestmark = pytest.mark.django_db
PAGES = ("nights", "jobs", "deliveries", "quarantine", "reconciliation")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_needs_few_queries(as_, django_assert_max_num_queries, name, language):
    client = as_(Role.AUDITOR, language)
    with django_assert_max_num_queries(12):
        assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_a_page_before_the_first_night(as_, no_night, name):
    assert as_(Role.DATA_ENGINEER).get(reverse(name)).status_code == 200


def test_a_night_beside_the_one_before(as_, bank, night):
    told = as_(Role.DATA_ENGINEER).get(reverse("night", args=[night.key])).context["told"]
    tables = {row["name"]: row for row in told["table_rows"]}
    assert tables["customer"]["rows"] == night.value("SELECT count(*) FROM customer")
    before = told["before"]
    assert before.as_of < night.as_of
    for name, row in tables.items():
        was = before.manifest["tables"].get(name, {}).get("rows")
        assert row["was"] == was
        assert row["large"] == (was is not None and abs(row["rows"] - was) > nights.LARGE_CHANGE * was)
    assert as_(Role.DATA_ENGINEER).get(reverse("night", args=["2020-01-01-x"])).status_code == 404


def test_the_account_of_the_deliveries_closes(as_, bank):
    context = as_(Role.DATA_ENGINEER).get(reverse("deliveries")).context
    register = [json.loads(line) for line in (bank.data / "deliveries.jsonl").read_text("utf-8").splitlines()]
    assert context["files"] == len(register)
    totals = context["totals"]
    assert totals["rows_in"] == totals["loaded"] + totals["quarantined"] + totals["duplicate"]
    table = register[0]["table"]
    chosen = as_(Role.DATA_ENGINEER).get(reverse("deliveries"), {"table": table}).context
    assert chosen["files"] == sum(row["table"] == table for row in register)


def test_quarantine_counts_what_lies_there(as_, bank):
    context = as_(Role.DATA_ENGINEER).get(reverse("quarantine")).context
    assert context["total"] == sum(shelf.counts(bank).values()) > 0
    reason = context["page"][0]["reason"]
    chosen = as_(Role.DATA_ENGINEER).get(reverse("quarantine"), {"reason": reason}).context
    expected = sum(rows for (_, _, code), rows in shelf.counts(bank).items() if code == reason)
    assert chosen["total"] == expected
    assert {row["reason"] for row in chosen["sample"]} == {reason}


@pytest.mark.parametrize("asked", ["'", "%", "../../x", "nothing", "\x00"])
def test_odd_filters_find_nothing(as_, asked):
    for name in ("source", "table", "reason"):
        assert as_(Role.DATA_ENGINEER).get(reverse("quarantine"), {name: asked}).context["total"] == 0


def test_the_quarantine_leaves_as_a_file_for_who_may(as_, bank):
    form = {"export": "1", "format": "csv", "purpose": "reported to the source"}
    answer = as_(Role.DATA_ENGINEER).post(reverse("quarantine") + "?table=account", form)
    assert answer.status_code == 200
    assert "csv" in answer["Content-Type"]
    assert Entry.objects.filter(action="export").count() == 1


def test_health_names_what_is_wrong(bank):
    day = current(bank).as_of
    assert nights.health(bank, day).state == "good"
    stale = bank.settings.integer("console.stale_days")
    assert nights.health(bank, day + timedelta(days=stale + 1)).state == "bad"
    now = timezone.now()
    Run.objects.create(job="night", due_at=now, not_before=now, finished_at=now, state="failed", message="No disk.")
    told = nights.health(bank, day)
    assert told.state == "bad"
    assert "No disk." in told.reasons[0]


def test_a_running_night_shows_and_is_not_disturbed(bank):
    assert nights.running(bank) is None
    work = bank.nights / ".2026-01-01"
    for name in ("identity", "customer", ".spill"):
        (work / name).mkdir(parents=True)
    with (bank.data / "night.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = nights.running(bank)
    for name in ("identity", "customer", ".spill"):
        (work / name).rmdir()
    work.rmdir()
    assert found is not None
    assert (found.as_of.isoformat(), found.done) == ("2026-01-01", 2)


def test_a_job_is_started_once_and_recorded(as_):
    engineer = as_(Role.DATA_ENGINEER)
    for _ in range(2):
        assert engineer.post(reverse("job_start", args=["night"])).status_code == 302
    assert Run.objects.filter(job="night").count() == 1
    assert Entry.objects.get().detail == {"job": "night"}
    assert engineer.post(reverse("job_start", args=["rehearsal"])).status_code == 404
    assert as_(Role.AUDITOR).post(reverse("job_start", args=["night"])).status_code == 403


def test_gaps_between_daily_nights_are_named():
    day = timezone.localdate()
    rows = [{"as_of": day - timedelta(days=back)} for back in (0, 1, 2, 5, 6, 7)]
    assert nights.missing(rows) == [day - timedelta(days=4), day - timedelta(days=3)]
    assert nights.missing([{"as_of": day - timedelta(days=30 * back)} for back in range(4)]) == []


def test_a_register_that_grows_is_read_again(workspace):
    file = workspace.data / "deliveries.jsonl"
    file.parent.mkdir(parents=True)
    row = {"source": "s", "table": "t", "file": "f", "day": "2026-01-01", "status": "loaded", "rows_in": 3, "loaded": 2,
           "quarantined": 1, "duplicate": 0}  # fmt: skip
    file.write_text(json.dumps(row) + "\n", "utf-8")
    assert len(deliveries.deliveries(workspace, deliveries.Asked())) == 1
    with file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(row | {"loaded": 1}) + "\n" + '{"half')
    found = deliveries.deliveries(workspace, deliveries.Asked())
    assert [each["closes"] for each in found] == [True, False]
