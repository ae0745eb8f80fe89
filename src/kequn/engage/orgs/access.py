"""Give a member of staff a password to begin with."""

from __future__ import annotations

import secrets

from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import Role

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP_LENGTH = 4, 4


def new_password(staff: Staff, *, once: bool = False) -> str:
    """Set and return a random password of 79 bits; whoever calls shows it once and keeps it nowhere.

    With ``once`` it must be changed at the first login.
    """
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
    password = "-".join(groups)
    staff.set_password(password)
    staff.must_change = once
    staff.save(update_fields=["password", "must_change"])
    return password


def one_of_each_role() -> list[Staff]:
    """For trying out: an active member of staff of each role that has pages."""
    found = []
    for role in Role:
        staff = Staff.objects.filter(role=role, is_active=True, org__isnull=False).order_by("org__path", "username")
        if role is not Role.TELLER and (first := staff.first()):
            found.append(first)
    return found
