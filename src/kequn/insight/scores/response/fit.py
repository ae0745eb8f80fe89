"""Fit who takes an offer, on any table with a label and a time or a split, beside plain models on the same rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kequn.errors import KequnError
from kequn.insight.scores import calibration, metrics
from kequn.insight.scores.boosting import Booster
from kequn.insight.scores.calibration import Beta
from kequn.insight.scores.drift import distributions
from kequn.insight.scores.encoding import Feature, Floats, encoded, kind_of, learned
from kequn.insight.scores.model import Model, data_record
from kequn.insight.scores.record import drivers, named, number, parameters, period
from kequn.insight.scores.split import SPLIT, TIME, checked, divided, labels
from kequn.workspace import Settings

FAMILY = "response"
LABEL = "taken"
TREES, BETA = "trees", "beta.json"
KEYS = ("customer_id", TIME, SPLIT)
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Examples:
    """Rows in time order with their labels; ``block`` numbers the dates (or the rows, where no date is known)."""

    table: pa.Table
    features: tuple[Feature, ...]
    label: Floats
    block: Ints

    def at(self, taken: Ints) -> Examples:
        """Some of the rows."""
        return replace(self, table=self.table.take(pa.array(taken)), label=self.label[taken], block=self.block[taken])

    def halves(self, share: float) -> tuple[Examples, Examples]:
        """Earlier rows and the later ``share``; a date is never parted."""
        edge = np.quantile(self.block, 1 - share)
        early = self.block <= edge if (self.block > edge).any() else self.block < edge
        return self.at(np.flatnonzero(early)), self.at(np.flatnonzero(~early))

    @property
    def two_classes(self) -> bool:
        """Whether both outcomes occur."""
        return bool(len(self.label)) and self.label.min() != self.label.max()


def fit(
    table: pa.Table, settings: Settings, *, label: str = LABEL, ignore: Sequence[str] = (), gap_days: int = 0
) -> Model:
    """Fit on a table with ``label`` (0 and 1, or flags), a column ``as_of`` or ``split``, and any features.

    Without dates the rows must stand in time order. ``ignore`` names columns that are no features; ``gap_days`` is
    how long an outcome takes. Raises KequnError on an unfit table.
    """
    examples, train, later = prepared(table, settings, label=label, ignore=ignore, gap_days=gap_days)
    past, future = examples.at(train), examples.at(later)
    trees, beta, notes = _fitted(past, settings)
    p = beta.apply(trees.predict(future.table))
    about = {
        "purpose": {"zh": "客户接受某项提议的概率。", "en": "Chance that a customer takes an offer."},
        "owner": settings.text("scores.owner"),
        "data": data_record(table),
        "period": {"train": period(past.table), "validate": period(future.table)},
        "parameters": parameters(settings, FAMILY) | {"label": label, "gap_days": gap_days},
        "features": named([each.name for each in trees.features]),
        "metrics": _metrics(past, future, p, settings),
        "calibration": metrics.calibration_table(future.label, p, settings.integer("scores.calibration_bins")),
        "distributions": distributions(past.table, trees.features, beta.apply(trees.predict(past.table)),
                                       settings.integer("scores.psi_bins")),
        "drivers": drivers(trees),
        "limits": {"zh": "仅使用触达前已知的列；以后的数据用于验证，市场变化大时应更频繁地重新建模。",
                   "en": "Only columns known before the contact may be used; it is validated on later rows, and wants"
                         " to be fitted more often where the market moves."},
        "notes": [*trees.notes, *notes],
    }  # fmt: skip
    return Model(FAMILY, trees.parts(TREES) | {BETA: json.dumps(beta.as_dict())}, about)


def prepared(
    table: pa.Table, settings: Settings, *, label: str, ignore: Sequence[str], gap_days: int
) -> tuple[Examples, Ints, Ints]:
    """The rows, checked, with the numbers of those that train and validate."""
    if SPLIT not in table.schema.names and TIME not in table.schema.names:
        raise KequnError("The table has neither a column as_of (dates) nor split (train, validate).",
                         "Name its time column as_of, or add one of them.")  # fmt: skip
    unknown = set(ignore) - set(table.schema.names)
    if unknown:
        raise KequnError(f"There is no column {min(unknown)} to leave out.")
    checked(table, {}, label=label, origin="The table")
    names = [
        field.name for field in table.schema
        if field.name not in (*KEYS, label, *ignore) and (kind_of(field.type) or pa.types.is_null(field.type))
    ]  # fmt: skip
    if not names:
        raise KequnError("The table has no column that could be a feature.", "Add numbers, flags or texts.")
    train, later = divided(table, number(settings, "response_validate"), gap_days)
    block = np.arange(table.num_rows, dtype=np.int64)
    if TIME not in table.schema.names and train.max() > later.min():
        # Rows that know no time: part them evenly.
        block = block * 40_503 % 65_521
    elif TIME in table.schema.names:
        block = np.asarray(pc.cast(pc.cast(table[TIME], pa.date32()), pa.int32()).to_numpy(), np.int64)
    known = table.take(pa.array(train))
    features = tuple(learned(known, name) for name in names)
    return Examples(table, features, labels(table, label), block), train, later


def _fitted(past: Examples, settings: Settings) -> tuple[Booster, Beta, list[str]]:
    """The trees, their calibration by the later training rows, and notes; then all of training grows the trees.

    How many trees is a setting: to stop where later rows lose is to mistake a moving level for a wrong order.
    """
    beta, notes = Beta(), list[str]()
    early, held = past.halves(number(settings, "response_validate"))
    if early.two_classes and held.two_classes:
        beta, turned = _calibrated(_grown(early, settings).predict(held.table), held.label)
        if turned:
            notes.append("训练期后段的排序不优于随机 | On the later rows of training nothing ranks better than chance")
    return _grown(past, settings), beta, notes


def _calibrated(p: Floats, label: Floats) -> tuple[Beta, bool]:
    """Beta calibration; where the order is wrong, only the level is set, and True says so."""
    if (metrics.auc(label, p) or 0.0) > 0.5:
        return calibration.fit(p, label), False
    level = np.log(label.mean() / (1 - label.mean())) - np.log(p.mean() / (1 - p.mean()))
    return Beta(1.0, 1.0, float(level)), True


def _grown(given: Examples, settings: Settings) -> Booster:
    return Booster.fit(
        given.table, given.features, given.label, rounds=settings.integer("scores.response_rounds"),
        leaves=settings.integer("scores.response_leaves"), min_rows=settings.integer("scores.response_leaf_rows"),
        learning_rate=number(settings, "learning_rate"), threads=settings.integer("engine.threads"),
        seed=settings.integer("scores.seed"),
    )  # fmt: skip


def _metrics(past: Examples, future: Examples, p: Floats, settings: Settings) -> dict[str, Any]:
    bins, share = settings.integer("scores.calibration_bins"), number(settings, "lift_share")
    spread = metrics.interval(
        metrics.auc, future.label, p, repeats=settings.integer("scores.bootstrap_draws"),
        seed=settings.integer("scores.seed"),
    )  # fmt: skip
    logistic, columns = plain_logistic(past, future, settings.integer("scores.response_plain_columns"))
    boosted = Booster.fit(
        past.table, past.features, past.label, rounds=100, leaves=31, min_rows=20, learning_rate=0.1, ridge=0.0,
        threads=settings.integer("engine.threads"), seed=settings.integer("scores.seed"),
    )  # fmt: skip
    return {
        "pooled": metrics.summary(future.label, p, bins, share) | {"auc_interval": spread},
        "baseline": metrics.summary(future.label, logistic, bins, share) | {"columns": columns},
        "default_boosting": metrics.summary(future.label, boosted.predict(future.table), bins, share),
        "walk_forward": _walked(past, future, settings),
    }


def plain_logistic(past: Examples, future: Examples, most: int) -> tuple[Floats, list[str]]:
    """Logistic regression on the numbers and flags that part the training labels best alone; and their names."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to import

    plain = [feature for feature in past.features if feature.kind != "category"]
    if not plain:
        return np.full(len(future.label), past.label.mean()), []
    before, after = encoded(past.table, plain), encoded(future.table, plain)
    centre = np.nan_to_num([np.nanmedian(column) if np.isfinite(column).any() else 0.0 for column in before.T])
    before, after = (np.where(np.isnan(each), centre, each) for each in (before, after))
    spread = before.std(axis=0)
    before, after = ((each - before.mean(axis=0)) / np.where(spread > 0, spread, 1) for each in (before, after))
    parting = [abs((metrics.auc(past.label, column) or 0.5) - 0.5) for column in before.T]
    chosen = np.argsort(-np.asarray(parting), kind="stable")[:most]
    model = LogisticRegression(max_iter=500).fit(before[:, chosen], past.label)
    return np.asarray(model.predict_proba(after[:, chosen])[:, 1], np.float64), [plain[each].name for each in chosen]


def _walked(past: Examples, future: Examples, settings: Settings) -> list[dict[str, Any]]:
    """AUC of each later block of rows by a model fitted on everything before it: what fitting often would give."""
    steps = settings.integer("scores.response_steps")
    if not steps or future.block.min() < past.block.max():
        return []
    whole = replace(
        past, table=pa.concat_tables([past.table, future.table]), label=np.append(past.label, future.label),
        block=np.append(past.block, future.block),
    )  # fmt: skip
    found = []
    edges = np.unique(np.quantile(future.block, np.linspace(0, 1, steps + 1)[:-1], method="lower"))
    for low, high in zip(edges, [*edges[1:], future.block.max() + 1], strict=True):
        before = whole.at(np.flatnonzero(whole.block < low))
        block = future.at(np.flatnonzero((future.block >= low) & (future.block < high)))
        trees = _grown(before, settings)
        found.append({"rows": len(block.label), "auc": metrics.auc(block.label, trees.predict(block.table))})
    return found
