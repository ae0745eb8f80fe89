"""Append to the audit chain: each entry holds the digest of the one before, signed with a key outside the database.

The head (number, digest, signature) is also written to a file, so that a cut-off tail shows.
"""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection, transaction

from kequn.bank.tokens import secret_key
from kequn.engage.audit.models import Entry
from kequn.engage.orgs.models import Staff

BEGINNING = "0" * 64
LOCK = 0x6B657175  # of PostgreSQL's advisory locks: one writer at a time
SIGNED = ("number", "at", "actor", "role", "action", "subject", "detail", "previous")


def record(actor: Staff | str, action: str, subject: str, **detail: Any) -> Entry:
    """Append an entry and return it; it is committed with the transaction that it is called in.

    ``action`` is a verb of ``words.ACTIONS``; ``subject`` says on what, as ``kind:id``; ``detail`` must be JSON and
    hold no clear personal data. Raises what the database or the head's file raises: whoever records before showing
    something must not show it then.
    """
    name, role = (actor, "") if isinstance(actor, str) else (actor.username, actor.role)
    with transaction.atomic():
        _one_at_a_time()
        last = Entry.objects.order_by("-number").values("number", "digest").first()
        entry = Entry(
            number=last["number"] + 1 if last else 1, at=datetime.now(UTC), actor=name, role=role, action=action,
            subject=subject, detail=detail, previous=last["digest"] if last else BEGINNING,
        )  # fmt: skip
        entry.digest = digest_of(entry)
        entry.signature = key().sign(bytes.fromhex(entry.digest)).hex()
        entry.save(force_insert=True)
        transaction.on_commit(lambda: _write_head(entry))
    return entry


def digest_of(entry: Entry) -> str:
    """SHA-256 over the signed fields as canonical JSON."""
    fields = {name: getattr(entry, name) for name in SIGNED} | {"at": entry.at.astimezone(UTC).isoformat()}
    text = json.dumps(_canonical(fields), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(value: Any) -> Any:
    """The same for what was given and for what PostgreSQL gives back, which writes 1e20 without its exponent."""
    if isinstance(value, dict):
        return {str(name): _canonical(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(each) for each in value]
    return int(Decimal(repr(value))) if isinstance(value, float) and value.is_integer() else value


def key() -> Ed25519PrivateKey:
    """The signing key: from KEQUN_AUDIT_KEY, else the workspace's own key file; never in the database."""
    return Ed25519PrivateKey.from_private_bytes(secret_key(settings.WORKSPACE, "KEQUN_AUDIT_KEY", "audit.key")[:32])


def head_file() -> Path:
    """Where heads are written, one JSON object a line, oldest first."""
    folder: Path = settings.WORKSPACE.data
    return folder / "audit" / "heads.jsonl"


def _one_at_a_time() -> None:
    """SQLite's immediate transactions are alone already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _write_head(entry: Entry) -> None:
    file = head_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    line = {"number": entry.number, "digest": entry.digest, "signature": entry.signature, "at": entry.at.isoformat()}
    with file.open("a", encoding="utf-8") as handle:
        handle.write(json.dumps(line) + "\n")
        handle.flush()
        os.fsync(handle.fileno())
