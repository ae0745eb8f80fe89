"""Fit the channel preference: shrunken rates against trees, chosen on later months; hours on top of either."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kequn.insight.scores import calibration, drift, metrics
from kequn.insight.scores.boosting import Booster
from kequn.insight.scores.calibration import Beta
from kequn.insight.scores.channel import rates as shrunken
from kequn.insight.scores.channel.contacts import Contacts, prepared
from kequn.insight.scores.channel.judged import compared, predicted, seen
from kequn.insight.scores.channel.preference import DAYPARTS, Preference, features
from kequn.insight.scores.channel.score import likeliest
from kequn.insight.scores.channel.shrink import ratios
from kequn.insight.scores.columns import numbers, texts
from kequn.insight.scores.encoding import Floats, learned
from kequn.insight.scores.model import Model, data_record
from kequn.insight.scores.record import drivers, named, number, parameters, period
from kequn.insight.scores.split import divided
from kequn.workspace import Settings

FAMILY = "channel"
Kind = Literal["rates", "trees"]
KINDS: tuple[Kind, ...] = ("rates", "trees")
GROUPS = ("tier", "segment")
# More interest shown never lowers the chance.
RISING = {"own_rate": 1, "group_rate": 1, "own_positives": 1, "own_opened": 1}


def fit(table: pa.Table, settings: Settings, customers: pa.Table | None = None) -> Model:
    """Fit on contacts, one row each (see COLUMNS); the latest ones validate. Raises KequnError on an unfit table.

    Shrunken rates and trees are both fitted; the one with the smaller log loss on the latest contacts is kept, the
    other's figures stay in the record. ``customers`` are all those of the fit's date as ``score`` takes them: drift is
    watched of them.
    """
    given = prepared(table, settings)
    days = settings.integer("scores.channel_response_days")
    train, later = divided(given.table, number(settings, "channel_validate"), days, origin="The contacts")
    past, future = given.at(train), given.at(later)
    found = {kind: _fitted(past, settings, kind) for kind in KINDS}
    chosen = min(KINDS, key=lambda kind: metrics.log_loss(future.label, predicted(found[kind], future)) or 0.0)
    about = _words() | {
        "owner": settings.text("scores.owner"),
        "data": data_record(given.table),
        "period": {"train": period(past.table), "validate": period(future.table)},
        "parameters": parameters(settings, FAMILY),
        "features": named(["channel", "tier", "segment", *(each.name for each in given.extra)]),
        "metrics": compared(past, future, found, chosen, settings),
        "calibration": metrics.calibration_table(
            future.label, predicted(found[chosen], future), settings.integer("scores.calibration_bins")
        ),
        "drivers": drivers(trees) if (trees := found[chosen].trees) else [],
        "notes": _notes(past, found, chosen, settings),
    }
    if customers is not None:
        watched = [*given.extra, *(learned(customers, name) for name in GROUPS)]
        about |= drift.kept(customers, watched, likeliest(found[chosen], customers), settings)
    return Model(FAMILY, found[chosen].parts(), about)


def _fitted(past: Contacts, settings: Settings, kind: Kind) -> Preference:
    """One candidate: calibrated on the later part of the training months, then fitted on all of them."""
    early = past.day <= np.quantile(past.day, 1 - number(settings, "channel_validate"))
    first, held = past.at(np.flatnonzero(early)), past.at(np.flatnonzero(~early))
    beta = Beta()
    if first.two_classes and held.two_classes:
        beta = calibration.fit(predicted(_plain(first, settings, kind), held), held.label)
    whole = replace(_plain(past, settings, kind), beta=beta)
    return replace(whole, hours=_hours(past, predicted(whole, past)))


def _plain(past: Contacts, settings: Settings, kind: Kind) -> Preference:
    least = float(settings.integer("scores.channel_least_contacts"))
    rates = shrunken.fit(past.table, past.channels, past.label, past.even, least=least)
    bare = Preference(past.channels, rates, None, Beta(), np.ones((len(past.channels), len(DAYPARTS))))
    if kind == "rates":
        return bare
    trees = Booster.fit(
        seen(bare, past), features(past.extra, past.channels), past.label, weight=past.even,
        rounds=settings.integer("scores.channel_rounds"), leaves=settings.integer("scores.channel_leaves"),
        min_rows=settings.integer("scores.channel_leaf_rows"), learning_rate=number(settings, "learning_rate"),
        threads=settings.integer("engine.threads"), seed=settings.integer("scores.seed"), monotone=RISING,
    )  # fmt: skip
    return replace(bare, trees=trees)


def _hours(past: Contacts, chance: Floats) -> Floats:
    """How the odds of each channel change with the part of the day: observed over expected, drawn to the whole day."""
    size = (len(past.channels), len(DAYPARTS))
    part = pc.index_in(texts(past.table, "daypart"), value_set=pa.array(DAYPARTS)).fill_null(-1).to_numpy()
    known = part >= 0
    cell = past.place[known] * size[1] + part[known]

    def summed(values: Floats) -> Floats:
        return np.bincount(cell, (values * past.even)[known], size[0] * size[1]).astype(np.float64).reshape(size)

    seen_there, due = summed(past.label), summed(chance)
    overall = ratios(seen_there.sum(axis=0), due.sum(axis=0))
    found = overall * ratios(seen_there, due * overall)
    level = np.divide((found * due).sum(axis=1), due.sum(axis=1), out=np.ones(size[0]), where=due.sum(axis=1) > 0)
    return np.asarray(found / level[:, None], np.float64)


def _notes(past: Contacts, found: dict[Kind, Preference], chosen: Kind, settings: Settings) -> list[str]:
    notes = list(found["trees"].trees.notes) if found["trees"].trees else []
    logged = float(np.isfinite(numbers(past.table, "propensity", np.nan)).mean())
    if logged < 1:
        share = f"{1 - logged:.0%}"
        notes.append(f"{share} 的触达没有记录倾向概率，未作校正 | {share} of the contacts have no logged propensity:"
                     " for them the past policy is not corrected for")  # fmt: skip
    if found[chosen].flat(number(settings, "channel_hour_least")):
        notes.append(
            "各时段的差异不超过偶然，时段为 any | The parts of the day differ no more than by chance: daypart any"
        )
    thin = [
        channel for place, channel in enumerate(past.channels)
        if (past.place == place).sum() < settings.integer("scores.channel_least_contacts")
    ]  # fmt: skip
    if thin:
        names = ", ".join(thin)
        notes.append(
            f"触达太少，主要取全部渠道的比例：{names} | Few contacts, mostly the rate of all channels: {names}"
        )
    return notes


def _words() -> dict[str, Any]:
    return {
        "purpose": {
            "zh": "客户在各渠道、各时段响应营销触达的概率，用于选择触达方式。",
            "en": "Chance that a customer answers a marketing contact, by channel and part of the day.",
        },
        "limits": {
            "zh": "“仅打开”不算响应；历史少的客户取其层级、客群的比例（见 basis）；策略价值由记录的倾向概率估计。",
            "en": "Opened alone is no answer; thin histories speak through tier and segment (see basis);"
            " the value of the policy is estimated from logged propensities.",
        },
    }
