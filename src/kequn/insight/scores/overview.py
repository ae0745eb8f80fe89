"""The families at a glance: which versions there are, and the figures of a model in rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kequn.insight.scores import store
from kequn.insight.scores.families import NIGHTLY
from kequn.insight.scores.model import Model
from kequn.workspace import Workspace

# The figure that tells most of a family: the first of these that it has.
MAIN = ("auc", "ndcg_5", "qini", "rank_correlation")


def families(workspace: Workspace) -> list[dict[str, Any]]:
    """One row a family: family, zh, en, champion, challenger, and the champion's main figure beside its baseline's."""
    return [
        {
            "family": each.name, "zh": each.zh, "en": each.en, "champion": store.champion(workspace, each.name),
            "challenger": store.challenger(workspace, each.name), **_headline_of_champion(workspace, each.name),
        }
        for each in NIGHTLY.values()
    ]  # fmt: skip


def headline(model: Model) -> dict[str, Any]:
    """The main figure of a model: metric, value, baseline (None where there is none)."""
    metrics = model.about.get("metrics", {})
    pooled = metrics.get("pooled", {})
    name = next((each for each in MAIN if pooled.get(each) is not None), None)
    return {"metric": name, "value": pooled.get(name), "baseline": _of(metrics.get("baseline"), name)}


def figures(model: Model) -> Iterator[tuple[str, str, float | None]]:
    """Every figure as (of what, figure, value), the pooled ones first."""
    metrics = model.about.get("metrics", {})
    for group in ("pooled", *(name for name in metrics if name != "pooled")):
        yield from _rows(group, metrics.get(group) or {})


def _headline_of_champion(workspace: Workspace, name: str) -> dict[str, Any]:
    version = store.champion(workspace, name)
    if version is None:
        return {"metric": None, "value": None, "baseline": None}
    return headline(store.load(workspace, name, version))


def _of(group: object, name: str | None) -> object:
    if not isinstance(group, Mapping) or name is None:
        return None
    value = group.get(name, group.get("pooled"))
    return value.get(name) if isinstance(value, Mapping) else value


def _rows(prefix: str, group: object) -> Iterator[tuple[str, str, float | None]]:
    if not isinstance(group, Mapping):
        return
    for name, value in group.items():
        if isinstance(value, Mapping):
            yield from _rows(f"{prefix} {name}", value)
        elif value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            yield prefix, name, value
