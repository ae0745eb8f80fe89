"""A small bank with three nights, and one person of each role who looks at it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

import kequn
from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import Role
from kequn.engage.site.night import Night, newest
from kequn.workspace import Workspace

CUSTOMERS = 2_000
SOURCE = Path(kequn.__file__).parent
# What the made-up bank does not depend on.
APART = ("engage", "bench", "cli")
As = Callable[..., Client]


@pytest.fixture(scope="session")
def bank(request: pytest.FixtureRequest) -> Workspace:
    """The workspace that the console reads in this run: a copy of a demo bank that is made once for this code."""
    cache = Path(request.config.rootpath) / ".pytest_cache" / "kequn-bank"
    made = cache / _digest()
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (made / "whole").is_file():
            shutil.rmtree(made, ignore_errors=True)
            _demo(made)
            (made / "whole").touch()
    workspace: Workspace = settings.WORKSPACE
    for folder in ("data", "keys", "models", "campaigns"):
        shutil.copytree(made / folder, workspace.home / folder, dirs_exist_ok=True)
    shutil.copy(made / "capacity.yaml", workspace.home)
    return workspace


def _demo(home: Path) -> None:
    command = [
        sys.executable,
        "-c",
        "from kequn.cli import main; main()",
        "--home",
        str(home),
        "demo",
        "--customers",
        str(CUSTOMERS),
        "--json",
    ]
    subprocess.run(command, check=True, capture_output=True, env=_environment())


def _environment() -> dict[str, str]:
    return os.environ | {"KEQUN_NO_SERVE": "1", "PYTHONPATH": str(SOURCE.parent)}


def _digest() -> str:
    digest = hashlib.sha256()
    for file in sorted(SOURCE.rglob("*")):
        if file.suffix in (".py", ".sql", ".yaml", ".toml") and file.relative_to(SOURCE).parts[0] not in APART:
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object, bank: Workspace) -> None:
    """What every night brings into the rows wing is there before the first test."""
    from kequn.engage.customers.load import load as load_customers
    from kequn.engage.orgs.directory import load

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        found = newest(bank)
        assert found
        load(found)
        load_customers(found)


@pytest.fixture(autouse=True)
def chinese() -> None:
    """Each test begins in the first language, whatever page a test before it has opened last."""
    translation.activate("zh-hans")


@pytest.fixture
def night(bank: Workspace) -> Night:
    """The newest night, as pages read it."""
    found = newest(bank)
    assert found
    return found


def staff_of(role: Role) -> Staff:
    """The first active member of staff of ``role``, from the top of the tree."""
    found = Staff.objects.filter(role=role, is_active=True).order_by("org__path", "username").first()
    assert found, f"the bank has no {role}"
    return found


@pytest.fixture
def as_(db: None) -> As:
    """``as_(Role.ANALYST)`` or ``as_(staff)``: a browser of somebody who has just given the password."""

    def log_in(who: Role | Staff, language: str = "zh-hans") -> Client:
        client = Client(headers={"accept-language": language})
        staff = staff_of(who) if isinstance(who, Role) else who
        client.force_login(staff)
        session = client.session
        session["account_authentication_methods"] = [
            {"method": "password", "at": time.time(), "username": staff.username}
        ]
        session["account_authentication_methods_user"] = str(staff.pk)
        session.save()
        return client

    return log_in


@pytest.fixture
def no_night(tmp_path: Path, settings: object) -> Workspace:
    """A console before its first night."""
    empty = Workspace.open(tmp_path / "empty")
    settings.WORKSPACE = empty  # type: ignore[attr-defined]
    return empty
