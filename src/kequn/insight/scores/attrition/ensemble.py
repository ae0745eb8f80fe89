"""The fitted pieces of an attrition model: trees, who uses which of them, and calibration by segment."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from kequn.errors import KequnError
from kequn.insight.scores.boosting import Booster
from kequn.insight.scores.calibration import Beta
from kequn.insight.scores.encoding import Batch, Floats
from kequn.insight.scores.model import Model
from kequn.insight.scores.record import number
from kequn.workspace import Settings

FAMILY = "attrition"
POOLED, HAZARD, OTHER = "pooled", "hazard", "other"
RECORD = "ensemble.json"
LEVELS = ("none", "watch", "warn", "urgent")
WARNED = LEVELS.index("warn")


@dataclass(frozen=True)
class Thresholds:
    """Probabilities from which on a customer is watched, warned about, urgent."""

    watch: float
    warn: float
    urgent: float

    @classmethod
    def of(cls, settings: Settings) -> Thresholds:
        """The bank's thresholds; raises KequnError where they do not rise."""
        found = [number(settings, f"attrition_{name}") for name in LEVELS[1:]]
        if not 0 < found[0] <= found[1] <= found[2]:
            raise KequnError(f"scores.attrition_watch, _warn and _urgent are {found}.", "They must rise from above 0.")
        return cls(*found)

    def levels(self, p: Floats) -> NDArray[np.int64]:
        """Place of each probability in LEVELS."""
        return np.searchsorted([self.watch, self.warn, self.urgent], p, side="right")


@dataclass(frozen=True)
class Ensemble:
    """``boosters`` by name (POOLED, HAZARD, segments with a model of their own); ``calibration`` by segment.

    ``order``: segments, the first that a customer is in being the principal one; OTHER is for those in none.
    """

    boosters: Mapping[str, Booster]
    calibration: Mapping[str, Beta]
    order: tuple[str, ...]
    thresholds: Thresholds
    currency: str

    def booster(self, segment: str) -> str:
        """Name of the booster that scores the members of ``segment``."""
        return segment if segment in self.boosters else POOLED

    def probability(self, segment: str, raw: Floats) -> Floats:
        """Calibrated probabilities of members of ``segment``."""
        return self.calibration.get(segment, self.calibration[POOLED]).apply(raw)

    def parts(self) -> dict[str, str]:
        """The files of a model."""
        record = {
            "order": list(self.order),
            "boosters": list(self.boosters),
            "calibration": {name: beta.as_dict() for name, beta in self.calibration.items()},
            "thresholds": self.thresholds.__dict__,
            "currency": self.currency,
        }
        parts = {RECORD: json.dumps(record, indent=1)}
        for name, booster in self.boosters.items():
            parts |= booster.parts(name)
        return parts


@lru_cache(maxsize=8)
def ensemble(model: Model) -> Ensemble:
    """The pieces of a model; raises KequnError where it is another family's."""
    if model.family != FAMILY or RECORD not in model.parts:
        raise KequnError(f"This is a model of family {model.family}, not of {FAMILY}.", "Fit one: kequn scores fit.")
    record = json.loads(model.parts[RECORD])
    return Ensemble(
        {name: Booster.of(model.parts, name) for name in record["boosters"]},
        {name: Beta.from_dict(fields) for name, fields in record["calibration"].items()},
        tuple(record["order"]),
        Thresholds(**record["thresholds"]),
        record["currency"],
    )


def memberships(table: Batch, order: Sequence[str]) -> dict[str, NDArray[np.bool_]]:
    """Members of each segment, in their order, and those of none; a segment without a column has no members."""
    found: dict[str, NDArray[np.bool_]] = {}
    left = np.ones(table.num_rows, np.bool_)
    for segment in order:
        if segment in table.schema.names:
            found[segment] = np.asarray(pc.fill_null(table.column(segment), False).to_numpy(zero_copy_only=False), bool)
            left &= ~found[segment]
    return found | {OTHER: left}
