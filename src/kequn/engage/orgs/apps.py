"""Who works at the bank, where, and what they may see."""

from __future__ import annotations

from django.apps import AppConfig


class OrgsConfig(AppConfig):
    """Orgs, staff, roles, and who looks after which customer."""

    name = "kequn.engage.orgs"
    label = "orgs"

    def ready(self) -> None:
        """Keep what an administrator changes of staff and orgs; the nightly load is known by its tables."""
        from auditlog.registry import auditlog

        from kequn.engage.orgs.models import Org, Staff

        auditlog.register(Staff, include_fields=["name", "role", "org", "department", "is_active", "by_hand"])
        auditlog.register(Org)
