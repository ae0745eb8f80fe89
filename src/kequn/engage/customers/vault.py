"""What the pages take from the vault: masked values of many customers, one clear value of one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from django.conf import settings

from kequn.bank.tokens import normalised, token, token_key
from kequn.engage.customers.cipher import Ring, found_by, ring
from kequn.engage.customers.masks import masked
from kequn.engage.customers.models import Customer, Key
from kequn.engage.orgs.models import Staff
from kequn.engage.site.night import Night

TEXT_MOST = 64  # no mobile, identity or customer number is longer
ASKED_MOST = 500  # customers in one query
NUMBER_MOST = 2**63


def masked_values(ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """Masked values by customer; whoever asks has checked the scope."""
    keys, wanted, found = _ring(), list(ids), {}
    for start in range(0, len(wanted), ASKED_MOST):
        rows = Customer.objects.filter(customer_id__in=wanted[start : start + ASKED_MOST])
        for customer_id, sealed in rows.values_list("customer_id", "sealed"):
            found[customer_id] = masked(keys.open(customer_id, bytes(sealed)))
    return found


def clear_value(customer_id: int, field: str) -> str:
    """One clear value, empty where there is none; whoever asks has checked the scope and written the audit entry."""
    sealed = Customer.objects.values_list("sealed", flat=True).filter(customer_id=customer_id).first()
    return _ring().open(customer_id, bytes(sealed)).get(field, "") if sealed else ""


def search(night: Night, user: Staff, text: str) -> list[int]:
    """Customers in the person's scope with this customer number, mobile or identity number, exactly."""
    text = text.strip()
    if not text or len(text) > TEXT_MOST or "\x00" in text:
        return []
    found = set()
    if text.isascii() and text.isdigit() and int(text) < NUMBER_MOST:
        found.add(int(text))
    for kind in Key.Kind:
        if digest := _digest(night, kind, text):
            found |= set(
                Key.objects.filter(kind=kind, digest=digest).values_list("customer_id", flat=True)[:ASKED_MOST]
            )
    return sorted(Customer.visible_to(user).filter(customer_id__in=found).values_list("customer_id", flat=True))


def _digest(night: Night, kind: str, text: str) -> str:
    """The index's digest of a text, written as the tokens were: one rule, that of the bank's loading."""
    written = night.value(f"SELECT {normalised(kind)} FROM (SELECT $text::VARCHAR AS {kind})", text=text)
    if not written:
        return ""
    key = token_key(settings.WORKSPACE)
    return found_by(settings.WORKSPACE, key, token(key, written))


def _ring() -> Ring:
    """Read anew when the key file has changed, as after a rotation."""
    file = settings.WORKSPACE.home / "keys" / "customer.keys"
    return _read(file.stat().st_mtime_ns if file.is_file() else 0, settings.WORKSPACE.home)


@lru_cache(maxsize=2)
def _read(stamp: int, home: object) -> Ring:
    return ring(settings.WORKSPACE)
