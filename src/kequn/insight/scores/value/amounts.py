"""How much a customer of a tier buys of a class, relative to AUM: medians drawn to the class, totals that add up."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Texts = NDArray[np.str_]


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

    def as_text(self) -> str:
        """The part of a model."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)

    @classmethod
    def of(cls, text: str) -> Amounts:
        """What ``as_text`` wrote."""
        found: dict[str, Any] = json.loads(text)
        return cls(**{field.name: found[field.name] for field in fields(cls)})


def fit(
    amount: Floats, new: Floats, fee_bp: Floats, aum: Floats, klass: Texts, tier: Texts,
    *, floor: float, prior: float, tail: float,
) -> Amounts:  # fmt: skip
    """Fit on purchases (fen): shares beyond the quantiles ``tail`` and 1 - ``tail`` of their class count as those.

    A tier's figure is drawn to its class's as if ``prior`` purchases more were the class's.
    """
    base = np.maximum(aum, floor)
    logs = np.log(np.maximum(amount, 1) / base)
    shares: dict[str, float] = {}
    news: dict[str, float] = {}
    fees: dict[str, float] = {}
    for name in sorted(set(klass.tolist())):
        of = klass == name
        logs[of] = np.clip(logs[of], *np.quantile(logs[of], [tail, 1 - tail]))
        shares[name], news[name] = float(np.median(logs[of])), float(new[of].sum() / amount[of].sum())
        fees[name] = float(fee_bp[of] @ amount[of] / amount[of].sum())
        for one in sorted(set(tier[of].tolist())):
            both = of & (tier == one)
            count = float(both.sum())
            shares[f"{name}|{one}"] = (count * float(np.median(logs[both])) + prior * shares[name]) / (count + prior)
            more = prior * float(amount[of].mean())
            news[f"{name}|{one}"] = (float(new[both].sum()) + more * news[name]) / (float(amount[both].sum()) + more)
    rough = Amounts(shares, news, {"": 1.0}, fees, floor)
    return Amounts(shares, news, _totals(rough, np.exp(logs) * base, aum, klass, tier, prior), fees, floor)


def predicted(amounts: Amounts, aum: Floats, klass: Texts, tier: Texts) -> tuple[Floats, Floats]:
    """Expected amount and new money of each row's own class; NaN for a class without a history."""
    amount, new = np.full(len(aum), np.nan), np.full(len(aum), np.nan)
    for name in amounts.classes:
        of = klass == name
        amount[of] = amounts.amount(aum[of], tier[of], name)
        new[of] = amount[of] * amounts.new_share(tier[of], name)
    return amount, new


def _totals(rough: Amounts, bought: Floats, aum: Floats, klass: Texts, tier: Texts, prior: float) -> dict[str, float]:
    """Bought over predicted by tier (source: Duan 1983, Smearing estimate), drawn to that of all."""
    guess, _ = predicted(rough, aum, klass, tier)
    overall = float(bought.sum() / guess.sum())
    found = {"": overall}
    for one in sorted(set(tier.tolist())):
        of = tier == one
        more = prior * float(guess[of].mean())
        found[one] = (float(bought[of].sum()) + more * overall) / (float(guess[of].sum()) + more)
    return found


def _each(tier: Texts, figure: Any) -> Floats:
    names, place = np.unique(tier, return_inverse=True)
    known: Sequence[float] = [figure(name) for name in names.tolist()]
    return np.asarray(known, np.float64)[place]
