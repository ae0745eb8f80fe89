"""Inputs of the trees that choose between classes: tags of the customer, and signs counted for each class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
import yaml

from kequn.insight.catalogue import catalogue
from kequn.insight.scores.encoding import Batch, Feature, kind_of, values
from kequn.insight.scores.product.shelf import Floats, Shelf, Singles
from kequn.insight.scores.product.signs import ABANDONED, BOUGHT, ENDED, FAILED, HELD, MATURES, VIEWED, Signs

COUNTED = {
    "held": (HELD,), "maturing": (MATURES,), "ended": (ENDED,), "bought": (BOUGHT,), "tried": (FAILED, ABANDONED),
    "viewed": (VIEWED,),
}  # fmt: skip
PULL = "pull"


@lru_cache(maxsize=1)
def _document() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("features.yaml").read_text("utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def tags() -> tuple[str, ...]:
    """The tags of the published table ``customer`` that the trees look at."""
    return tuple(_document()["tags"])


def sign_name(sign: str, klass: str) -> str:
    """Name of the input that counts a sign in a class."""
    return f"{sign}_{klass}"


@dataclass(frozen=True)
class Inputs:
    """One batch: its tags by name, and the signs of each class by name."""

    batch: Batch
    signs: dict[str, Floats]

    def table(self) -> pa.Table:
        """All inputs as columns; tags that the batch has and that can be features."""
        schema = self.batch.schema
        known = [name for name in tags() if name in schema.names and _usable(schema.field(name).type)]
        columns = {name: self.batch.column(name) for name in known}
        return pa.table(columns | {name: pa.array(column) for name, column in self.signs.items()})

    def matrix(self, features: tuple[Feature, ...]) -> Floats:
        """Rows x features in their order, one column after the other in memory."""
        found = np.empty((self.batch.num_rows, len(features)), order="F")
        for place, feature in enumerate(features):
            signed = self.signs.get(feature.name)
            found[:, place] = values(self.batch, feature) if signed is None else signed
        return found


def inputs(
    batch: Batch, signs: Signs, matrix: sp.csr_matrix, ease: Singles, shelf: Shelf, *, also: Sequence[str] = ()
) -> Inputs:
    """Count the signs by class; the pull of a class is the sum of its products' EASE scores.

    Classes that are only in ``also`` (no longer on the shelf) have no signs.
    """
    gone = set(also) - set(shelf.classes)
    named = {sign_name(sign, klass): np.zeros(batch.num_rows) for klass in sorted(gone) for sign in (*COUNTED, PULL)}
    for sign, kinds in COUNTED.items():
        counts: Floats = np.stack([signs.counts(kind, shelf) for kind in kinds]).sum(axis=0).astype(np.float64)
        named |= {sign_name(sign, klass): counts[:, place] for place, klass in enumerate(shelf.classes)}
    of_class = np.add.reduceat(ease.astype(np.float64), shelf.starts, axis=1)
    pull = np.asarray(matrix @ of_class, np.float64)
    named |= {sign_name(PULL, klass): pull[:, place] for place, klass in enumerate(shelf.classes)}
    return Inputs(batch, named)


def labels(shelf: Shelf) -> dict[str, tuple[str, str]]:
    """(zh, en) of every input, for the card."""
    known = catalogue().tags
    found = {name: (known[name].zh, known[name].en) for name in tags()}
    for sign, (zh, en) in _document()["signs"].items():
        found |= {sign_name(sign, klass): (f"{zh}：{klass}", f"{en}: {klass}") for klass in shelf.classes}
    return found


def _usable(dtype: pa.DataType) -> bool:
    return pa.types.is_null(dtype) or kind_of(dtype) is not None
