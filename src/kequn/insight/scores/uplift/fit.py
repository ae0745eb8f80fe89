"""Fit the uplift learners and the plain response model, and choose among them on later months."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kequn.errors import KequnError
from kequn.insight.scores import drift, metrics
from kequn.insight.scores.columns import numbers
from kequn.insight.scores.encoding import Floats, kind_of
from kequn.insight.scores.model import Model, data_record
from kequn.insight.scores.record import drivers, named, number, parameters, period
from kequn.insight.scores.split import checked, divided, labels
from kequn.insight.scores.uplift import learners
from kequn.insight.scores.uplift.held import with_held
from kequn.insight.scores.uplift.learners import KINDS, Arms, Growing, Kind, Learner
from kequn.workspace import Settings

FAMILY = "uplift"
CHOICE = "choice.json"
RESERVED = ("customer_id", "as_of", "split", "contact_id", "treated", "outcome", "propensity")
FEWEST_ROWS = 2
Figures = Mapping[Kind, dict[str, Any]]
Ints = NDArray[np.int64]


def fit(table: pa.Table, settings: Settings, customers: pa.Table | None = None) -> Model:
    """Fit on both arms, a row each customer, date and offer (see COLUMNS); the last dates validate.

    ``customers`` are all those of the fit's date with their tags: drift is watched of them.
    """
    arms = prepared(table, settings)
    gap = settings.integer("scores.uplift_days")
    train, later = divided(arms.table, number(settings, "uplift_validate"), gap, origin="The arms")
    past, future, growing = arms.at(train), arms.at(later), grown(settings)
    _check(past, "training")
    _check(future, "validation")
    found = {kind: learners.fit(kind, past, growing) for kind in KINDS}
    gained = learners.robust(learners.outcome_model(past, growing), future, growing.threads)
    figures = {kind: measured(future, gained, each.score(future.table), settings) for kind, each in found.items()}
    chosen = best(figures)
    line = straightened(found[chosen].score(future.table), gained)
    parts = found["response"].parts() | found[chosen].parts()
    parts |= {CHOICE: json.dumps({"kind": chosen, "start": line[0], "slope": line[1]})}
    about = {"data": data_record(arms.table)} | _about(past, future, found, figures, settings)
    if customers is not None:
        watched = [each for each in past.features if each.name in customers.schema.names]
        klass = next(each for each in past.features if each.name == "product_class")
        about |= drift.kept(customers, watched, highest(found[chosen], line, customers, klass.categories), settings)
    return Model(FAMILY, parts, about)


def best(figures: Figures) -> Kind:
    """The learner with the highest Qini; of equal ones the one with the highest uplift in the top share."""
    return max(KINDS, key=lambda kind: (figures[kind]["qini"], figures[kind]["uplift_top"]))


def prepared(table: pa.Table, settings: Settings) -> Arms:
    """The table, checked, with propensities (logged where they are, else estimated by folds of customers)."""
    names = tuple(field.name for field in table.schema if field.name not in RESERVED and kind_of(field.type))
    key = ("customer_id", "as_of", *(["product_class"] if "product_class" in names else []))
    checked(table, {"customer_id": "number", "as_of": "date"}, label="outcome", key=key, origin="The arms")
    features = learners.described(table, names)
    treated, outcome = labels(table, "treated"), labels(table, "outcome")
    fold = np.asarray(table["customer_id"].to_numpy(), np.int64) % settings.integer("scores.uplift_folds")
    logged = numbers(table, "propensity", np.nan)
    missing = ~((logged > 0) & (logged < 1))
    if missing.any() and treated.min() != treated.max():
        guess = learners.propensities(table, features, treated, fold, grown(settings))
        logged = np.where(missing, guess, logged)
    least = number(settings, "uplift_least_propensity")
    return Arms(table, features, treated, outcome, np.clip(logged, least, 1 - least), fold)


def grown(settings: Settings) -> Growing:
    """The settings of the trees."""
    return Growing(
        settings.integer("scores.uplift_rounds"), settings.integer("scores.uplift_leaves"),
        settings.integer("scores.uplift_leaf_rows"), number(settings, "learning_rate"),
        settings.integer("engine.threads"), settings.integer("scores.seed"),
    )  # fmt: skip


def measured(arms: Arms, gained: Floats, score: Floats, settings: Settings) -> dict[str, Any]:
    """Qini and uplift of the top share by doubly robust gains, and by the plain difference of the arms (``raw_...``).

    Qini is in outcomes a customer: the area between the curve of gains by falling score and the line of random order.
    """
    share = number(settings, "uplift_share")
    top = metrics.top_weights(score, share)
    spread = metrics.interval(
        lambda g, s: float(np.average(g, weights=metrics.top_weights(s, share))), gained, score,
        repeats=settings.integer("scores.bootstrap_draws"), seed=settings.integer("scores.seed"),
    )  # fmt: skip
    return {
        "qini": gain_area(gained, score), "uplift_top": float(np.average(gained, weights=top)), "interval": spread,
        "raw_qini": metrics.qini(arms.outcome, arms.treated, score),
        "raw_uplift_top": metrics.uplift_at(arms.outcome, arms.treated, score, share),
    }  # fmt: skip


def gain_area(gained: Floats, score: Floats) -> float:
    """Area between the mean gain reached by falling score and that of random order; equal scores come at once."""
    order = np.argsort(-score, kind="stable")
    last = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
    reached = np.append(0.0, np.cumsum(gained[order])[last] / len(gained))
    share = np.append(0.0, (last + 1) / len(gained))
    return float(np.trapezoid(reached, share)) - float(reached[-1]) / 2


def straightened(score: Floats, gained: Floats) -> tuple[float, float]:
    """(start, slope) of the uplift expected at a score: least squares, level where the score does not rise with it."""
    centred = score - score.mean()
    spread = float(centred @ centred)
    slope = max(0.0, float(centred @ gained) / spread) if spread > 0 else 0.0
    return float(gained.mean() - slope * score.mean()), slope


def highest(
    chosen: Learner, line: tuple[float, float], customers: pa.Table, classes: tuple[str, ...], threads: int = 1
) -> Floats:
    """Each customer's highest uplift over ``classes``, as the night publishes it."""
    found = np.full(customers.num_rows, -np.inf)
    for name in classes:
        rows = with_held(customers.append_column("product_class", pa.array([name] * customers.num_rows)))
        found = np.maximum(found, line[0] + line[1] * chosen.score(rows, threads))
    return found


