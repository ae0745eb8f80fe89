"""A recommender as the text parts of a model, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from kequn.errors import KequnError
from kequn.insight.scores.model import Model
from kequn.insight.scores.product.classes import Classes
from kequn.insight.scores.product.items import Items
from kequn.insight.scores.product.masks import Rules
from kequn.insight.scores.product.order import Order
from kequn.insight.scores.product.recommend import Knobs, Recommender
from kequn.insight.scores.product.shelf import Shelf
from kequn.insight.scores.product.signs import weights
from kequn.insight.scores.record import number
from kequn.workspace import Settings

FAMILY = "product"


def knobs_of(settings: Settings) -> Knobs:
    """What a model is fitted and scored with, as the settings say."""
    return Knobs(
        rules=Rules.of(settings), weights=weights(settings), top=settings.integer("scores.product_top"),
        prior=float(settings.integer("scores.product_prior_holders")),
        new_holders=settings.integer("scores.product_new_holders"), threads=settings.integer("engine.threads"),
    )  # fmt: skip


def packed(model: Recommender) -> dict[str, str]:
    """The parts: texts by file name."""
    knobs = model.knobs
    about = {
        "rules": {name: list(getattr(knobs.rules, name)) for name in Rules.__dataclass_fields__},
        "weights": {letter: list(pair) for letter, pair in knobs.weights.items()}, "top": knobs.top,
        "prior": knobs.prior, "new_holders": knobs.new_holders, "rates": dict(model.rates), "day": str(model.day),
    }  # fmt: skip
    return {
        "shelf.json": model.shelf.text(), "items.json": model.items.text(), "order.json": model.order.text(),
        "scoring.json": json.dumps(about, ensure_ascii=False, indent=1), **model.classes.parts(),
    }  # fmt: skip


def unpacked(
    model: Model, shelf: Shelf | None = None, day: np.datetime64 | None = None, settings: Settings | None = None
) -> Recommender:
    """The recommender of a model, over the shelf of ``day`` (default: both as when it was fitted).

    ``settings`` replace the limits and sizes that the model was fitted with, never its weights. Raises KequnError for
    another family's model, and for a shelf that the model hardly knows.
    """
    if model.family != FAMILY or "scoring.json" not in model.parts:
        raise KequnError(f"This is a model of family {model.family}, not {FAMILY}.", "Load one of this family.")
    about = json.loads(model.parts["scoring.json"])
    knobs = _knobs(about, settings)
    fitted = Shelf.of_text(model.parts["shelf.json"])
    items = Items.of_text(model.parts["items.json"], fitted)
    if shelf is not None:
        items = items.over(shelf, number(settings or Settings.load(), "product_overlap_least"))
    return Recommender(
        items, Order.of_text(model.parts["order.json"]), Classes.of(model.parts), knobs, about["rates"],
        np.datetime64(about["day"], "D") if day is None else day,
    )  # fmt: skip


def _knobs(about: Mapping[str, Any], settings: Settings | None) -> Knobs:
    weights = {letter: (float(pair[0]), float(pair[1])) for letter, pair in about["weights"].items()}
    if settings is not None:
        now = knobs_of(settings)
        return Knobs(now.rules, weights, now.top, float(about["prior"]), int(about["new_holders"]), now.threads)
    rules = Rules(**{name: tuple(values) for name, values in about["rules"].items()})
    return Knobs(rules, weights, int(about["top"]), float(about["prior"]), int(about["new_holders"]))
