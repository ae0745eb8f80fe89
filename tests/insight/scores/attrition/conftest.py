"""Training tables, one replayed from the small bank, one made up with a known rule; and a model of the latter."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from kequn.engine.macros import Parameters
from kequn.insight.catalogue import Catalogue, catalogue
from kequn.insight.scores.attrition import fit, training
from kequn.insight.scores.model import Model
from kequn.workspace import Settings, Workspace

KNOWN = date(2026, 3, 31)


@pytest.fixture(scope="session")
def trained(history: Workspace) -> pa.Table:
    """Customers of two past dates of the small bank, with their outcomes."""
    settings = history.settings.changed(
        scores__train_dates=1, scores__attrition_validate_dates=1, scores__history_days=30
    )
    return training(history, catalogue(), Parameters(KNOWN, settings))


@pytest.fixture(scope="session")
def table(leavers: pa.Table) -> pa.Table:
    return leavers


@pytest.fixture(scope="session")
def model(table: pa.Table, quick: Settings) -> Model:
    return fit(table, quick)


@pytest.fixture(scope="session")
def every_definition() -> Catalogue:
    return catalogue()
