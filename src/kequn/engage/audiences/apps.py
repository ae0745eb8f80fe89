"""Audiences: rules over tags, drawn or written, with owner and versions."""

from __future__ import annotations

from django.apps import AppConfig


class AudiencesConfig(AppConfig):
    """Audiences: rules over tags, drawn or written, with owner and versions."""

    name = "kequn.engage.audiences"
    label = "audiences"
