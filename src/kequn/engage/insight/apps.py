"""Knowing pages: overview, tags, tiers, segments, prospects, scores; they only read a published night."""

from __future__ import annotations

from django.apps import AppConfig


class InsightConfig(AppConfig):
    """Knowing pages: overview, tags, tiers, segments, prospects, scores; they only read a published night."""

    name = "kequn.engage.insight"
    label = "insight"
