"""What the attrition models look at: features over tags, and the stories (drivers) that they tell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import yaml
from pydantic import BaseModel, ConfigDict

from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query
from kequn.insight.catalogue import Catalogue, Unit
from kequn.insight.rules import compile_value, rule_names
from kequn.insight.scores.boosting import Kind

ORIGIN = "attrition/features.yaml"
KINDS: Mapping[Kind, tuple[str, str]] = {
    "number": ("number", "DOUBLE"), "flag": ("boolean", "BOOLEAN"), "category": ("text", "VARCHAR"),
}  # fmt: skip
POPULATION = "tier_rank > 0 or aum > yuan(setting('scores.attrition_aum_yuan'))"


class Input(BaseModel):
    """One feature: ``value`` is an expression over tags (default: the tag of its name), ``driver`` its story."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    value: str
    kind: Kind = "number"
    unit: Unit
    driver: str | None = None
    zh: str
    en: str


class Driver(BaseModel):
    """A story that several features tell; its words hold ``{name}`` of features or tags."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    zh: str
    en: str
    words_zh: str
    words_en: str

    @property
    def figures(self) -> list[str]:
        """Names of the features and tags that the words show, in both languages."""
        return list(dict.fromkeys(re.findall(r"{(\w+)}", self.words_zh + self.words_en)))


@dataclass(frozen=True)
class Inputs:
    """All features and drivers of features.yaml, by name; ``figures`` are tags that words show beside the features."""

    features: Mapping[str, Input]
    drivers: Mapping[str, Driver]
    figures: Mapping[str, Unit]

    def unit(self, name: str) -> Unit:
        """Unit of a feature or figure; of a name unknown here, a plain number's."""
        return self.features[name].unit if name in self.features else self.figures.get(name, "count")

    @property
    def tags(self) -> set[str]:
        """All tags that features, words and the population need."""
        named = {name for feature in self.features.values() for name in rule_names(feature.value, ORIGIN)}
        return named | set(self.figures) | rule_names(POPULATION, ORIGIN) | {"tier"}


@lru_cache(maxsize=1)
def inputs() -> Inputs:
    """Read features.yaml."""
    document = yaml.safe_load(resources.files(__package__).joinpath("features.yaml").read_text("utf-8"))
    features = [Input.model_validate({"name": n, "value": n, **fields}) for n, fields in document["features"].items()]
    drivers = [Driver.model_validate({"name": name, **fields}) for name, fields in document["drivers"].items()]
    return Inputs({each.name: each for each in features}, {each.name: each for each in drivers}, document["figures"])


def labels_of(name: str) -> tuple[str, str]:
    """Labels of a feature, zh and en; one that features.yaml does not know stands for itself."""
    known = inputs().features.get(name)
    return (known.zh, known.en) if known else (name, name)


def input_query(definitions: Catalogue, parameters: Parameters, condition: str = POPULATION) -> Query:
    """One row a customer for whom ``condition`` holds: features and figures as numbers, segments as flags, the tier.

    Reads table ``customer``. Raises KequnError with line and column for an expression that does not compile.
    """
    return compile_query(_input_text(definitions, parameters, condition), parameters, "attrition")


def watched_query(definitions: Catalogue, parameters: Parameters, names: Sequence[str]) -> Query:
    """One row a scored customer: the features ``names``, and the probability as ``score``; reads score_attrition."""
    listed = ", ".join(f"i.{name}" for name in names)
    inner = _input_text(definitions, parameters, POPULATION)
    text = f"""SELECT {listed}, s.probability AS score
        FROM ({inner}) AS i JOIN score_attrition AS s ON i.customer_id = s.customer_id"""
    return compile_query(text, parameters, "attrition")


def _input_text(definitions: Catalogue, parameters: Parameters, condition: str) -> str:
    known = inputs()
    columns = {name: _column(feature, definitions, parameters) for name, feature in known.features.items()}
    columns |= {name: f"CAST({name} AS DOUBLE)" for name in known.figures}
    columns |= {name: name for name in (*definitions.segments, "tier") if name not in columns}
    listed = ", ".join(f"{text} AS {name}" for name, text in columns.items())
    return f"SELECT customer_id, {listed} FROM customer WHERE {condition}"


def _column(feature: Input, definitions: Catalogue, parameters: Parameters) -> str:
    kind, dtype = KINDS[feature.kind]
    # Checked here, where an error can point into the expression; compiled with the whole query.
    origin = f"{ORIGIN}, {feature.name}"
    compile_value(feature.value, definitions.types, parameters, origin, definitions.values, kind=kind)
    return f"CAST({feature.value} AS {dtype})"
