"""How much a customer of a tier buys of a class, relative to AUM: medians drawn to the class, totals that add up."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Texts = NDArray[np.str_]


@dataclass(frozen=True)
class Bought:
    """Purchases as arrays, one of each a row: fen, basis points and words."""

    amount: Floats
    new: Floats
    fee_bp: Floats
    aum: Floats
    klass: Texts
    tier: Texts


@dataclass(frozen=True)
class Amounts:
    """By ``class`` or ``class|tier``: log of the median share of AUM that is bought, and the share that is new money.

    ``totals`` by tier makes predictions add up to what was bought; ``fee_bp`` by class; AUM counts at least ``floor``
    fen. A tier that is unknown takes the class's figure.
    """

    share: Mapping[str, float]
    new: Mapping[str, float]
    totals: Mapping[str, float]
    fee_bp: Mapping[str, float]
    floor: float

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes with a history."""
        return tuple(self.fee_bp)

    def amount(self, aum: Floats, tier: Texts, name: str) -> Floats:
        """Expected fen bought of class ``name`` where it is bought."""
        share = _each(tier, lambda one: self.share.get(f"{name}|{one}", self.share[name]))
        return np.asarray(np.maximum(aum, self.floor) * np.exp(share) * self.total(tier), np.float64)

    def total(self, tier: Texts) -> Floats:
        """What turns medians into means, by tier."""
        return _each(tier, lambda one: self.totals.get(one, self.totals[""]))

    def new_share(self, tier: Texts, name: str) -> Floats:
        """Share of the amount that comes from outside the bank."""
        return _each(tier, lambda one: self.new.get(f"{name}|{one}", self.new[name]))

    def new_money(self, aum: Floats, tier: Texts) -> Floats:
        """Expected new money of all classes together, each in whole fen."""
        each = (np.floor(self.amount(aum, tier, name) * self.new_share(tier, name) + 0.5) for name in self.classes)
        return np.asarray(sum(each, np.zeros(len(aum))), np.float64)

    def as_text(self) -> str:
        """The part of a model."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)

    @classmethod
    def of(cls, text: str) -> Amounts:
        """What ``as_text`` wrote."""
        found: dict[str, Any] = json.loads(text)
        return cls(**{field.name: found[field.name] for field in fields(cls)})


def fit(bought: Bought, *, floor: float, prior: float, tail: float) -> Amounts:
    """Fit on purchases: shares beyond the quantiles ``tail`` and 1 - ``tail`` of their class count as those.

    A tier's figure is drawn to its class's as if ``prior`` purchases more were the class's.
    """
    base = np.maximum(bought.aum, floor)
    logs = np.log(np.maximum(bought.amount, 1) / base)
    shares: dict[str, float] = {}
    news: dict[str, float] = {}
    fees: dict[str, float] = {}
    for name in sorted(set(bought.klass.tolist())):
        of = bought.klass == name
        logs[of] = np.clip(logs[of], *np.quantile(logs[of], [tail, 1 - tail]))
        amount, new = bought.amount[of], bought.new[of]
        shares[name], news[name] = float(np.median(logs[of])), float(new.sum() / amount.sum())
        fees[name] = float(bought.fee_bp[of] @ amount / amount.sum())
        for one in sorted(set(bought.tier[of].tolist())):
            inside = bought.tier[of] == one
            shares[f"{name}|{one}"] = shrunk_median(logs[of][inside], shares[name], prior)
            more = prior * float(amount.mean())
            news[f"{name}|{one}"] = (float(new[inside].sum()) + more * news[name]) / (
                float(amount[inside].sum()) + more
            )
    rough = Amounts(shares, news, {"": 1.0}, fees, floor)
    return replace(rough, totals=_totals(rough, bought, np.exp(logs) * base, prior))


def shrunk_median(values: Floats, centre: float, prior: float) -> float:
    """Median of ``values``, drawn to ``centre`` as if ``prior`` values more lay there."""
    return (len(values) * float(np.median(values)) + prior * centre) / (len(values) + prior)


def predicted(amounts: Amounts, bought: Bought) -> tuple[Floats, Floats]:
    """Expected amount and new money of each row's own class; NaN for a class without a history."""
    amount, new = np.full(len(bought.aum), np.nan), np.full(len(bought.aum), np.nan)
    for name in amounts.classes:
        of = bought.klass == name
        amount[of] = amounts.amount(bought.aum[of], bought.tier[of], name)
        new[of] = amount[of] * amounts.new_share(bought.tier[of], name)
    return amount, new


def _totals(rough: Amounts, bought: Bought, winsorised: Floats, prior: float) -> dict[str, float]:
    """Bought over predicted by tier (source: Duan 1983, Smearing estimate), drawn to that of all."""
    guess, _ = predicted(rough, bought)
    overall = float(winsorised.sum() / guess.sum())
    found = {"": overall}
    for one in sorted(set(bought.tier.tolist())):
        of = bought.tier == one
        more = prior * float(guess[of].mean())
        found[one] = (float(winsorised[of].sum()) + more * overall) / (float(guess[of].sum()) + more)
    return found


def _each(tier: Texts, figure: Callable[[str], float]) -> Floats:
    """``figure`` of each row's tier."""
    names, place = np.unique(tier, return_inverse=True)
    return np.array([figure(name) for name in names.tolist()], np.float64)[place]
