"""What an administrator does to members of staff; each act is on the audit chain together with its effect."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction

from kequn.engage.audit import chain
from kequn.engage.language import say
from kequn.engage.orgs.access import new_password
from kequn.engage.orgs.models import Staff
from kequn.errors import KequnError

FIELDS = ("role", "org", "department")


class ActError(KequnError):
    """An act that would lock out whoever does it."""


def add(by: Staff, fields: dict[str, Any]) -> tuple[Staff, str]:
    """Enter a member of staff by hand; returns them and their password for one login."""
    with transaction.atomic():
        staff = Staff(by_hand=True, **fields)
        staff.set_unusable_password()
        staff.save()
        password = new_password(staff, once=True)
        _record(by, "staff_added", staff, **_shown(staff))
    return staff, password


def change(by: Staff, staff: Staff, fields: dict[str, Any]) -> None:
    """Another role, org or department; from then on the nightly load leaves them alone."""
    _not_oneself(by, staff)
    with transaction.atomic():
        before = _shown(staff)
        for name in FIELDS:
            setattr(staff, name, fields[name])
        staff.by_hand = True
        staff.save()
        end_sessions(staff)
        _record(by, "staff_changed", staff, before=before, after=_shown(staff))


def switch(by: Staff, staff: Staff, active: bool) -> None:
    """Let them log in, or no longer; who is switched off is out at the next request."""
    _not_oneself(by, staff)
    with transaction.atomic():
        staff.is_active, staff.by_hand = active, True
        staff.save()
        if not active:
            end_sessions(staff)
        _record(by, "staff_on" if active else "staff_off", staff)


def follow_bank(by: Staff, staff: Staff) -> None:
    """From the next night on they are again what the bank's tables say."""
    with transaction.atomic():
        staff.by_hand = False
        staff.save()
        _record(by, "staff_changed", staff, what="by_hand", after=False)


def one_time_password(by: Staff, staff: Staff) -> str:
    """A password for one login, which ends all sessions."""
    with transaction.atomic():
        password = new_password(staff, once=True)
        end_sessions(staff)
        _record(by, "staff_password", staff)
    return password


def reset_factor(by: Staff, staff: Staff) -> None:
    """Forget the second factor (a lost phone); where one is required it is set up anew at the next login."""
    with transaction.atomic():
        Authenticator.objects.filter(user=staff).delete()
        end_sessions(staff)
        _record(by, "staff_factor", staff)


def end_sessions(staff: Staff) -> None:
    """Log them out everywhere."""
    for session in UserSession.objects.filter(user=staff):
        session.end()


def _not_oneself(by: Staff, staff: Staff) -> None:
    if by.pk == staff.pk:
        raise ActError(
            say("不能变更自己的岗位或账号。", "Nobody changes their own role or account."),
            say("请另一位管理员操作。", "Ask another administrator."),
        )


def _shown(staff: Staff) -> dict[str, str]:
    return {"role": staff.role, "org": staff.org_id or "", "department": staff.department}


def _record(by: Staff, action: str, staff: Staff, **detail: Any) -> None:
    chain.record(by, action, f"staff:{staff.username}", **detail)
