"""Fit what a taken offer is worth, and check it on later purchases beside the plain mean of the class."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kequn.errors import KequnError
from kequn.insight.scores.model import Model, data_record
from kequn.insight.scores.split import checked, divided, labels
from kequn.insight.scores.value import amounts
from kequn.insight.scores.value.amounts import Amounts
from kequn.workspace import Settings

FAMILY = "value"
PART = "amounts.json"
FLAT = ("loan", "card", "service")
Floats = NDArray[np.float64]
Texts = NDArray[np.str_]


def fit(table: pa.Table, settings: Settings) -> Model:
    """Fit on purchases (see COLUMNS); the latest validate. Raises KequnError on an unfit table."""
    checked(table, {"as_of": "date", "product_class": "category", "tier": "category", "aum_fen": "number",
                    "new_money_fen": "number"}, label="amount_fen", key=("purchase_id",), origin="The purchases")  # fmt: skip
    table = table.filter(pc.greater(table["amount_fen"], 0))
    if not table.num_rows:
        raise KequnError("No purchase has an amount.", "Load table purchase with amounts, for a longer period.")
    train, later = divided(table, _number(settings, "value_validate"), settings.integer("scores.outcome_days"))
    past, future = table.take(pa.array(train)), table.take(pa.array(later))
    found = _fitted(past, settings)
    parameters = rates(settings)
    about = {
        "purpose": {"zh": "客户接受某类产品后预期的新增资金、保有资金、费用与价值（分）。",
                    "en": "Expected new money, retained money, fee and value in fen where an offer of a class is taken."},
        "owner": settings.text("scores.owner"),
        "data": data_record(table),
        "period": {"train": _period(past), "validate": _period(future)},
        "parameters": parameters,
        "features": [{"name": name, "zh": zh, "en": en} for name, zh, en in (
            ("tier", "层级", "Tier"), ("aum", "金融资产", "AUM"), ("product_class", "产品大类", "Product class"))],
        "metrics": _metrics(found, past, future),
        "limits": {"zh": "新增资金按购买后 90 天金融资产增量（不超过购买额）计，含同期其他变动；贷款、信用卡、服务按设定的固定价值。",
                   "en": "New money is the rise of AUM within 90 days, at most the amount: other moves of the time are"
                         " in it; loans, cards and services count with a set value."},
        "notes": _notes(past, settings),
    }  # fmt: skip
    return Model(FAMILY, {PART: found.as_text()}, about)


def rates(settings: Settings) -> dict[str, float]:
    """What the score needs of the settings, kept in the model: margins, flat values, and how medians were shrunk."""
    return {name.removeprefix("scores."): _number(settings, name.removeprefix("scores."))
            for name in settings.values if name.startswith("scores.value_")}  # fmt: skip


def _fitted(past: pa.Table, settings: Settings) -> Amounts:
    bought, new, fee, aum, klass, tier = arrays(past)
    return amounts.fit(
        bought, new, fee, aum, klass, tier, floor=100 * _number(settings, "value_aum_least_yuan"),
        prior=_number(settings, "value_prior_purchases"), tail=_number(settings, "value_tail"),
    )  # fmt: skip


def arrays(table: pa.Table) -> tuple[Floats, Floats, Floats, Floats, Texts, Texts]:
    """amount, new money, fee in basis points, AUM, class and tier of each row; what is missing or infinite is 0."""
    return (
        labels(table, "amount_fen"), numbers(table, "new_money_fen"), numbers(table, "fee_bp"),
        numbers(table, "aum_fen"), texts(table, "product_class"), texts(table, "tier"),
    )  # fmt: skip


def numbers(table: pa.Table | pa.RecordBatch, name: str) -> Floats:
    """A column of numbers; 0 where it is absent, empty, NaN or infinite."""
    if name not in table.schema.names:
        return np.zeros(table.num_rows)
    column = pc.cast(table.column(name), pa.float64(), safe=False).fill_null(0.0)
    return np.nan_to_num(np.asarray(column, np.float64), nan=0.0, posinf=0.0, neginf=0.0)


def texts(table: pa.Table | pa.RecordBatch, name: str) -> Texts:
    """A column of texts; empty text where it is empty."""
    return np.asarray(pc.cast(table.column(name), pa.string()).fill_null("").to_pylist(), np.str_)


def _metrics(found: Amounts, past: pa.Table, future: pa.Table) -> dict[str, Any]:
    bought, new, _, aum, klass, tier = arrays(future)
    guess, fresh = amounts.predicted(found, aum, klass, tier)
    known = np.isfinite(guess)
    plain = _class_means(past, klass)
    return {
        "pooled": _summary(bought[known], guess[known]) | {"new_money": _summary(new[known], fresh[known])},
        "baseline": _summary(bought[known], plain[known]),
        "tier": {one: _summary(bought[rows], guess[rows]) | {"new_money": _summary(new[rows], fresh[rows]),
                                                             "baseline": _summary(bought[rows], plain[rows])}
                 for one in sorted(set(tier.tolist())) if (rows := known & (tier == one)).any()},
    }  # fmt: skip


def _class_means(past: pa.Table, klass: Texts) -> Floats:
    bought, _, _, _, known, _ = arrays(past)
    means = {name: float(bought[known == name].mean()) for name in set(known.tolist())}
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


def _period(table: pa.Table) -> list[str]:
    ends = pc.min_max(table["as_of"]).as_py()
    return [str(ends["min"]), str(ends["max"])]


def _number(settings: Settings, name: str) -> float:
    return float(str(settings[f"scores.{name}"]))
