"""The console for programs, under /api/v1."""

from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The console for programs, under /api/v1."""

    name = "kequn.engage.api"
    label = "api"
