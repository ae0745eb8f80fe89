"""The life of models in a workspace: fit on what the bank knew on a date, choose a champion, look back at a score."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from kequn.engine.macros import Parameters
from kequn.engine.publish import current
from kequn.errors import KequnError
from kequn.insight.catalogue import catalogue
from kequn.insight.reading import Reading, reading
from kequn.insight.scores import overview, store
from kequn.insight.scores.families import NIGHTLY, family, fit_settings
from kequn.insight.scores.model import Model
from kequn.workspace import Workspace

Notify = Callable[[str], None]
AGREES = 1e-9


def fit(
    workspace: Workspace,
    families: Sequence[str],
    as_of: date | None = None,
    *,
    customers: int | None = None,
    promote: bool = False,
    notify: Notify = lambda _: None,
) -> list[dict[str, Any]]:
    """Fit families (none named: all) on what was known on ``as_of`` (default: the newest published night) and save.

    A family without a champion gets one; with ``promote`` all do. Gives a record for each: family, version, state
    (champion, challenger, failed), its main figure beside the baseline's, seconds, message. One family that cannot be
    fitted does not stop the others; raises KequnError where none could be.
    """
    chosen = [family(name) for name in families] or list(NIGHTLY.values())
    night = current(workspace, as_of)
    if night is None:
        raise KequnError("There is no published night to learn from.", "Run: kequn night.")
    parameters = Parameters(night.as_of, fit_settings(workspace.settings, customers))
    definitions, made = catalogue(workspace), []
    for each in chosen:
        notify(each.name)
        started = time.perf_counter()
        try:
            model = each.fitted(workspace, definitions, parameters)
            found = _saved(workspace, model, promote)
        except KequnError as error:
            found = {"version": None, "state": "failed", "metric": None, "value": None, "baseline": None,
                     "message": " ".join(filter(None, (error.message, error.hint)))}  # fmt: skip
        made.append({"family": each.name, **found, "seconds": round(time.perf_counter() - started, 3)})
    failed = [row["message"] for row in made if row["state"] == "failed"]
    if len(failed) == len(made):
        raise KequnError(failed[0])
    return made


def _saved(workspace: Workspace, model: Model, promote: bool) -> dict[str, Any]:
    version = store.save(workspace, model)
    if promote or store.champion(workspace, model.family) is None:
        store.promote(workspace, model.family, version)
    used = store.champion(workspace, model.family) == version
    return {
        "version": version,
        "state": "champion" if used else "challenger",
        **overview.headline(model),
        "message": "",
    }


def models(workspace: Workspace, name: str | None = None, version: str | None = None) -> list[Model]:
    """The models that nights use, or that of one family; the newest where a family has no champion yet."""
    if version is not None and name is None:
        raise KequnError("A version belongs to a family.", "Name it: kequn scores report FAMILY --version VERSION.")
    names = [name] if name else list(NIGHTLY)
    picked = {each: version or store.champion(workspace, each) or store.challenger(workspace, each) for each in names}
    found = [store.load(workspace, each, chosen) for each, chosen in picked.items() if chosen]
    if not found:
        raise KequnError(
            f"There is no model{f' of {name}' if name else ''} yet.", f"Run: kequn scores fit {name or ''}".rstrip()
        )
    return found


def replayed_scores(workspace: Workspace, customer_id: int, as_of: date | None = None) -> list[dict[str, Any]]:
    """Attrition probabilities of a customer in a past night, as published and computed again from the record.

    The record is the night's own ``customer`` row and the version that its manifest names. Raises KequnError where
    the night has no such score.
    """
    attrition = NIGHTLY["attrition"].home
    with reading(workspace, as_of=as_of) as night:
        version = night.night.manifest.get("models", {}).get("attrition")
        if version is None:
            raise KequnError(f"The night of {night.night.as_of} has no attrition scores.", "kequn scores fit attrition")
        published = _published(night, customer_id)
        if not published:
            raise KequnError(f"Customer {customer_id} has no attrition score in the night of {night.night.as_of}.")
        night.attach("customer")
        query = attrition.input_query(catalogue(workspace), night.parameters, f"customer_id = {int(customer_id)}")
        again = attrition.score(store.load(workspace, "attrition", version), night.engine.fetch(query)).to_pylist()
    fresh = {row["segment"]: row["probability"] for row in again}
    return [
        {"segment": segment, "version": version, "published": value, "again": fresh[segment],
         "difference": abs(value - fresh[segment]), "agrees": abs(value - fresh[segment]) <= AGREES}
        for segment, value in published.items()
    ]  # fmt: skip


def _published(night: Reading, customer_id: int) -> dict[str, float]:
    night.attach("score_attrition_segment")
    rows = night.rows(
        f"SELECT segment, probability FROM score_attrition_segment WHERE customer_id = {int(customer_id)}"
        " ORDER BY segment", "score_attrition_segment",
    )  # fmt: skip
    return {row["segment"]: row["probability"] for row in rows}
