"""Make, revoke and recognise tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from kequn.engage.api.models import Token
from kequn.engage.audit.chain import record
from kequn.engage.language import say
from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import EVERYONE, KNOWING, PLANNERS, Role
from kequn.errors import KequnError

BYTES = 32
BEGINNING = 8
PREFIX = "kq_"
DAYS_MOST = 366
USED_EVERY = timedelta(minutes=1)
# What a token may do, in words, and the roles whose own pages show the same: a token never reaches beyond its owner.
SCOPES: dict[str, tuple[str, str, frozenset[Role]]] = {
    "catalogue:read": ("读取标签目录", "Read the catalogue", EVERYONE),
    "audiences:count": ("统计客群人数", "Count audiences", KNOWING | {Role.DATA_ENGINEER}),
    "audiences:read": ("读取目标客群", "Read audiences", PLANNERS | {Role.BRANCH_MANAGER, Role.CHIEF_RM}),
    "customers:read": ("读取客户标签与客群名单", "Read customers and members of audiences", KNOWING),
    "plan:read": ("读取统筹计划", "Read the plan", KNOWING),
}


def open_to(staff: Staff) -> list[str]:
    """Scopes that ``staff`` can give a token."""
    return [name for name, (_, _, roles) in SCOPES.items() if staff.duty in roles]


def make(owner: Staff, name: str, scopes: Sequence[str], days: int) -> tuple[Token, str]:
    """A new token and its text, which is shown once and kept nowhere.

    Raises KequnError for a scope beyond the owner's.
    """
    beyond = sorted(set(scopes) - set(open_to(owner)))
    if beyond or not scopes or not 0 < days <= DAYS_MOST:
        told = ", ".join(beyond)
        raise KequnError(
            say(
                f"不能签发这样的令牌：{told or '权限或期限不正确'}。",
                f"No such token can be made: {told or 'scopes or days'}.",
            )
        )
    text = PREFIX + secrets.token_urlsafe(BYTES)
    now = timezone.now()
    with transaction.atomic():
        token = Token.objects.create(
            owner=owner, name=name, scopes=sorted(scopes), digest=_digest(text), beginning=text[:BEGINNING],
            made_at=now, expires_at=now + timedelta(days=days),
        )  # fmt: skip
        record(owner, "token", f"token:{token.pk}", name=name, scopes=sorted(scopes), days=days)
    return token, text


def revoke(token: Token, by: Staff) -> None:
    """End a token at once."""
    with transaction.atomic():
        record(by, "token", f"token:{token.pk}", revoked=True)
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])


def recognised(text: str) -> Token | None:
    """The usable token of this text, or None; notes its use at most once a minute."""
    token = Token.objects.select_related("owner", "owner__org").filter(digest=_digest(text)).first()
    now = timezone.now()
    if token is None or not token.usable(now):
        return None
    if token.last_used_at is None or now - token.last_used_at > USED_EVERY:
        Token.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def permits(token: Token, scope: str) -> bool:
    """Whether the token has ``scope`` and its owner's role still may do that."""
    return scope in token.scopes and scope in open_to(token.owner)


def _digest(text: str) -> str:
    """The text has 256 random bits, so that a plain hash is enough."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
