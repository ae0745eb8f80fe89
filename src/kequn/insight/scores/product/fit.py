"""Fit the product family on any table of customers at past dates, and say how well it ranks later ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

from kequn.errors import KequnError
from kequn.insight.scores import drift, metrics
from kequn.insight.scores.encoding import Kind, kind_of
from kequn.insight.scores.model import Model, data_record
from kequn.insight.scores.product import classes, order
from kequn.insight.scores.product.card import described
from kequn.insight.scores.product.ease import cosine, ease, gram
from kequn.insight.scores.product.features import Inputs, inputs, tags
from kequn.insight.scores.product.items import Items
from kequn.insight.scores.product.masks import Gates, people
from kequn.insight.scores.product.packing import FAMILY, knobs_of, packed
from kequn.insight.scores.product.quality import report
from kequn.insight.scores.product.recommend import LIKED, Knobs, Recommender
from kequn.insight.scores.product.shelf import Bools, Ints, Shelf
from kequn.insight.scores.product.signs import BOUGHT, HELD, Signs, interests, read
from kequn.insight.scores.product.table import by_class, dates_of, from_long, is_long, shelf_with, taken
from kequn.insight.scores.record import number, period
from kequn.insight.scores.split import checked, divided
from kequn.workspace import Settings

REQUIRED: dict[str, Kind | Literal["date"]] = {
    "customer_id": "number", "as_of": "date", "interactions": "category", "taken": "category",
}  # fmt: skip
SEED_PRIME = 2_654_435_761


@dataclass(frozen=True)
class Past:
    """The training table read once: signs, what was taken afterwards, and which rows train, tune and validate.

    ``basis`` are the rows of the last training date: what products go together is learned from them.
    """

    table: pa.Table
    shelf: Shelf
    signs: Signs
    matrix: sp.csr_matrix
    took: sp.csr_matrix
    rows: Ints
    tune: Ints
    later: Ints
    basis: Ints

    @property
    def train(self) -> Ints:
        return np.concatenate([self.rows, self.tune])


def fit(table: pa.Table, settings: Settings, shelf: pa.Table | None = None) -> Model:
    """Fit on ``table`` (see the package) and validate on its later dates; ``shelf`` is the standard table product.

    Without it the shelf is the one that the table carries (see ``training``), else every product that the table names
    is one of a single class without limits. Raises KequnError for
    double customers, unreadable interactions, and where no date is left to train on.
    """
    if is_long(table):
        days = settings.integer("scores.outcome_days")
        table = from_long(table, dates_of(table, days, settings.integer("scores.product_fit_dates")), days)
    knobs = knobs_of(settings)
    past = _past(checked(table, _wanted(table), origin="The table"), shelf, knobs, settings)
    items = _items(past, settings)
    day = _day(past)
    ordered = _order(past, items, knobs, day, settings)
    label = by_class(past.took, past.shelf)
    given = _inputs(past, items, knobs).table()
    chosen, notes = classes.fit(given, past.shelf.classes, label, rows=past.rows, tune=past.tune, settings=settings)
    rates = {name: float(label[past.train, place].mean()) for place, name in enumerate(past.shelf.classes)}
    model = Recommender(items, ordered, chosen, knobs, rates, day)
    if past.signs.unknown:
        notes.append(
            f"{past.signs.unknown} 条行为的产品不在货架上，未使用 | "
            f"{past.signs.unknown} signs name products that are not on the shelf and were not used"
        )
    about = {
        **described(model, notes, settings), "data": data_record(table), "period": _periods(past),
        **_validated(model, past, label, settings), "distributions": _distributions(model, past, given, settings),
    }  # fmt: skip
    return Model(FAMILY, packed(model), about)


def _wanted(table: pa.Table) -> dict[str, Kind | Literal["date"]]:
    """The columns that must be there; a column ``split`` makes ``as_of`` needless."""
    return {name: kind for name, kind in REQUIRED.items() if name != "as_of" or "split" not in table.schema.names}


def _past(table: pa.Table, shelf: pa.Table | None, knobs: Knobs, settings: Settings) -> Past:
    carried = shelf_with(table) if shelf is None else None
    known = carried or Shelf.of(_seen(table) if shelf is None else shelf, knobs.rules.risky)
    train, later = divided(table, number(settings, "validate_dates"), settings.integer("scores.outcome_days"))
    signs = read(table["interactions"], known)
    matrix = interests(signs, len(known), knobs.weights).matrix(len(known))
    rows, tune, basis = _tuning(table, train)
    return Past(table, known, signs, matrix, taken(table["taken"], known), rows, tune, later, basis)


def _tuning(table: pa.Table, train: Ints) -> tuple[Ints, Ints, Ints]:
    """(grow, tune, basis): the last training date tunes; where there is one only, a fifth of its customers."""
    if "as_of" in table.schema.names:
        days = pc.cast(pc.cast(table["as_of"], pa.date32()), pa.int32()).to_numpy()[train]
        last = days == days.max()
        if not last.all():
            return train[~last], train[last], train[last]
    drawn = (table["customer_id"].cast(pa.int64()).to_numpy()[train].astype(np.uint64) * np.uint64(SEED_PRIME)) >> 32
    fifth = drawn % 5 == 0
    return train[~fifth], train[fifth], train


def _seen(table: pa.Table) -> pa.Table:
    """A shelf of the products that the interactions and outcomes name."""
    marks = pc.split_pattern(pc.fill_null(table["interactions"].combine_chunks().cast(pa.string()), ""), ",").flatten()
    last = {text.rsplit(":", 1)[-1] for text in pc.unique(marks).to_pylist() if text}
    more = pc.split_pattern(pc.fill_null(table["taken"].combine_chunks().cast(pa.string()), ""), ",").flatten()
    codes = sorted(last | {text for text in pc.unique(more).to_pylist() if text})
    if not codes:
        raise KequnError("Interactions and taken are empty: there is nothing to learn.", "Take a longer period.")
    return pa.table({"product_id": codes, "product_class": ["product"] * len(codes)})


def _items(past: Past, settings: Settings) -> Items:
    """What goes together and what is popular, on the last training date."""
    together = gram(past.matrix[past.basis])
    ridge = max(number(settings, "product_ridge_share") * len(past.basis), 1.0)
    days = settings.integer("scores.product_popular_days")
    inside = np.zeros(past.signs.customers, np.bool_)
    inside[past.basis] = True
    held = (past.signs.kind == HELD) & inside[past.signs.row]
    new = ((past.signs.kind == HELD) | (past.signs.kind == BOUGHT)) & (past.signs.days < days) & inside[past.signs.row]
    counts = (_customers(past, new), _customers(past, held))
    usual = np.asarray(past.matrix[past.basis].mean(axis=0), np.float32).ravel()
    return Items(past.shelf, ease(together, ridge), cosine(together), *counts, usual)


def _customers(past: Past, chosen: Bools) -> Ints:
    size = len(past.shelf)
    once = np.unique(past.signs.row[chosen] * size + past.signs.item[chosen])
    return np.bincount(once % size, minlength=size)


def _order(past: Past, items: Items, knobs: Knobs, day: np.datetime64, settings: Settings) -> order.Order:
    most, ridge = settings.integer("scores.product_order_rows"), settings.integer("scores.product_order_ridge")
    train = np.sort(past.train)
    takers = train[np.asarray(past.took[train].sum(axis=1)).ravel() > 0]
    if not len(takers):
        return order.fit([], ridge)
    who = people(past.table.take(pa.array(takers)), knobs.rules, day)
    can = Gates(past.shelf, knobs.rules).open(who, past.signs.taking(takers))
    made = order.Choices(
        past.shelf, items.popular(knobs.prior), *items.drawn(knobs.prior), past.matrix[takers], order.traits(who), can,
        past.took[takers],
    )  # fmt: skip
    return order.fit(list(made.examples(most)), ridge)


def _inputs(past: Past, items: Items, knobs: Knobs) -> Inputs:
    return inputs(past.table, past.signs, past.matrix, items.drawn(knobs.prior)[0], past.shelf)


def _day(past: Past) -> np.datetime64:
    if "as_of" not in past.table.schema.names:
        return np.datetime64("today", "D")
    return np.datetime64(str(pc.max(pc.cast(past.table["as_of"], pa.date32())).as_py()), "D")


def _periods(past: Past) -> dict[str, list[str] | None]:
    rows = {"train": past.train, "validate": past.later}
    return {name: period(past.table.take(pa.array(chosen))) for name, chosen in rows.items()}


def _validated(model: Recommender, past: Past, label: Bools, settings: Settings) -> dict[str, Any]:
    """Metrics (NDCG@5 of all methods on later dates, by segment and tier; chances of classes) and calibration."""
    later = past.table.take(pa.array(past.later))
    found = report(model, later, past.took[past.later], {"segment": _segments(later), "tier": _tiers(later)})
    chance, _ = model.chances(later.combine_chunks())
    bins, top, took = settings.integer("scores.calibration_bins"), number(settings, "lift_share"), label[past.later]
    found["liking"] = {
        name: metrics.summary(took[:, place], chance[:, place], bins, top)
        for place, name in enumerate(past.shelf.classes)
    }
    found["baseline"] = {"ndcg_5": found["pooled"]["popularity"]}
    liked = [place for place, name in enumerate(past.shelf.classes) if name in LIKED] or [0]
    table = metrics.calibration_table(took[:, liked].ravel(), chance[:, liked].ravel(), bins)
    return {"metrics": found, "calibration": table}


def _distributions(model: Recommender, past: Past, given: pa.Table, settings: Settings) -> dict[str, Any]:
    """Bins of the tags that the trees look at, and of the chance to take anything, on the training rows."""
    rows = pa.array(past.train)
    known = set(tags())
    looked = [feature for feature in model.classes.features if feature.name in known]
    chance, _ = model.chances(past.table.take(rows).combine_chunks())
    anything = 1 - np.prod(1 - chance, axis=1)
    return drift.distributions(given.take(rows), looked, anything, settings.integer("scores.psi_bins"))


def _segments(table: pa.Table) -> Mapping[str, Bools]:
    from kequn.insight.catalogue import catalogue  # noqa: PLC0415 - reads files

    names = [name for name in catalogue().segments if name in table.schema.names]
    flags = {n: table[n] for n in names if kind_of(table.schema.field(n).type) == "flag"}
    return {name: pc.fill_null(flag, False).to_numpy() for name, flag in flags.items()}


def _tiers(table: pa.Table) -> Mapping[str, Bools]:
    if "tier" not in table.schema.names:
        return {}
    texts = table["tier"].cast(pa.string())
    return {
        t: pc.fill_null(pc.equal(texts, t), False).to_numpy() for t in sorted(pc.unique(texts).drop_null().to_pylist())
    }
