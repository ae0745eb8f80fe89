"""Planning pages: what the night settled, why for one customer, the contact policy and its changes."""

from __future__ import annotations

from django.apps import AppConfig


class PlanConfig(AppConfig):
    """Planning pages: what the night settled, why for one customer, the contact policy and its changes."""

    name = "kequn.engage.plan"
    label = "plan"
