"""Start the console: database and assets made ready, then the web server and, beside it, the scheduler."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kequn.engage import assets
from kequn.errors import KequnError
from kequn.workspace import Workspace

if TYPE_CHECKING:
    from kequn.engage.orgs.directory import Loaded


def django(workspace: Workspace) -> None:
    """Set Django up for ``workspace``; a process serves one workspace."""
    import django as framework
    from django.conf import settings

    if not settings.configured:
        os.environ["KEQUN_HOME"] = str(workspace.home)
        os.environ["DJANGO_SETTINGS_MODULE"] = "kequn.engage.settings"
        framework.setup()
    if workspace.home != settings.WORKSPACE.home:
        raise KequnError(f"This process serves {settings.WORKSPACE.home} already, not {workspace.home}.")


def prepare(workspace: Workspace) -> None:
    """Build the assets where they are not, bring the database up to date; raises KequnError for wrong settings."""
    assets.build()
    django(workspace)
    from django.core.management import call_command
    from django.core.management.base import SystemCheckError

    try:
        call_command("check", verbosity=0)
    except SystemCheckError as error:
        raise KequnError("The console cannot start.", str(error)) from None
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)


def directory() -> Loaded | None:
    """Load orgs and staff of the newest night; None before the first."""
    from django.conf import settings

    from kequn.engage.orgs.directory import load
    from kequn.engage.site.night import newest

    night = newest(settings.WORKSPACE)
    return load(night) if night else None


def run(workspace: Workspace, host: str, port: int) -> None:
    """Serve until stopped; workers are forked, and neither DuckDB's threads nor a connection survive a fork."""
    from django.db import connections
    from granian import Granian
    from granian.constants import Interfaces

    from kequn.engage.site.night import forget

    forget()
    connections.close_all()
    settings = workspace.settings
    Granian(
        "kequn.engage.wsgi:application", address=host, port=port, interface=Interfaces.WSGI,
        workers=settings.integer("console.workers"), blocking_threads=settings.integer("console.threads"),
        log_access=False, log_level="warning",  # type: ignore[arg-type]
    ).serve()  # fmt: skip
