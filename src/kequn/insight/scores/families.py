"""The families of scores that a bank fits: what each learns from, and what it adds to a night, in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import import_module
from types import ModuleType

import pyarrow as pa

from kequn.engine.build import Build
from kequn.engine.macros import Parameters
from kequn.engine.publish import Published, nights
from kequn.engine.query import Query
from kequn.errors import KequnError
from kequn.insight.catalogue import Catalogue
from kequn.insight.scores import store
from kequn.insight.scores.model import Model
from kequn.workspace import Settings, Workspace

Notify = Callable[[str], None]
# How many customers each family learns from (settings).
SAMPLES = tuple(
    f"scores__{name}"
    for name in (
        "sample_customers", "product_fit_customers", "channel_customers", "value_customers", "uplift_customers",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Family:
    """One family. ``home`` is its package, imported only when it works: LightGBM is slow to load."""

    name: str
    zh: str
    en: str

    @property
    def home(self) -> ModuleType:
        """The package: COLUMNS, fit, score, training, stage; watched and realised where drift and outcomes are."""
        return import_module(f"kequn.insight.scores.{self.name}")

    def fitted(
        self, workspace: Workspace, definitions: Catalogue, parameters: Parameters, notify: Notify | None = None
    ) -> Model:
        """Fit on the bank's own past, as known on the date of ``parameters``; KequnError where it is too short."""
        given: pa.Table | tuple[pa.Table, pa.Table] = self.home.training(workspace, definitions, parameters, notify)
        table, *customers = given if isinstance(given, tuple) else (given,)
        found: Model = self.home.fit(table, parameters.settings, *customers)
        return found

    def stage(self, build: Build, definitions: Catalogue, parameters: Parameters, model: Model) -> None:
        """Publish what the model says of tonight's customers."""
        self.home.stage(build, definitions, parameters, model)

    def watched(self, definitions: Catalogue, parameters: Parameters, model: Model) -> Query | None:
        """One row a scored customer of the night: the model's features and ``score``; None where nothing is watched."""
        ask = getattr(self.home, "watched", None)
        return ask(definitions, parameters, model) if ask and model.about.get("distributions") else None

    def realised(self, build: Build, parameters: Parameters, night: Published) -> tuple[pa.Table, pa.Table] | None:
        """What a past night scored and what became of it; None where the family has no outcome to wait for."""
        ask = getattr(self.home, "realised", None)
        return ask(build, parameters, night) if ask else None


# In the order of a night: value reads what attrition says.
NIGHTLY: Mapping[str, Family] = {
    each.name: each
    for each in (
        Family("attrition", "流失预警", "Attrition warning"),
        Family("product", "产品偏好", "Product recommendation"),
        Family("channel", "渠道偏好", "Channel and hour"),
        Family("value", "预期价值", "Value of an offer"),
        Family("uplift", "营销增益", "Uplift of a contact"),
    )
}


def family(name: str) -> Family:
    """The family of a name; raises KequnError with the nearest one."""
    if name not in NIGHTLY:
        raise store.unknown(name)
    return NIGHTLY[name]


def champions(workspace: Workspace) -> dict[str, Model]:
    """The model of each family that nights use; raises KequnError where one was altered, before a night begins."""
    return {
        name: store.load(workspace, name, version)
        for name in NIGHTLY
        if (version := store.champion(workspace, name)) is not None
    }


def due(workspace: Workspace, as_of: date) -> dict[str, tuple[Published, Model]]:
    """For each family the newest night whose outcomes are known by ``as_of``, with the model that scored it."""
    known = as_of - timedelta(days=workspace.settings.integer("scores.outcome_days"))
    found: dict[str, tuple[Published, Model]] = {}
    for night in nights(workspace):
        for name, version in night.manifest.get("models", {}).items():
            if night.as_of <= known and hasattr(NIGHTLY[name].home, "realised"):
                found[name] = (night, store.load(workspace, name, version))
    return found


def fit_settings(settings: Settings, customers: int | None) -> Settings:
    """Settings of one fit: ``customers`` bounds how many customers are learned from; raises KequnError below 100."""
    if customers is None:
        return settings
    if customers < 100:
        raise KequnError("A model learns from 100 customers at least.", "Give a larger --customers, or none.")
    return settings.changed(**dict.fromkeys(SAMPLES, customers))
