"""System checks: each has a number and says what to do."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connection


@register(Tags.security, deploy=True)
def secure(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """What must hold where real customers are shown."""
    found: list[CheckMessage] = []
    if not settings.HTTPS:
        found.append(Warning("The console speaks plain HTTP.", hint="Set console.https = true.", id="kequn.W001"))
    if not settings.MFA_REQUIRED:
        hint = "Set console.second_factor = true."
        found.append(Warning("A password alone is enough to log in.", hint=hint, id="kequn.W002"))
    return found


@register(deploy=True)
def fit_for_many(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """SQLite serves one machine and a few dozen people."""
    if connection.vendor == "sqlite" and settings.WORKSPACE.settings.integer("console.workers") > 1:
        hint = "Set KEQUN_DATABASE_URL=postgres://..., or console.workers = 1."
        return [Warning("Several workers write to one SQLite file.", hint=hint, id="kequn.W003")]
    return []


@register()
def assets(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Styles and scripts are built from npm packages."""
    if all((Path(folder) / "console.css").is_file() for folder in settings.STATICFILES_DIRS):
        return []
    return [Error("Styles and scripts are not built.", hint="Run: python -m kequn.engage.assets", id="kequn.E001")]


@register()
def hosts(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Names under which the console is reached."""
    if "*" in settings.ALLOWED_HOSTS:
        hint = "List the names in console.hosts."
        return [Error("Any host name is accepted.", hint=hint, id="kequn.E002")]
    return []


@register()
def single_sign_on(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A server of single sign-on needs its secret."""
    apps: Any = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    if apps and not (apps[0]["secret"] and apps[0]["client_id"]):
        hint = "Set console.oidc_client, and KEQUN_OIDC_SECRET in the environment."
        return [Error("Single sign-on is configured by half.", hint=hint, id="kequn.E003")]
    return []


@register()
def night_time(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """When the scheduler runs the night."""
    asked = settings.WORKSPACE.settings.text("console.night_at")
    try:
        if asked:
            time.fromisoformat(asked)
    except ValueError:
        hint = 'Set console.night_at = "02:30", or "" for no night.'
        return [Error(f"The night cannot run at {asked!r}.", hint=hint, id="kequn.E004")]
    return []
