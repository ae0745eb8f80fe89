"""What was learned of each product (EASE, cosine, takers), laid over the shelf of the day."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kequn.errors import KequnError
from kequn.insight.scores.product.ease import popularity, with_priors
from kequn.insight.scores.product.shelf import Bools, Floats, Ints, Shelf, Singles


@dataclass(frozen=True)
class Items:
    """Products in the order of ``shelf``: raw item weights, and how many customers took and hold each.

    ``usual`` is the mean weight of a customer's signs for the product: what everyone shows says nothing of anyone.
    """

    shelf: Shelf
    ease: Singles
    cosine: Singles
    takers: Ints
    holders: Ints
    usual: Singles

    def text(self) -> str:
        """As JSON; single precision in nine digits, which is exact."""
        return json.dumps({
            "ease": _digits(self.ease), "cosine": _digits(self.cosine), "takers": self.takers.tolist(),
            "holders": self.holders.tolist(), "usual": _digits(self.usual[None, :])[0],
        })  # fmt: skip

    @classmethod
    def of_text(cls, text: str, shelf: Shelf) -> Items:
        given: Mapping[str, Any] = json.loads(text)
        ease, cosine, usual = (np.array(given[name], np.float32) for name in ("ease", "cosine", "usual"))
        takers, holders = (np.array(given[name], np.int64) for name in ("takers", "holders"))
        return cls(shelf, ease, cosine, takers, holders, usual)

    def over(self, shelf: Shelf, least: float) -> Items:
        """The same for another day's shelf: gone products fall away, new ones are without takers and holders.

        Raises KequnError where fewer than the share ``least`` of its products was known when the model was fitted.
        """
        if shelf.products == self.shelf.products:
            return replace(self, shelf=shelf)
        place = {product: number for number, product in enumerate(self.shelf.products)}
        source = np.array([place.get(product, -1) for product in shelf.products])
        known = np.flatnonzero(source >= 0)
        if len(known) < least * len(shelf):
            raise KequnError(
                f"The model knows {len(known)} of {len(shelf)} products: it was fitted on another shelf.",
                "Fit it anew: kequn scores fit product.",
            )
        ease, cosine = np.zeros((2, len(shelf), len(shelf)), np.float32)
        within = np.ix_(known, known)
        ease[within], cosine[within] = (w[np.ix_(source[known], source[known])] for w in (self.ease, self.cosine))
        np.fill_diagonal(cosine, 1.0)
        takers, holders = np.zeros((2, len(shelf)), np.int64)
        takers[known], holders[known] = self.takers[source[known]], self.holders[source[known]]
        usual = np.zeros(len(shelf), np.float32)
        usual[known] = self.usual[source[known]]
        return Items(shelf, ease, cosine, takers, holders, usual)

    def popular(self, prior: float) -> Floats:
        """Takers with the prior of their like; above 0."""
        return np.maximum(popularity(self.takers, self.shelf.kinds(), prior), 0.1)

    def drawn(self, prior: float) -> tuple[Singles, Singles]:
        """EASE and cosine with the prior of their like for products that few hold."""
        kinds = self.shelf.kinds()
        return with_priors(self.ease, self.holders, kinds, prior), with_priors(self.cosine, self.holders, kinds, prior)

    def few(self, least: int) -> Bools:
        """Products with fewer holders than ``least``."""
        found: Bools = self.holders < least
        return found


def _digits(values: Singles) -> list[list[float]]:
    return [[float(f"{value:.9g}") for value in row] for row in values]
