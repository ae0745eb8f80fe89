"""Training tables: one replayed from the small bank, one made up with a known rule."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from kequn.engine.macros import Parameters
from kequn.insight.catalogue import Catalogue, catalogue
from kequn.insight.scores.attrition import fit, training
from kequn.insight.scores.attrition.features import inputs
from kequn.insight.scores.model import Model
from kequn.workspace import Settings, Workspace

KNOWN = date(2026, 3, 31)
DATES = [date(2025, 2, 1), date(2025, 3, 1), date(2025, 4, 1), date(2025, 8, 1), date(2025, 12, 1), date(2026, 1, 1)]


@pytest.fixture(scope="session")
def quick() -> Settings:
    """Settings of small models."""
    return Settings.load().changed(
        scores__rounds=40, scores__learning_rate=0.1, scores__leaf_rows=20, scores__calibrate_dates=1,
        scores__segment_events_least=60, scores__segment_gain_least=0.05, scores__calibration_events_least=20,
        scores__profile_traits=4,
    )  # fmt: skip


@pytest.fixture(scope="session")
def trained(history: Workspace) -> pa.Table:
    """Customers of two past dates of the small bank, with their outcomes."""
    settings = history.settings.changed(
        scores__train_dates=1, scores__attrition_validate_dates=1, scores__history_days=30
    )
    return training(history, catalogue(), Parameters(KNOWN, settings))


def made_up(rows: int = 500, dates: tuple[date, ...] = tuple(DATES), seed: int = 3) -> pa.Table:
    """Customers by date, by the names of features.yaml, who leave the likelier the lower ``aum_of_3m``; holders of
    credit cards, which no feature tells, the other way round.
    """
    chance = np.random.default_rng(seed)
    size = rows * len(dates)
    columns: dict[str, object] = {"customer_id": np.tile(np.arange(rows), len(dates)), "as_of": np.repeat(dates, rows)}
    for name, each in inputs().features.items():
        if each.kind == "flag":
            columns[name] = chance.random(size) < 0.3
        elif each.kind == "category":
            columns[name] = np.array(["gold", "silver", None], object)[chance.integers(0, 3, size)]
        else:
            columns[name] = chance.random(size)
    columns |= {name: chance.random(size) * 10**6 for name in inputs().figures}
    columns |= {"credit_card": chance.random(size) < 0.4, "personal_loan": chance.random(size) < 0.01}
    columns["tier"] = np.array(["mass", "gold"])[chance.integers(0, 2, size)]
    columns["aum"] = np.rint(chance.random(size) * 10**8)
    pull = np.where(columns["credit_card"], 1, -1) * (columns["aum_of_3m"] - 0.5) * 9 - 1.5
    left = chance.random(size) < 1 / (1 + np.exp(-pull))
    columns["left_bank"] = left
    shown = np.where(columns["payroll"], 1, chance.integers(2, 4, size))
    columns["shown_in"] = pa.array(shown.astype(np.int64), mask=~left)
    return pa.table({name: each if isinstance(each, pa.Array) else pa.array(each) for name, each in columns.items()})


@pytest.fixture(scope="session")
def table() -> pa.Table:
    return made_up()


@pytest.fixture(scope="session")
def model(table: pa.Table, quick: Settings) -> Model:
    return fit(table, quick)


@pytest.fixture(scope="session")
def every_definition() -> Catalogue:
    return catalogue()
