"""Loading the vault: complete, equal when repeated, all or nothing, and found again by every number."""

from __future__ import annotations

import dataclasses

import pytest

from kequn.bank.store import part_infos
from kequn.bank.vault import open_vault
from kequn.engage import bulk
from kequn.engage.customers import load as loading
from kequn.engage.customers import rotate as rotating
from kequn.engage.customers.cipher import ring
from kequn.engage.customers.load import load
from kequn.engage.customers.models import Customer, Key, Load
from kequn.engage.customers.vault import search
from kequn.engage.orgs.models import Assignment
from kequn.engage.orgs.roles import Role
from tests.engage.conftest import staff_of

pytestmark = pytest.mark.django_db


def everything():
    rows = Customer.objects.values_list("customer_id", "org_id", "branch_id", "staff_id", "digest", "sealed")
    return (
        sorted((*row[:5], bytes(row[5])) for row in rows),
        sorted(Key.objects.values_list("kind", "digest", "customer_id")),
        sorted(Assignment.objects.values_list("customer_id", "staff_id", "valid_from")),
    )


def clear_records(night):
    """Every record's clear values by customer, in the order in which they were first seen, straight from the vault."""
    night.bank("party")
    records = {}
    for part in part_infos(night.workspace, "party", night.as_of):
        for batch in open_vault(night.workspace, "party", part.source, part.folder.name):
            records |= {row["party_id"]: row for row in batch.to_pylist()}
    order = """SELECT identity.customer_id, party.party_id FROM identity JOIN party USING (party_id)
        ORDER BY party.first_seen, party.source, party.source_ref, party.party_id"""
    found = {}
    for row in night.rows(order):
        found.setdefault(row["customer_id"], []).append(records[row["party_id"]])
    return found


def test_the_vault_holds_what_the_sources_said(night):
    keys, records = ring(night.workspace), clear_records(night)
    assert Customer.objects.count() == night.value("SELECT COUNT(*) FROM customer")
    for customer_id, sealed in Customer.objects.values_list("customer_id", "sealed"):
        wanted = {}
        for field in ("name", "mobile", "id_number", "email", "address"):
            said = [record[field].strip() for record in records[customer_id] if (record[field] or "").strip()]
            if said:
                wanted[field] = said[0]
        assert keys.open(customer_id, bytes(sealed)) == wanted


def test_every_number_of_every_record_finds_the_customer(night):
    head, records = staff_of(Role.ANALYST), clear_records(night)
    several = [one for one, rows in records.items() if len({row["mobile"] for row in rows if row["mobile"]}) > 1]
    assert several, "the bank has nobody with two mobiles"
    for customer_id in several[:20]:
        for row in records[customer_id]:
            for text in filter(None, (row["mobile"], row["id_number"])):
                assert customer_id in search(night, head, text)


def test_loading_again_changes_nothing(night):
    before = everything()
    again = load(night)
    assert (again.vault.changed, again.vault.gone, again.keys.changed, again.assignments.gone) == (0, 0, 0, 0)
    assert everything() == before
    assert Load.objects.get(what="customers").night == night.key


def test_what_differs_is_mended(night):
    ids = list(Customer.objects.values_list("customer_id", flat=True)[:3])
    Customer.objects.filter(customer_id=ids[0]).delete()
    Customer.objects.filter(customer_id=ids[1]).update(digest="changed", sealed=b"spoiled")
    Customer.objects.filter(customer_id=ids[2]).update(org_id="elsewhere")
    Customer.objects.create(customer_id=5, digest="", sealed=b"")
    Key.objects.create(kind="mobile", digest="stale", customer_id=5)
    Assignment.objects.create(customer_id=5, staff_id="S1", valid_from="2020-01-01")
    done = load(night)
    assert (done.vault.changed, done.vault.gone, done.keys.gone, done.assignments.gone) == (3, 1, 1, 1)
    assert not Customer.objects.filter(customer_id=5).exists()
    assert ring(night.workspace).open(ids[1], bytes(Customer.objects.get(customer_id=ids[1]).sealed))
    assert load(night).vault.changed == 0


@pytest.mark.parametrize("when", ["sealing", "keys", "recording"])
def test_a_killed_load_leaves_the_old_rows(night, monkeypatch, when):
    Customer.objects.update(digest="old")
    before = everything()

    def killed(*args, **more):
        raise KeyboardInterrupt

    if when == "sealing":
        monkeypatch.setattr(loading.Ring, "seal", killed)
    elif when == "recording":
        monkeypatch.setattr(Load.objects, "update_or_create", killed)
    else:
        applied, plain = [], bulk.Staging.apply

        def second_fails(self, target):
            applied.append(target)
            return killed() if len(applied) > 1 else plain(self, target)

        monkeypatch.setattr(bulk.Staging, "apply", second_fails)
    with pytest.raises(KeyboardInterrupt):
        load(night)
    assert everything() == before
    monkeypatch.undo()
    assert load(night).vault.changed == Customer.objects.count()


def test_assignments_are_those_of_the_bank(night):
    night.bank("assignment")
    wanted = night.rows(
        """SELECT DISTINCT identity.customer_id, staff_id, valid_from FROM assignment
        JOIN identity ON assignment.party_id = identity.party_id"""
    )
    assert everything()[2] == sorted((row["customer_id"], row["staff_id"], row["valid_from"]) for row in wanted)
    assert wanted


def test_rotation_is_taken_up_where_it_stopped(night, monkeypatch):
    count = Customer.objects.count()
    keys = ring(night.workspace)
    text = ",".join(f"{name}:{key.hex()}" for name, key in {"next": b"n" * 32, **keys.keys}.items())
    monkeypatch.setenv("KEQUN_CUSTOMER_KEYS", text)
    monkeypatch.setattr(rotating, "BATCH", 300)
    calls = []

    def stop(done, total):
        calls.append((done, total))
        if len(calls) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotating.rotate(stop)
    assert rotating.rotate() == count - 600
    assert rotating.rotate() == 0
    header = ring(night.workspace).header
    assert all(bytes(sealed).startswith(header) for sealed in Customer.objects.values_list("sealed", flat=True))
    assert load(night).vault.changed == 0


def test_sm4_and_sm3_by_a_switch(night, monkeypatch, settings):
    records = clear_records(night)
    customer_id, rows = next((one, rows) for one, rows in records.items() if rows[0]["mobile"])
    chosen = dataclasses.replace(
        settings.WORKSPACE, settings=settings.WORKSPACE.settings.changed(**{"console.cipher": "sm4"})
    )
    settings.WORKSPACE = chosen
    monkeypatch.setattr(night, "workspace", chosen)
    assert load(night).keys.changed == Key.objects.count()
    assert {len(digest) for digest in Key.objects.values_list("digest", flat=True)} == {64}
    assert rotating.rotate() == Customer.objects.count()
    assert customer_id in search(night, staff_of(Role.ANALYST), rows[0]["mobile"])
    assert ring(chosen).open(customer_id, bytes(Customer.objects.get(customer_id=customer_id).sealed))["name"]
