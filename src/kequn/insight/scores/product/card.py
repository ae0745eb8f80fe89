"""What the card says of the product family: purpose, limits, parameters, inputs and what drives the scores."""

from __future__ import annotations

from typing import Any

from kequn.insight.scores.product.features import labels
from kequn.insight.scores.product.recommend import Recommender
from kequn.insight.scores.record import parameters
from kequn.workspace import Settings

PURPOSE = {
    "zh": "向每位客户推荐下一步最可能办理的产品，并给出各类产品的喜好概率",
    "en": "What each customer would most likely take next, and how likely a product of each class is taken in 90 days",
}
LIMITS = {
    "zh": "不判断产品是否有利于客户；未评估风险承受能力的客户只推荐R1产品；拒绝个性化的客户只按大众热门推荐；"
    "私募产品仅限符合条件的客户并须由客户经理介绍；验证只统计可展示的产品",
    "en": "Does not judge whether a product is good for the customer. Without a valid risk assessment only R1 is shown;"
    " who refused personalisation gets popularity only; private products need an entitled tier and"
    " go through the RM only. The validation counts only products that could be shown.",
}


def described(model: Recommender, notes: list[str], settings: Settings) -> dict[str, Any]:
    """The part of ``about`` that needs no data."""
    named = labels(model.shelf)
    gains: dict[str, float] = {}
    used: list[str] = []
    for klass in model.classes.each:
        if klass.trees is not None:
            used += [feature.name for feature in klass.trees.features if feature.name not in used]
            for name, gain in klass.trees.importances().items():
                gains[name] = gains.get(name, 0.0) + gain
            notes += [note for note in klass.trees.notes if note not in notes]
    total = sum(gains.values()) or 1.0
    ordered = sorted(gains.items(), key=lambda pair: (-pair[1], pair[0]))
    return {
        "purpose": PURPOSE, "limits": LIMITS, "owner": settings.text("scores.owner"), "notes": notes,
        "parameters": parameters(settings, "product") | dict(model.order.coefficients),
        "features": [{"name": n, "zh": named.get(n, (n, n))[0], "en": named.get(n, (n, n))[1]} for n in used],
        "drivers": [{"name": name, "share": gain / total} for name, gain in ordered[:20]],
    }  # fmt: skip
