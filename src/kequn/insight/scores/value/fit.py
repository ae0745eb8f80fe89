"""Fit what a taken offer is worth, and check it on later purchases beside the plain mean of the class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kequn.errors import KequnError
from kequn.insight.scores import drift
from kequn.insight.scores.columns import numbers, texts
from kequn.insight.scores.encoding import Batch, Floats, Kind, learned
from kequn.insight.scores.model import Model, data_record
from kequn.insight.scores.record import named, number, parameters, period
from kequn.insight.scores.split import checked, divided, labels
from kequn.insight.scores.value import amounts
from kequn.insight.scores.value.amounts import Amounts, Bought
from kequn.workspace import Settings

FAMILY = "value"
PART = "amounts.json"
FLAT = ("loan", "card", "service")
WATCHED = ("tier", "aum")
NEEDED: Mapping[str, Kind | Literal["date"]] = {
    "as_of": "date", "product_class": "category", "tier": "category", "aum_fen": "number", "new_money_fen": "number",
}  # fmt: skip
Texts = NDArray[np.str_]


def fit(table: pa.Table, settings: Settings, customers: pa.Table | None = None) -> Model:
    """Fit on purchases (see COLUMNS); the latest validate. Raises KequnError on an unfit table.

    ``customers`` (tier, aum) are all those of the fit's date: drift is watched of them.
    """
    checked(table, NEEDED, label="amount_fen", key=("purchase_id",), origin="The purchases")
    table = table.filter(pc.greater(table["amount_fen"], 0))
    if not table.num_rows:
        raise KequnError("No purchase has an amount.", "Load table purchase with amounts, for a longer period.")
    train, later = divided(table, number(settings, "value_validate"), settings.integer("scores.outcome_days"))
    past, future = table.take(pa.array(train)), table.take(pa.array(later))
    found = amounts.fit(
        bought(past),
        floor=100 * number(settings, "value_aum_least_yuan"),
        prior=number(settings, "value_prior_purchases"),
        tail=number(settings, "value_tail"),
    )
    about = _words() | {
        "owner": settings.text("scores.owner"),
        "data": data_record(table),
        "period": {"train": period(past), "validate": period(future)},
        "parameters": parameters(settings, FAMILY),
        "features": named(["tier", "aum", "product_class"]),
        "metrics": _metrics(found, bought(past), bought(future)),
        "notes": _notes(past, settings),
    }
    if customers is not None:
        watched = [learned(customers, name) for name in WATCHED]
        fresh = found.new_money(numbers(customers, "aum"), words(customers, "tier"))
        about |= drift.kept(customers, watched, fresh, settings)
    return Model(FAMILY, {PART: found.as_text()}, about)


def bought(table: pa.Table) -> Bought:
    """The purchases as arrays; what is missing or infinite is 0."""
    return Bought(
        labels(table, "amount_fen"), numbers(table, "new_money_fen"), numbers(table, "fee_bp"),
        numbers(table, "aum_fen"), words(table, "product_class"), words(table, "tier"),
    )  # fmt: skip


def words(table: Batch, name: str) -> Texts:
    """A column of texts as numpy has them."""
    return np.asarray(texts(table, name).to_pylist(), np.str_)


def _metrics(found: Amounts, past: Bought, future: Bought) -> dict[str, Any]:
    guess, fresh = amounts.predicted(found, future)
    known, plain = np.isfinite(guess), _class_means(past, future.klass)

    def both(rows: NDArray[np.bool_]) -> dict[str, Any]:
        return _summary(future.amount[rows], guess[rows]) | {"new_money": _summary(future.new[rows], fresh[rows])}

    tiers = {one: known & (future.tier == one) for one in sorted(set(future.tier.tolist()))}
    return {
        "pooled": both(known),
        "tier": {one: both(rows) for one, rows in tiers.items() if rows.any()},
        "baseline": {
            "pooled": _summary(future.amount[known], plain[known]),
            "tier": {one: _summary(future.amount[rows], plain[rows]) for one, rows in tiers.items() if rows.any()},
        },
    }


def _class_means(past: Bought, klass: Texts) -> Floats:
    means = {name: float(past.amount[past.klass == name].mean()) for name in set(past.klass.tolist())}
    return np.array([means.get(name, np.nan) for name in klass.tolist()])


def _summary(realised: Floats, expected: Floats) -> dict[str, Any]:
    """rows, rank correlation (Spearman), total realised and expected in fen, and expected over realised."""
    from scipy.stats import spearmanr  # noqa: PLC0415 - slow to import

    varied = len(realised) > 2 and np.ptp(realised) > 0 and np.ptp(expected) > 0
    total = float(realised.sum())
    return {
        "rows": len(realised), "rank_correlation": float(spearmanr(realised, expected).statistic) if varied else None,
        "realised_fen": round(total), "expected_fen": round(float(expected.sum())),
        "expected_over_realised": float(expected.sum()) / total if total else None,
    }  # fmt: skip


def _notes(past: pa.Table, settings: Settings) -> list[str]:
    least = settings.integer("scores.value_least_purchases")
    counts = past.group_by(["product_class", "tier"]).aggregate([([], "count_all")]).sort_by(
        [("product_class", "ascending"), ("tier", "ascending")])  # fmt: skip
    thin = [f"{row['product_class']}/{row['tier']}" for row in counts.to_pylist() if row["count_all"] < least]
    if not thin:
        return []
    listed = ", ".join(thin)
    return [f"购买太少，主要取产品大类的中位数：{listed} | Few purchases, mostly the class's median: {listed}"]


def _words() -> dict[str, Any]:
    return {
        "purpose": {
            "zh": "客户接受某类产品后预期的新增资金、保有资金、费用与价值（分）。",
            "en": "Expected new money, retained money, fee and value in fen where an offer of a class is taken.",
        },
        "limits": {
            "zh": "新增资金按购买后 90 天金融资产增量计（不超过购买额），含同期其他变动；贷款、信用卡、服务按设定值。",
            "en": "New money is the rise of AUM within 90 days, at most the amount: other moves of the time are in it;"
            " loans, cards and services count with a set value.",
        },
    }
