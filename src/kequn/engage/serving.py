"""Start the console: database and assets made ready, then the web server and, beside it, the scheduler."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kequn.engage import assets
from kequn.engage.data.process import end
from kequn.errors import KequnError
from kequn.workspace import Workspace

if TYPE_CHECKING:
    from kequn.engage.orgs.directory import Loaded

SCHEDULER = "import django; django.setup(); from kequn.engage.data.scheduler import main; main()"


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
    """Serve until stopped, with the scheduler in a child process that ends when this one does, however it ends."""
    from granian import Granian
    from granian.constants import Interfaces

    settings = workspace.settings
    # A forked worker would inherit the night that this process has open, without the threads that read it.
    multiprocessing.set_start_method("spawn", force=True)
    os.environ["KEQUN_SERVED_BY"] = str(os.getpid())
    with _scheduler(workspace):
        Granian(
            "kequn.engage.wsgi:application", address=host, port=port, interface=Interfaces.WSGI,
            workers=settings.integer("console.workers"), blocking_threads=settings.integer("console.threads"),
            log_access=False, log_level="warning",  # type: ignore[arg-type]
        ).serve()  # fmt: skip


@contextmanager
def _scheduler(workspace: Workspace) -> Iterator[None]:
    """The scheduler, in a session of its own so that Ctrl-C reaches it through us, after the web server."""
    environment = os.environ | {"KEQUN_HOME": str(workspace.home), "DJANGO_SETTINGS_MODULE": "kequn.engage.settings"}
    command = [sys.executable, "-c", SCHEDULER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment, start_new_session=True) as child:
        try:
            yield
        finally:
            end(child)
