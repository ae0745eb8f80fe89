"""What is done to the chain behind the console's back is found, and named by number."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kequn.engage.audit import chain, heads, verify
from kequn.engage.audit.models import Entry

pytestmark = pytest.mark.django_db
COUNT = 8


def run(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        assert cursor.rowcount


def found(file=None):
    return [(each.kind, each.first, each.last) for each in verify.verify(file).findings]


def lines():
    return chain.head_file().read_text("utf-8").splitlines()


def write(changed):
    chain.head_file().write_text("".join(f"{line}\n" for line in changed), "utf-8")


@pytest.fixture(autouse=True)
def _quick(monkeypatch, recorded):
    monkeypatch.setattr(heads, "LATE_SECONDS", 0.01)
    recorded(COUNT)


def test_a_chain_that_nobody_touched_is_whole():
    report = verify.verify()
    assert report.whole
    assert (report.entries, report.heads, report.more) == (COUNT, COUNT, 0)


@pytest.mark.parametrize(
    ("column", "value"),
    [("actor", "S2"), ("role", "rm"), ("action", "login"), ("subject", "customer:9"), ("detail", '{"purpose": "x"}'),
     ("at", "2020-01-01 00:00:00+00:00")],
)  # fmt: skip
def test_an_edited_entry_is_found(column, value):
    run(f"UPDATE audit_entry SET {column} = %s WHERE number = 5", value)
    assert found() == [("edited", 5, 5)]
    assert "5" in verify.verify().findings[0].words[0]


def test_deleted_entries_are_found():
    run("DELETE FROM audit_entry WHERE number IN (3, 4)")
    assert found() == [("deleted", 3, 4)]


def test_the_first_entry_cannot_be_deleted_unseen():
    run("DELETE FROM audit_entry WHERE number = 1")
    assert found() == [("deleted", 1, 1)]


def test_a_truncated_tail_is_found():
    run("DELETE FROM audit_entry WHERE number > 5")
    assert found() == [("cut", 6, 8)]


def test_a_chain_emptied_whole_is_found():
    run("DELETE FROM audit_entry")
    assert found() == [("cut", 1, 8)]


def rebuilt(first, key=None):
    """Chain and sign anew from ``first``, without the true key: with another one or with the old signatures."""
    previous = Entry.objects.get(number=first - 1).digest if first > 1 else chain.BEGINNING
    for entry in Entry.objects.filter(number__gte=first).order_by("number"):
        entry.previous = previous
        if entry.number == first:
            entry.detail = {"purpose": "something else"}
        previous = entry.digest = chain.digest_of(entry)
        signature = key.sign(bytes.fromhex(entry.digest)).hex() if key else entry.signature
        run("UPDATE audit_entry SET previous = %s, detail = %s, digest = %s, signature = %s WHERE number = %s",
            entry.previous, json.dumps(entry.detail), entry.digest, signature, entry.number)  # fmt: skip


def test_a_chain_rebuilt_with_another_key_is_found():
    rebuilt(1, Ed25519PrivateKey.generate())
    assert found() == [("forged", 1, 8), ("head_differs", 1, 8)]


def test_a_chain_rebuilt_with_its_heads_is_found_by_the_signature_alone():
    key = Ed25519PrivateKey.generate()
    rebuilt(4, key)
    write([
        json.dumps({"number": each.number, "digest": each.digest, "signature": each.signature})
        for each in Entry.objects.order_by("number")
    ])  # fmt: skip
    assert found() == [("forged", 4, 8)]


def test_an_entry_edited_and_rehashed_is_found():
    rebuilt(6)
    assert found() == [("forged", 6, 8), ("head_differs", 6, 8)]


def test_one_rehashed_entry_no_longer_holds_the_next():
    entry = Entry.objects.get(number=6)
    entry.actor = "S9"
    run("UPDATE audit_entry SET actor = 'S9', digest = %s WHERE number = 6", chain.digest_of(entry))
    assert found() == [("forged", 6, 6), ("head_differs", 6, 6), ("unlinked", 7, 7)]


def test_an_inserted_entry_is_found():
    text = "number, at, actor, role, action, subject, detail, previous, digest, signature"
    run(f"INSERT INTO audit_entry ({text}) SELECT 9, {text[8:]} FROM audit_entry WHERE number = 8")
    assert {kind for kind, first, last in found()} == {"edited", "unlinked", "head_missing"}


def test_a_cut_file_of_heads_is_found():
    write(lines()[:6])
    assert found() == [("head_missing", 7, 8)]


def test_a_head_taken_out_of_the_middle_is_found():
    write(lines()[:3] + lines()[5:])
    assert found() == [("head_missing", 4, 5)]


def test_a_missing_file_of_heads_is_found():
    chain.head_file().unlink()
    assert found() == [("head_missing", 1, 8)]


def test_an_altered_head_is_found():
    changed = lines()
    changed[2] = json.dumps(json.loads(changed[2]) | {"digest": "0" * 64})
    changed[4] = "not a head"
    write(changed)
    assert found() == [("head_differs", 3, 3), ("head_broken", 5, 5), ("head_missing", 5, 5)]


def test_a_copy_kept_elsewhere_shows_what_was_cut_on_both_sides(tmp_path):
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(chain.head_file().read_bytes())
    run("DELETE FROM audit_entry WHERE number > 5")
    write(lines()[:5])
    assert found() == []
    assert found(copy) == [("cut", 6, 8)]


def test_heads_of_entries_committed_together_may_change_places():
    write(reversed(lines()))
    assert found() == []


def test_a_head_that_is_being_written_is_waited_for(monkeypatch):
    monkeypatch.setattr(heads, "LATE_SECONDS", 5)
    whole = lines()
    write(whole[:-1])

    def appended(seconds):
        with chain.head_file().open("a") as file:
            file.write(whole[-1] + "\n")

    monkeypatch.setattr(heads.time, "sleep", appended)
    assert found() == []


def test_many_findings_are_counted_and_few_are_kept(monkeypatch, recorded):
    monkeypatch.setattr(verify, "SHOWN_MOST", 2)
    run("UPDATE audit_entry SET actor = 'S2' WHERE number IN (2, 4, 6, 8)")
    report = verify.verify()
    assert ([each.first for each in report.findings], report.more) == ([2, 4], 2)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5),
        st.recursive(
            st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False, allow_infinity=False)
            | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9),
            lambda inner: st.lists(inner, max_size=3), max_leaves=4,
        ),
        max_size=3,
    )
)  # fmt: skip
def test_any_detail_comes_back_from_the_database_with_its_digest(detail):
    entry = Entry(number=10**6, at=Entry.objects.get(number=1).at, actor="a", action="b", subject="c", detail=detail)
    digest = chain.digest_of(entry)
    entry.save()
    assert chain.digest_of(Entry.objects.get(number=10**6)) == digest