def _check(arms: Arms, period: str) -> None:
    for name, rows in (("treated", arms.treated > 0), ("left alone", arms.treated == 0)):
        hits = int(arms.outcome[rows].sum())
        if min(hits, int(rows.sum()) - hits) < FEWEST_ROWS:
            raise KequnError(
                f"Of the {int(rows.sum())} {name} in {period}, {hits} have the outcome: there is nothing to compare.",
                "Take more dates, a wider population or a longer outcome.",
            )


def _about(
    past: Arms, future: Arms, found: Mapping[Kind, Learner], figures: Figures, settings: Settings
) -> dict[str, Any]:
    chosen = best(figures)
    trees, treated = found[chosen].trees, future.treated > 0
    return {
        "purpose": {
            "zh": "营销触达给客户带来的购买概率增量，用于选择值得触达的客户。",
            "en": "How much a contact raises the chance to buy, to choose whom it is worth to contact.",
        },
        "owner": settings.text("scores.owner"),
        "period": {"train": period(past.table), "validate": period(future.table)},
        "parameters": parameters(settings, FAMILY),
        "features": named([each.name for each in past.features]),
        "metrics": {
            "chosen": chosen,
            "pooled": figures[chosen],
            "baseline": figures["response"],
            "candidates": dict(figures),
            "arms": {
                "treated": int(treated.sum()),
                "alone": int((~treated).sum()),
                "outcome_treated": float(future.outcome[treated].mean()),
                "outcome_alone": float(future.outcome[~treated].mean()),
            },
        },
        "drivers": drivers(trees),
        "limits": {
            "zh": "对照为当月未触达的可触达客户；并非随机产生时，估计依赖倾向概率。请以活动对照组复核。",
            "en": "Controls are reachable customers who were left alone: where chance did not choose them, the estimate"
            " rests on the propensities. Check it on a campaign's holdout.",
        },
        "notes": [*trees.notes, *_notes(figures)],
    }


def _notes(figures: Figures) -> list[str]:
    notes = []
    if best(figures) == "response":
        notes.append("增益模型在验证中不优于普通响应模型，采用后者 | The uplift learners do not beat the plain response"
                     " model on later months: it is used")  # fmt: skip
    if figures[best(figures)]["qini"] <= 0:
        notes.append("没有模型优于随机排序 | No model ranks better than chance")
    return notes
