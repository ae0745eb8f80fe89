"""Which rows train, calibrate and validate: always in this order of time."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from kequn.errors import KequnError
from kequn.insight.scores.encoding import Floats
from kequn.insight.scores.split import SPLIT, TIME, Rows, divided, split_in_time
from kequn.workspace import Settings

FOLDS = 5
FOLDED = (
    "早于验证期的日期不足以单独校准，改用未参与训练的五分之一样本校准 | "
    "there are too few dates before the validation to calibrate on their own: a fifth of the rows is held out instead"
)


@dataclass(frozen=True)
class Parts:
    """Row numbers. The model is grown on ``train``; its calibration is learned from what trees grown on ``early``
    alone say of ``late`` (both are of ``train``, with the outcome's days between them), where segments choose a model
    too; ``validate`` comes after all.
    """

    train: Rows
    early: Rows
    late: Rows
    validate: Rows
    notes: tuple[str, ...] = ()


def parted(table: pa.Table, label: Floats, settings: Settings) -> Parts:
    """Divide by the column ``split`` where there is one, else in time; raises KequnError where that is impossible."""
    gap = settings.integer("scores.outcome_days")
    train, validate = divided(table, settings.integer("scores.attrition_validate_dates"), gap)
    if SPLIT not in table.schema.names:
        try:
            before = table.select([TIME]).take(pa.array(train))
            early, late = split_in_time(before, TIME, settings.integer("scores.calibrate_dates"), gap)
            early, late = train[early], train[late]
            if 0 < label[early].sum() < len(early):
                return Parts(train, early, late, validate)
        except KequnError:
            pass
    return Parts(train, train[train % FOLDS > 0], train[train % FOLDS == 0], validate, (FOLDED,))
