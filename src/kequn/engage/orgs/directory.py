"""Bring orgs and staff up to date from a night's standard tables ``org`` and ``staff``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from kequn.bank.store import part_infos
from kequn.bank.vault import open_vault
from kequn.engage.orgs.models import Org, Staff
from kequn.engage.orgs.roles import Role
from kequn.engage.site.night import Night, Rows

NO_PASSWORD = "!"  # Django's mark of a password that nothing matches
BATCH = 2_000


@dataclass(frozen=True)
class Loaded:
    """How many orgs and staff the night has, and how many staff were shut out because it has them no more."""

    orgs: int
    staff: int
    left: int


def load(night: Night) -> Loaded:
    """Upsert all orgs and staff in one transaction; whoever is gone or out of service can no longer log in.

    Staff whom an administrator entered by hand stay as they are. Nobody's password, language or department changes.
    """
    night.bank("org", "staff")
    with transaction.atomic():
        orgs = _orgs(night.rows("SELECT org_id, parent_org_id, level, name_zh, name_en FROM org ORDER BY org_id"))
        staff = _staff(night)
        by_bank = Staff.objects.filter(by_hand=False, is_superuser=False, is_active=True)
        left = by_bank.exclude(username__in=[each.username for each in staff]).update(is_active=False)
    return Loaded(len(orgs), len(staff), left)


def _orgs(rows: Rows) -> list[Org]:
    parents = {row["org_id"]: row["parent_org_id"] for row in rows}
    paths = {org_id: _path(org_id, parents) for org_id in parents}
    orgs = [
        Org(org_id=row["org_id"], parent_id=row["parent_org_id"], level=row["level"], name_zh=row["name_zh"],
            name_en=row["name_en"] or "", path=paths[row["org_id"]])
        for row in sorted(rows, key=lambda row: paths[row["org_id"]].count("/"))
    ]  # fmt: skip
    fields = ["parent", "level", "name_zh", "name_en", "path"]
    Org.objects.bulk_create(orgs, BATCH, update_conflicts=True, unique_fields=["org_id"], update_fields=fields)
    return orgs


def _path(org_id: str, parents: dict[str, str | None]) -> str:
    """Ids from the root to ``org_id``; the contract's check of references keeps loops out, the guard keeps us safe."""
    steps: list[str] = []
    at: str | None = org_id
    while at is not None and at not in steps:
        steps.append(at)
        at = parents.get(at)
    return "/" + "/".join(reversed(steps)) + "/"


def _staff(night: Night) -> list[Staff]:
    names = dict(_names(night))
    known = {role.value for role in Role}
    kept = set(Staff.objects.filter(by_hand=True).values_list("username", flat=True))
    # Two sources may name one person; who is in service counts.
    rows = night.rows(
        """SELECT staff_id, org_id, role, active FROM staff
        QUALIFY row_number() OVER (PARTITION BY staff_id ORDER BY active DESC, org_id, role) = 1 ORDER BY staff_id"""
    )
    staff = [
        Staff(username=row["staff_id"], org_id=row["org_id"], role=row["role"], is_active=row["active"],
              name=names.get(row["staff_id"]) or "", password=NO_PASSWORD)
        for row in rows
        if row["role"] in known and row["staff_id"] not in kept
    ]  # fmt: skip
    fields = ["org", "role", "is_active", "name"]
    Staff.objects.bulk_create(staff, BATCH, update_conflicts=True, unique_fields=["username"], update_fields=fields)
    return staff


def _names(night: Night) -> Iterator[tuple[str, Any]]:
    """Clear names by staff number, from the vault."""
    for part in part_infos(night.workspace, "staff", night.as_of):
        for batch in open_vault(night.workspace, "staff", part.source, part.folder.name):
            columns = batch.to_pydict()
            yield from zip(columns["staff_id"], columns["name"], strict=True)
