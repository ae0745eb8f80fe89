"""EASE and its baselines: how much each product held speaks for each other product, in closed form."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from kequn.insight.scores.product.shelf import Floats, Ints, Singles


def gram(matrix: sp.csr_matrix) -> Floats:
    """Products x products: sum over customers of weight x weight, in double precision."""
    wide = matrix.astype(np.float64)
    return np.asarray((wide.T @ wide).toarray(), np.float64)


def ease(together: Floats, ridge: float) -> Singles:
    """Item weights B with zero diagonal that minimise |X - XB|^2 + ridge |B|^2, from the Gram matrix of X.

    A customer's scores are X @ B. Source: Steck 2019, Embarrassingly Shallow Autoencoders for Sparse Data (WWW).
    """
    inverse = np.linalg.inv(together + ridge * np.eye(len(together)))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return weights.astype(np.float32)


def cosine(together: Floats) -> Singles:
    """Item-item cosine, 1 on the diagonal; a product without any sign is like nothing but itself."""
    length = np.sqrt(np.diag(together))
    scale = np.where(length > 0, 1 / np.where(length > 0, length, 1), 0)
    alike = together * scale[:, None] * scale[None, :]
    np.fill_diagonal(alike, 1.0)
    return alike.astype(np.float32)


def popularity(counts: Ints, kinds: Sequence[str], prior: float) -> Floats:
    """Takers of each product, drawn to the mean of its kind with the weight of ``prior`` takers.

    ``kinds`` are ``class/subtype``: a product that nobody took yet is as popular as its like.
    """
    share = prior / (prior + counts)
    found: Floats = (1 - share) * counts + share * _mean_of_like(counts.astype(np.float64)[None, :], kinds)[0]
    return found


def with_priors(weights: Singles, holders: Ints, kinds: Sequence[str], prior: float) -> Singles:
    """Columns of ``weights`` drawn to the mean column of their kind where a product has few holders.

    What speaks for products of a kind speaks for a new one of it; the diagonal stays as it is.
    """
    share = prior / (prior + holders.astype(np.float64))
    like = _mean_of_like(weights.astype(np.float64), kinds)
    drawn = ((1 - share) * weights + share * like).astype(np.float32)
    np.fill_diagonal(drawn, np.diag(weights))
    return drawn


def _mean_of_like(values: Floats, kinds: Sequence[str]) -> Floats:
    """The mean over the columns of each kind, for each column; a kind of one takes the mean of its class."""
    classes = [kind.split("/", 1)[0] for kind in kinds]
    found = np.empty_like(values)
    for place, kind in enumerate(kinds):
        like = [other for other, name in enumerate(kinds) if name == kind and other != place]
        like = like or [other for other, name in enumerate(classes) if name == classes[place] and other != place]
        found[:, place] = values[:, like].mean(axis=1) if like else 0.0
    return found
