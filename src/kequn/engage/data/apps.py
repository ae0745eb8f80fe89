"""Data pages: nights, deliveries, quarantine, reconciliation, and the jobs that run beside the console."""

from __future__ import annotations

from django.apps import AppConfig


class DataConfig(AppConfig):
    """Data pages: nights, deliveries, quarantine, reconciliation, and the jobs that run beside the console."""

    name = "kequn.engage.data"
    label = "console_data"
