"""Who works at the bank, where, and what they may see."""

from __future__ import annotations

from django.apps import AppConfig


class OrgsConfig(AppConfig):
    """Orgs, staff, roles, and who looks after which customer."""

    name = "kequn.engage.orgs"
    label = "orgs"
