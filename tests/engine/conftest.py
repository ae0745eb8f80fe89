"""Both engines, one after the other."""

from __future__ import annotations

import pytest

from kequn.engine.base import Engine


@pytest.fixture(params=["duck", pytest.param("spark", marks=pytest.mark.spark)])
def engine(request: pytest.FixtureRequest) -> Engine:
    """The test runs once on each engine."""
    chosen: Engine = request.getfixturevalue(request.param)
    return chosen
