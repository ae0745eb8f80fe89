"""A chain of its own for each test: its own key, its own file of heads, written as after a commit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kequn.engage.audit import chain
from kequn.workspace import Workspace

Recorded = Callable[[int], None]


@pytest.fixture
def recorded(db, settings, tmp_path, django_capture_on_commit_callbacks) -> Recorded:
    """``recorded(n)`` appends n entries to a chain in a workspace of the test's own."""
    settings.WORKSPACE = Workspace.open(tmp_path / "own")

    def append(count: int) -> None:
        for number in range(count):
            with django_capture_on_commit_callbacks(execute=True):
                chain.record("S1", "reveal", f"customer:{number}", purpose="核对", share=0.5, big=1e20, rows=[1, 2.0])

    return append
