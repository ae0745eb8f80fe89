"""The order of products within a class: a conditional logit over EASE, item cosine, popularity and product limits."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from kequn.insight.scores.product.masks import People
from kequn.insight.scores.product.shelf import Bools, Floats, Ints, Shelf, Singles

# What speaks through a customer's signs, and what a product has of its own, also by wealth and by age.
PAIRED = ("ease", "cosine", "own")
ALONE = ("popularity", "amount", "amount_wealth", "risk", "risk_wealth", "risk_age")
NAMES = PAIRED + ALONE
TRAITS = 3


@dataclass(frozen=True)
class Order:
    """Coefficients by name; 0 for what was not fitted."""

    coefficients: Mapping[str, float]

    def text(self) -> str:
        return json.dumps(dict(self.coefficients), sort_keys=True)

    @classmethod
    def of_text(cls, text: str) -> Order:
        return cls({name: float(value) for name, value in json.loads(text).items()})

    def by_signs(self, ease: Singles, cosine: Singles) -> Singles:
        """Products x products: what the weight of a sign for the row adds to the utility of the column."""
        given = self.coefficients
        found = given["ease"] * ease + given["cosine"] * cosine + given["own"] * np.eye(len(ease), dtype=np.float32)
        return np.asarray(found, np.float32)

    def by_traits(self, shelf: Shelf, popular: Floats) -> Singles:
        """Traits (1, wealth, age) x products."""
        given, (amount, risk) = self.coefficients, _limits(shelf)
        rows = [
            given["popularity"] * np.log(popular) + given["amount"] * amount + given["risk"] * risk,
            given["amount_wealth"] * amount + given["risk_wealth"] * risk,
            given["risk_age"] * risk,
        ]
        return np.stack(rows).astype(np.float32)


@dataclass(frozen=True)
class Example:
    """Choices within one class: customers x products x NAMES, what could be bought, and what was taken."""

    inputs: Singles
    open: Bools
    taken: Bools


@dataclass(frozen=True)
class Choices:
    """What customers took: their signs (customers x products), what they could buy, and what they took.

    ``ease`` and ``cosine`` are item weights, ``popular`` takers of each product.
    """

    shelf: Shelf
    popular: Floats
    ease: Singles
    cosine: Singles
    matrix: sp.csr_matrix
    traits: Singles
    open: Bools
    taken: sp.csr_matrix

    def examples(self, most: int) -> Iterator[Example]:
        """Class by class; at most ``most`` customers a class, the first ones."""
        for klass, start in enumerate(self.shelf.starts):
            items = np.arange(start, start + int((self.shelf.class_of == klass).sum()))
            took = (np.asarray(self.taken[:, items].todense()) > 0) & self.open[:, items]
            rows = np.flatnonzero(took.any(axis=1))[:most]
            if len(rows) and len(items) > 1:
                yield Example(self._inputs(rows, items), self.open[np.ix_(rows, items)], took[rows])

    def _inputs(self, rows: Ints, items: Ints) -> Singles:
        amount, risk = (values[items][None, :] for values in _limits(self.shelf))
        wealth, age = self.traits[rows, 1:2], self.traits[rows, 2:3]
        matrix = self.matrix[rows]
        own = np.asarray(matrix[:, items].todense())
        alone = [np.broadcast_to(values, own.shape) for values in (np.log(self.popular[items]), amount, risk)]
        columns = [matrix @ self.ease[:, items], matrix @ self.cosine[:, items], own, alone[0], alone[1]]
        columns += [wealth * amount, alone[2], wealth * risk, age * risk]
        return np.stack(columns, axis=-1).astype(np.float32)


def traits(who: People) -> Singles:
    """Customers x (1, wealth, age): wealth is log10 of AUM in yuan from 3 on, age in decades; unknown is ordinary."""
    wealth = np.log10(np.maximum(who.aum, 0) / 100 + 100) - 4
    age = np.where(who.age < 0, 0.0, (who.age - 45) / 10)
    return np.stack([np.ones(len(who)), wealth, age], axis=1).astype(np.float32)


def fit(choices: list[Example], ridge: float) -> Order:
    """Coefficients that make what was taken likeliest among what could be bought; ``ridge`` in units of a choice.

    Several products taken at once share one choice. Without any choice popularity alone orders.
    """
    from scipy.optimize import minimize  # noqa: PLC0415 - slow to import

    if not choices:
        return Order(dict.fromkeys(NAMES, 0.0) | {"popularity": 1.0})
    scale = _scale(choices)

    def loss(beta: Floats) -> tuple[float, Floats]:
        total, slope = 0.5 * ridge * float(beta @ beta), ridge * beta
        for example in choices:
            part, gradient = _loss(example, beta / scale)
            total, slope = total + part, slope + gradient / scale
        return total, slope

    start = np.zeros(len(NAMES))
    start[NAMES.index("popularity")] = scale[NAMES.index("popularity")]
    found: Any = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return Order({name: float(value) for name, value in zip(NAMES, found.x / scale, strict=True)})


def _loss(example: Example, beta: Floats) -> tuple[float, Floats]:
    """Minus the log-likelihood of the choices, and its gradient."""
    utility = np.where(example.open, example.inputs @ beta, -np.inf)
    utility -= utility.max(axis=1, keepdims=True)
    chance = np.exp(utility)
    chance /= chance.sum(axis=1, keepdims=True)
    share = example.taken / example.taken.sum(axis=1, keepdims=True)
    value = -float((share * np.log(np.maximum(chance, 1e-300))).sum())
    return value, -np.einsum("np,npk->k", share - chance, example.inputs)


def _scale(choices: list[Example]) -> Floats:
    """Spread of each input among what could be bought, so that ``ridge`` means the same for all."""
    total, count = np.zeros(len(NAMES)), 0
    for example in choices:
        inside = example.inputs[example.open].astype(np.float64)
        total, count = total + (inside**2).sum(axis=0), count + len(inside)
    return np.sqrt(total / max(count, 1)) + 1e-9


def _limits(shelf: Shelf) -> tuple[Floats, Floats]:
    """Smallest amount (log10 of yuan, from 3 on) and risk level (from R2 on) of each product."""
    amount = np.log10(np.array(shelf.min_fen, np.float64) / 100 + 100) - 3
    return amount, np.array(shelf.risk, np.float64) - 2
