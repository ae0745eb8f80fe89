"""Orgs and staff follow the bank's tables."""

from __future__ import annotations

import pytest

from kequn.engage.orgs.directory import load
from kequn.engage.orgs.models import Org, Staff
from kequn.engage.orgs.roles import Role

pytestmark = pytest.mark.django_db


def test_the_tree_is_the_banks(night):
    night.bank("org")
    rows = {row["org_id"]: row["parent_org_id"] for row in night.rows("SELECT org_id, parent_org_id FROM org")}
    assert {org.org_id: org.parent_id for org in Org.objects.all()} == rows
    for org in Org.objects.select_related("parent"):
        assert org.path == (org.parent.path if org.parent else "/") + org.org_id + "/"


def test_whoever_left_can_no_longer_log_in(night):
    gone = Staff.objects.create_user("X1", password="a-long-password", role=Role.ANALYST)
    kept = Staff.objects.create_user("X2", password="a-long-password", role=Role.ANALYST, by_hand=True)
    assert load(night).left == 1
    gone.refresh_from_db()
    kept.refresh_from_db()
    assert (gone.is_active, kept.is_active) == (False, True)


def test_a_load_keeps_passwords_and_names(night):
    staff = Staff.objects.filter(role=Role.RM).first()
    staff.set_password("a-long-password")
    staff.save()
    load(night)
    again = Staff.objects.get(pk=staff.pk)
    assert again.check_password("a-long-password")
    assert again.name


def test_scope_ends_at_the_own_org(night):
    manager = Staff.objects.filter(role=Role.BRANCH_MANAGER, is_active=True).first()
    seen = set(Org.visible_to(manager).values_list("org_id", flat=True))
    assert manager.org_id in seen
    assert len(seen) < Org.objects.count()
    where, values = manager.scope.condition()
    counted = night.value(f"SELECT count(*) FROM customer WHERE {where}", **values)
    expected = night.value("SELECT count(*) FROM customer WHERE branch_id = $b", b=manager.org_id)
    assert counted == expected
