"""Fit the uplift learners and the plain response model, and choose among them on later months."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kequn.errors import KequnError
from kequn.insight.scores import metrics
from kequn.insight.scores.encoding import Floats, kind_of
from kequn.insight.scores.model import Model, data_record
from kequn.insight.scores.split import checked, divided, labels
from kequn.insight.scores.uplift import learners
from kequn.insight.scores.uplift.learners import KINDS, Arms, Growing, Kind, Learner
from kequn.workspace import Settings

FAMILY = "uplift"
CHOICE = "choice.json"
RESERVED = ("customer_id", "as_of", "split", "contact_id", "treated", "outcome", "propensity")
FEWEST_ROWS = 2
Ints = NDArray[np.int64]


def fit(table: pa.Table, settings: Settings) -> Model:
    """Fit on both arms, a row each customer, date and offer (see COLUMNS); the last dates validate."""
    arms = prepared(table, settings)
    gap = settings.integer("scores.uplift_days")
    train, later = divided(arms.table, _number(settings, "uplift_validate"), gap, origin="The arms")
    past, future, growing = arms.at(train), arms.at(later), grown(settings)
    _check(past, "training")
    _check(future, "validation")
    found = {kind: learners.fit(kind, past, growing) for kind in KINDS}
    gained = learners.robust(learners.outcome_model(past, growing), future, growing.threads)
    figures = {kind: measured(future, gained, each.score(future.table), settings) for kind, each in found.items()}
    chosen = max(KINDS, key=lambda kind: (figures[kind]["qini"], figures[kind]["uplift_top"]))
    line = straightened(found[chosen].score(future.table), gained)
    parts = found[chosen].parts() | {CHOICE: json.dumps({"kind": chosen, "start": line[0], "slope": line[1]})}
    if chosen != "response":
        parts |= found["response"].parts()
    return Model(FAMILY, parts, _about(arms, past, future, chosen, figures, settings, found[chosen]))


def prepared(table: pa.Table, settings: Settings) -> Arms:
    """The table, checked, with propensities (logged where they are, else estimated by folds of customers)."""
    names = tuple(field.name for field in table.schema if field.name not in RESERVED and kind_of(field.type))
    key = ("customer_id", "as_of", *(["product_class"] if "product_class" in names else []))
    checked(table, {"customer_id": "number", "as_of": "date"}, label="outcome", key=key, origin="The arms")
    features = learners.described(table, names)
    treated, outcome = labels(table, "treated"), labels(table, "outcome")
    fold = np.asarray(table["customer_id"].to_numpy(), np.int64) % settings.integer("scores.uplift_folds")
    logged = np.full(len(treated), np.nan)
    if "propensity" in table.schema.names:
        logged = np.asarray(pc.cast(table["propensity"], pa.float64()).to_numpy(), np.float64)
    missing = ~((logged > 0) & (logged < 1))
    if missing.any() and treated.min() != treated.max():
        guess = learners.propensities(table, features, treated, fold, grown(settings))
        logged = np.where(missing, guess, logged)
    least = _number(settings, "uplift_least_propensity")
    return Arms(table, features, treated, outcome, np.clip(logged, least, 1 - least), fold)


def grown(settings: Settings) -> Growing:
    """The settings of the trees."""
    return Growing(
        settings.integer("scores.uplift_rounds"), settings.integer("scores.uplift_leaves"),
        settings.integer("scores.uplift_leaf_rows"), _number(settings, "learning_rate"),
        settings.integer("engine.threads"), settings.integer("scores.seed"),
    )  # fmt: skip


def measured(arms: Arms, gained: Floats, score: Floats, settings: Settings) -> dict[str, Any]:
    """Qini and uplift of the top share by doubly robust gains, and by the plain difference of the arms (``raw_...``).

    Qini is in outcomes a customer: the area between the curve of gains by falling score and the line of random order.
    """
    share = _number(settings, "uplift_share")
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
    """Area between the mean gain reached by falling score and that of random order; rows of equal score come at once."""
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


def _check(arms: Arms, period: str) -> None:
    for name, rows in (("treated", arms.treated > 0), ("left alone", arms.treated == 0)):
        hits = int(arms.outcome[rows].sum())
        if min(hits, int(rows.sum()) - hits) < FEWEST_ROWS:
            raise KequnError(
                f"Of the {int(rows.sum())} {name} in {period}, {hits} have the outcome: there is nothing to compare.",
                "Take more dates, a wider population or a longer outcome.",
            )


def _about(
    arms: Arms, past: Arms, future: Arms, chosen: Kind, figures: dict[Kind, dict[str, Any]], settings: Settings,
    learner: Learner,
) -> dict[str, Any]:  # fmt: skip
    loses = figures["response"]["qini"] >= max(figures["s"]["qini"], figures["dr"]["qini"])
    notes = list(learner.trees.notes)
    if loses:
        notes.append("增益模型在验证中不优于普通响应模型，采用后者 | The uplift learners do not beat the plain response"
                     " model on later months: it is used")  # fmt: skip
    if figures[chosen]["qini"] <= 0:
        notes.append("没有模型优于随机排序 | No model ranks better than chance")
    gains = learner.trees.importances()
    treated = future.treated > 0
    return {
        "purpose": {"zh": "营销触达给客户带来的购买概率增量，用于选择值得触达的客户。",
                    "en": "How much a contact raises the chance to buy, to choose whom it is worth to contact."},
        "owner": settings.text("scores.owner"),
        "data": data_record(arms.table),
        "period": {"train": _period(past), "validate": _period(future)},
        "parameters": {name.removeprefix("scores."): value for name, value in settings.values.items()
                       if name.startswith("scores.uplift_")},
        "features": [{"name": each.name, "zh": each.name, "en": each.name} for each in arms.features],
        "metrics": {"chosen": chosen, "pooled": figures[chosen], "baseline": figures["response"],
                    "candidates": figures,
                    "arms": {"treated": int(treated.sum()), "alone": int((~treated).sum()),
                             "outcome_treated": float(future.outcome[treated].mean()),
                             "outcome_alone": float(future.outcome[~treated].mean())}},
        "drivers": [{"name": name, "share": gain / max(1e-12, sum(gains.values()))}
                    for name, gain in list(gains.items())[:10]],
        "limits": {"zh": "对照为当月未触达的可触达客户，并非随机对照组时，估计依赖倾向概率；请以活动对照组复核。",
                   "en": "Controls are reachable customers who were left alone: where chance did not choose them, the"
                         " estimate rests on the propensities. Check it on a campaign's holdout."},
        "notes": notes,
    }  # fmt: skip


def _period(arms: Arms) -> list[str]:
    ends = pc.min_max(arms.table["as_of"]).as_py()
    return [str(ends["min"]), str(ends["max"])]


def _number(settings: Settings, name: str) -> float:
    return float(str(settings[f"scores.{name}"]))
