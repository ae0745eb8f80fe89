"""A bank with a history, loaded once, that tests of scores replay."""

from __future__ import annotations

from datetime import date

import pytest

from kequn.bank.load import load_landed
from kequn.night import run
from kequn.sandbox.create import create
from kequn.workspace import Workspace

END = date(2026, 4, 30)
KNOWN = date(2026, 3, 31)


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A sandbox of five hundred customers and 14 months, with a published night of its last month-end but one."""
    workspace = Workspace.open(tmp_path_factory.mktemp("history"))
    create(workspace, customers=500, months=14, seed=5, end=END)
    load_landed(workspace)
    run(workspace, KNOWN)
    return workspace
