"""A bank with a history, loaded once, that tests of scores replay; the same bank with a model that its night used."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from types import ModuleType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from kequn.bank.load import load_landed
from kequn.engine.build import Build
from kequn.engine.macros import Parameters
from kequn.insight.catalogue import catalogue
from kequn.insight.scores import attrition, drift, life
from kequn.insight.scores.attrition.features import inputs
from kequn.insight.scores.families import Family
from kequn.insight.scores.model import Model
from kequn.night import run
from kequn.sandbox.create import create
from kequn.workspace import Settings, Workspace

END = date(2026, 4, 30)
KNOWN = date(2026, 3, 31)
DATES = [date(2025, 2, 1), date(2025, 3, 1), date(2025, 4, 1), date(2025, 8, 1), date(2025, 12, 1), date(2026, 1, 1)]
SMALL = """[engine]
threads = 1
[scores]
rounds = 20
learning_rate = 0.1
leaf_rows = 20
train_dates = 2
calibrate_dates = 1
segment_events_least = 5000
calibration_events_least = 20
profile_traits = 4
bootstrap_draws = 5
"""


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A sandbox of five hundred customers and 14 months, with a published night of its last month-end but one."""
    workspace = Workspace.open(tmp_path_factory.mktemp("history"))
    create(workspace, customers=500, months=14, seed=5, end=END)
    load_landed(workspace)
    run(workspace, KNOWN)
    return workspace


@pytest.fixture(scope="session")
def quick() -> Settings:
    """Settings of small models."""
    return Settings.load().changed(
        scores__rounds=40, scores__learning_rate=0.1, scores__leaf_rows=20, scores__calibrate_dates=1,
        scores__segment_events_least=60, scores__segment_gain_least=0.05, scores__calibration_events_least=20,
        scores__profile_traits=4,
    )  # fmt: skip


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
def leavers() -> pa.Table:
    return made_up()


Levels = Callable[[ModuleType, Build, Parameters, Model], tuple[set[str], dict[str, str], dict[str, str]]]


@pytest.fixture(scope="session")
def levels() -> Levels:
    """What drift says of a family whose stage a build has run: features watched, levels of its customers as they are,
    and levels where every number is ten times as large (plus one) and the order of the scores is turned round.
    """

    def found(family: ModuleType, build: Build, parameters: Parameters, model: Model):
        query = family.watched(catalogue(), parameters, model)
        table = build.engine.fetch(query)
        names = [name for name in model.about["distributions"] if name != drift.SCORE]
        assert table.num_rows == model.about["customers"] == len(set(table["customer_id"].to_pylist()))
        scores = table[drift.SCORE].to_numpy()
        moved = table
        for place, field in enumerate(table.schema):
            if field.name in names and (pa.types.is_integer(field.type) or pa.types.is_floating(field.type)):
                grown = pc.add(pc.multiply(table[field.name], 10), 1)
                moved = moved.set_column(place, field.name, grown)
        rows = drift.drifted(model, table, scores, parameters.settings).to_pylist()
        others = drift.drifted(model, moved, scores.max() + 1 - scores, parameters.settings).to_pylist()
        assert max(row["psi"] for row in rows) == pytest.approx(0, abs=1e-9)
        return set(names), *({row["feature"]: row["level"] for row in each} for each in (rows, others))

    return found


Learning = Callable[[Workspace, int], str]


@pytest.fixture(scope="session")
def two_models(tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, Model]:
    """Small models of attrition of two made-up pasts."""
    file = tmp_path_factory.mktemp("small") / "kequn.toml"
    file.write_text(SMALL, "utf-8")
    settings = Settings.load(file)
    return attrition.fit(made_up(300), settings), attrition.fit(made_up(300, seed=4), settings)


@pytest.fixture(scope="session")
def learn(two_models: tuple[Model, Model]) -> Learning:
    """``learn(workspace, place)`` does what ``kequn scores fit attrition`` does once it has fitted one of the two."""

    def fitted(workspace: Workspace, place: int) -> str:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Family, "fitted", lambda *_: two_models[place])
            return life.fit(workspace, ["attrition"], KNOWN)[0]["version"]

    return fitted


@pytest.fixture(scope="session")
def scored(history: Workspace, learn: Learning, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The bank of ``history`` with small models and a champion of attrition, and the night of KNOWN that used it.

    A test that changes the champion puts it back, and runs the night again.
    """
    home = tmp_path_factory.mktemp("scored") / "workspace"
    shutil.copytree(history.home, home)
    (home / "kequn.toml").write_text(SMALL, "utf-8")
    workspace = Workspace.open(home)
    learn(workspace, 0)
    run(workspace, KNOWN)
    return workspace
