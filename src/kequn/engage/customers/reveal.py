"""Show one masked field of one customer in clear: for a purpose, within a limit, and recorded before it is shown."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction

from kequn.engage.audit import chain
from kequn.engage.audit.models import Entry
from kequn.engage.customers.vault import clear_value
from kequn.engage.language import say
from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import FIELD
from kequn.errors import KequnError

# Who may see a field in clear: those who talk with customers.
REVEALERS = FIELD
ACTION = "reveal"
PURPOSES = {
    "call": ("联系客户", "Contact the customer"),
    "verify": ("核实身份", "Verify identity"),
    "visit": ("上门或寄送", "Visit or send something"),
    "complaint": ("处理投诉", "Handle a complaint"),
    "other": ("其他", "Something else"),
}
NOTE_LEAST, NOTE_MOST = 4, 200
PERSONAL = re.compile(r"\d{7,}")


class RevealError(KequnError):
    """Why a field is not shown: no purpose, or too many in an hour."""


class TooManyRevealsError(RevealError):
    """The person has seen as many fields in an hour as the bank allows."""


def reveal(user: Staff, customer_id: int, field: str, purpose: str, note: str) -> str:
    """The clear value, empty where there is none; the entry of the audit chain is committed before it is opened.

    Raises RevealError for a purpose that is none, TooManyRevealsError, and whatever the chain or the vault raises.
    Whoever calls has checked the role, the scope and that the password is recent.
    """
    note = note.strip()
    _check(purpose, note)
    with transaction.atomic():
        chain.record(user, ACTION, f"customer:{customer_id}", field=field, purpose=purpose, note=note)
        # Counted behind the chain's lock and with this one, so that two at once cannot both be the last.
        if _within_the_hour(user) > limit():
            raise TooManyRevealsError(
                say(f"一小时内最多查看 {limit()} 项明文，已达上限。", f"You have seen {limit()} fields in an hour."),
                say("请稍后再试；如确有需要，请联系支行长。", "Try again later, or ask your branch manager."),
            )
    return clear_value(customer_id, field)


def limit() -> int:
    """Fields that one person may see in an hour."""
    most: int = settings.WORKSPACE.settings.integer("console.reveals_an_hour")
    return most


def _check(purpose: str, note: str) -> None:
    if purpose not in PURPOSES:
        raise RevealError(say("请选择用途。", "Choose a purpose."))
    if purpose == "other" and len(note) < NOTE_LEAST:
        raise RevealError(say("选择“其他”时请写明用途。", "Write what it is for."))
    if len(note) > NOTE_MOST:
        raise RevealError(say(f"说明最多 {NOTE_MOST} 字。", f"The note may have {NOTE_MOST} characters."))
    if PERSONAL.search(note):
        raise RevealError(say("说明中请勿填写电话或证件号码。", "Do not write telephone or identity numbers here."))


def _within_the_hour(user: Staff) -> int:
    since = datetime.now(UTC) - timedelta(hours=1)
    return Entry.objects.filter(actor=user.username, action=ACTION, at__gt=since).count()
