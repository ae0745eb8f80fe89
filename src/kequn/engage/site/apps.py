"""What all pages share: layout, navigation, the night that a page shows, figures, charts, health."""

from __future__ import annotations

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Base of the console."""

    name = "kequn.engage.site"
    label = "site"

    def ready(self) -> None:
        """Register the checks of the settings."""
        from kequn.engage.site import checks  # noqa: F401
