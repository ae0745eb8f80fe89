"""Who records at the same time makes one chain, and what cannot be recorded does not happen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection, transaction

import kequn
from kequn.engage.audit import chain
from kequn.engage.audit.models import Entry
from kequn.engage.audit.verify import verify
from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import Role

WRITERS, EACH = 2, 25
WRITE = f"""
import django
django.setup()
from kequn.engage.audit.chain import record
for number in range({EACH}):
    record("S1", "reveal", f"customer:{{number}}")
"""


def process(home: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = os.environ | {
        "KEQUN_HOME": str(home), "PYTHONPATH": str(Path(kequn.__file__).parent.parent),
        "DJANGO_SETTINGS_MODULE": "kequn.engage.settings",
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_processes_that_record_at_once_make_one_chain_and_the_command_says_so(tmp_path):
    (tmp_path / "kequn.toml").write_text("[console]\nhttps = false\n", "utf-8")
    made = process(tmp_path, "-m", "kequn.engage", "migrate", "audit", "--verbosity=0")
    assert made.wait() == 0, made.stderr.read()
    writers = [process(tmp_path, "-c", WRITE) for _ in range(WRITERS)]
    assert [(writer.wait(), writer.stderr.read()) for writer in writers] == [(0, "")] * WRITERS
    command = process(tmp_path, "-c", "from kequn.cli import main; main()", "audit", "verify", "--json")
    out, err = command.communicate()
    assert command.returncode == 0, err
    report = json.loads(out)
    assert (report["whole"], report["entries"], report["heads"]) == (True, WRITERS * EACH, WRITERS * EACH)


@pytest.mark.django_db
def test_an_entry_names_who_in_which_role(recorded):
    staff = Staff.objects.filter(role=Role.AUDITOR).first()
    entry = chain.record(staff, "export", "list:audit", rows=3)
    assert (entry.number, entry.actor, entry.role, entry.previous) == (1, staff.username, "auditor", chain.BEGINNING)


@pytest.mark.django_db
def test_what_is_rolled_back_leaves_no_head(recorded, django_capture_on_commit_callbacks):
    recorded(1)
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        chain.record("S1", "reveal", "customer:1")
        transaction.set_rollback(True)
    recorded(1)
    report = verify()
    assert (report.whole, report.entries, report.heads) == (True, 2, 2)


@pytest.mark.django_db
def test_the_key_is_not_in_the_database(recorded):
    recorded(2)
    private = chain.key().private_bytes_raw().hex()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM audit_entry")
        assert private not in repr(cursor.fetchall())
    assert Entry.objects.count() == 2
