"""Who did what: a hash-chained, signed log, and exports that leave a trace."""

from __future__ import annotations

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Who did what: a hash-chained, signed log, and exports that leave a trace."""

    name = "kequn.engage.audit"
    label = "audit"

    def ready(self) -> None:
        """Listen to logins."""
        from kequn.engage.audit import logins  # noqa: F401
