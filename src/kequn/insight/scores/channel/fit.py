"""Fit the channel preference: shrunken rates against trees, chosen on later months; hours on top of either."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kequn.errors import KequnError
from kequn.insight.scores import calibration, metrics
from kequn.insight.scores.boosting import Booster
from kequn.insight.scores.calibration import Beta
from kequn.insight.scores.channel import rates as shrunken
from kequn.insight.scores.channel.policy import Value, shares, snips, weights
from kequn.insight.scores.channel.preference import DAYPARTS, Preference, features, rows
from kequn.insight.scores.channel.rates import states
from kequn.insight.scores.channel.shrink import ratios
from kequn.insight.scores.channel.state import COUNTS
from kequn.insight.scores.encoding import Floats, kind_of
from kequn.insight.scores.model import Model, data_record
from kequn.insight.scores.split import checked, divided, labels
from kequn.workspace import Settings

FAMILY = "channel"
Ints = NDArray[np.int64]
NEEDED = {"as_of": "date", "channel": "category"}
RESERVED = ("customer_id", "contact_id", "as_of", "split", "channel", "daypart", "responded", "propensity",
            "product_id", "tier", "segment")  # fmt: skip


@dataclass(frozen=True)
class Contacts:
    """Contacts ready to learn from: labels, weights, state before each contact, and channels as numbers."""

    table: pa.Table
    channels: tuple[str, ...]
    extra: tuple[str, ...]
    label: Floats
    weight: Floats
    place: Ints
    state: Floats

    def at(self, taken: Ints) -> Contacts:
        """Some of the rows."""
        return replace(
            self, table=self.table.take(pa.array(taken)), label=self.label[taken], weight=self.weight[taken],
            place=self.place[taken], state=self.state[taken],
        )  # fmt: skip

    @property
    def even(self) -> Floats:
        """Weights with mean 1 in each channel: they undo whom the past policy chose for it, not how often."""
        total = np.bincount(self.place, self.weight, len(self.channels))
        count = np.bincount(self.place, minlength=len(self.channels))
        return self.weight * (count / np.maximum(total, 1e-12))[self.place]


def fit(table: pa.Table, settings: Settings) -> Model:
    """Fit on contacts, one row each (see COLUMNS); the latest ones validate. Raises KequnError on an unfit table."""
    given = prepared(table, settings)
    train, later = divided(
        given.table, _number(settings, "channel_validate"), settings.integer("scores.channel_response_days")
    )
    past, future = given.at(train), given.at(later)
    found = {name: _fitted(past, settings, name) for name in ("rates", "trees")}
    loss = {name: metrics.log_loss(future.label, _predicted(each, future)) for name, each in found.items()}
    chosen = min(loss, key=lambda name: (loss[name] if loss[name] is not None else np.inf, name))
    about = _about(given, past, future, found, chosen, settings)
    return Model(FAMILY, found[chosen].parts(), about)


def prepared(table: pa.Table, settings: Settings) -> Contacts:
    """The table, checked, with weights and states."""
    checked(table, NEEDED, label="responded", key=("contact_id",), origin="The contacts")
    table = table.filter(pc.is_valid(table["channel"]))
    channels = tuple(sorted(pc.unique(pc.cast(table["channel"], pa.string())).to_pylist()))
    if not channels:
        raise KequnError("The contacts name no channel.", "Fill column channel.")
    counted = {f"{channel}_{count}" for channel in channels for count in COUNTS}
    extra = tuple(
        field.name for field in table.schema
        if field.name not in RESERVED and field.name not in counted and kind_of(field.type)
    )  # fmt: skip
    propensity = _numbers(table, "propensity")
    share = shares(_texts(table, "product_id"))
    place = pc.index_in(pc.cast(table["channel"], pa.string()), value_set=pa.array(channels)).to_numpy()
    return Contacts(
        table, channels, extra, labels(table, "responded"), weights(propensity, _number(settings, "channel_clip"), share),
        np.asarray(place, np.int64), states(table, channels),
    )  # fmt: skip


def _fitted(past: Contacts, settings: Settings, kind: str) -> Preference:
    """One candidate: calibrated on the later part of the training months, then fitted on all of them."""
    days = np.asarray(pc.cast(pc.cast(past.table["as_of"], pa.date32()), pa.int32()).to_numpy(), np.int64)
    early = days <= np.quantile(days, 1 - _number(settings, "channel_validate"))
    beta = Beta()
    if _both(past.label[early]) and _both(past.label[~early]):
        first, held = past.at(np.flatnonzero(early)), past.at(np.flatnonzero(~early))
        beta = calibration.fit(_predicted(_plain(first, settings, kind), held), held.label)
    whole = replace(_plain(past, settings, kind), beta=beta)
    return replace(whole, hours=_hours(past, _predicted(whole, past)))


def _plain(past: Contacts, settings: Settings, kind: str) -> Preference:
    least = float(settings.integer("scores.channel_least_contacts"))
    rates = shrunken.fit(past.table, past.channels, past.label, past.even, least)
    flat = np.ones((len(past.channels), len(DAYPARTS)))
    bare = Preference(past.channels, rates, None, Beta(), flat)
    if kind == "rates":
        return bare
    trees = Booster.fit(
        _seen(bare, past), features(past.extra, past.channels), past.label, weight=past.even,
        rounds=settings.integer("scores.channel_rounds"), leaves=settings.integer("scores.channel_leaves"),
        min_rows=settings.integer("scores.channel_leaf_rows"), learning_rate=_number(settings, "learning_rate"),
        threads=settings.integer("engine.threads"), seed=settings.integer("scores.seed"),
    )  # fmt: skip
    return replace(bare, trees=trees)


def _seen(bare: Preference, given: Contacts) -> pa.Table:
    """The rows of the trees, each for the channel through which it went."""
    groups, _ = bare.groups(given.table)
    rate = bare.rates.chances(given.state, groups)
    each = np.arange(len(given.place))
    named = pc.cast(given.table["channel"], pa.string())
    return rows(given.table, named, given.state, given.place, rate[each, given.place], groups[each, given.place])


def _predicted(preference: Preference, given: Contacts) -> Floats:
    """Chance of each contact as it was made, over the whole day."""
    if preference.trees is not None:
        return preference.beta.apply(preference.trees.predict(_seen(preference, given)))
    groups, _ = preference.groups(given.table)
    rate = preference.rates.chances(given.state, groups)
    return preference.beta.apply(rate[np.arange(len(given.place)), given.place])


def _hours(past: Contacts, chance: Floats) -> Floats:
    """How the odds of each channel change with the part of the day: observed over expected, drawn to the whole day."""
    size = (len(past.channels), len(DAYPARTS))
    part = pc.index_in(_texts(past.table, "daypart"), value_set=pa.array(DAYPARTS)).fill_null(-1).to_numpy()
    known = part >= 0
    cell = past.place[known] * size[1] + part[known]
    weight = past.even[known]
    seen = np.bincount(cell, past.label[known] * weight, size[0] * size[1]).reshape(size)
    due = np.bincount(cell, chance[known] * weight, size[0] * size[1]).reshape(size)
    overall = ratios(seen.sum(axis=0), due.sum(axis=0))
    found = overall * ratios(seen, due * overall)
    level = np.divide((found * due).sum(axis=1), due.sum(axis=1), out=np.ones(size[0]), where=due.sum(axis=1) > 0)
    return np.asarray(found / level[:, None], np.float64)


def preferred(preference: Preference, given: Contacts, supported: Floats) -> Ints:
    """The channel that the preference would take for each row, among those that the past policy took at all."""
    chances, _ = preference.chances(given.table)
    return np.asarray(np.argmax(np.where(supported > 0, chances, -1.0), axis=1), np.int64)


def support(given: Contacts, least: float) -> Floats:
    """Rows x channels: 1 where the row's tier had at least this share of its contacts through the channel."""
    tier = _texts(given.table, "tier").dictionary_encode()
    size = (len(tier.dictionary), len(given.channels))
    cell = tier.indices.to_numpy() * size[1] + given.place
    counts = np.bincount(cell, minlength=size[0] * size[1]).reshape(size)
    shared = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    return np.asarray((shared >= least)[tier.indices.to_numpy()], np.float64)


def valued(given: Contacts, choice: Ints) -> Value:
    """What following ``choice`` (a channel for each row) would have been answered."""
    return snips(given.label, given.weight, given.place == choice)


def plain_choices(past: Contacts, future: Contacts, supported: Floats) -> dict[str, Ints]:
    """The baselines: the channel with the best rate overall, and the best of each tier."""

    def best(key: pa.Array, other: pa.Array) -> Ints:
        known = key.dictionary_encode()
        size = (len(known.dictionary) + 1, len(past.channels))
        cell = known.indices.to_numpy() * size[1] + past.place
        hits, tries = (
            np.bincount(cell, each, size[0] * size[1]).reshape(size) for each in (past.label * past.even, past.even)
        )
        rate = hits / np.maximum(tries, 1)
        place = pc.index_in(other, value_set=known.dictionary).fill_null(len(known.dictionary)).to_numpy()
        return np.asarray(np.argmax(np.where(supported > 0, rate[place], -1.0), axis=1), np.int64)

    return {
        "best_channel": best(_constant(past), _constant(future)),
        "best_of_tier": best(_texts(past.table, "tier"), _texts(future.table, "tier")),
    }


def _about(
    given: Contacts, past: Contacts, future: Contacts, found: dict[str, Preference], chosen: str, settings: Settings
) -> dict[str, Any]:
    supported = support(future, _number(settings, "channel_supported_share"))
    bins, share = settings.integer("scores.calibration_bins"), _number(settings, "lift_share")
    summaries = {
        name: metrics.summary(future.label, _predicted(each, future), bins, share) for name, each in found.items()
    }
    overall = np.full(len(future.label), float(np.average(past.label, weights=past.even)))
    policies = {"preference": preferred(found[chosen], future, supported)} | plain_choices(past, future, supported)
    return {
        "purpose": {"zh": "客户在各渠道、各时段响应营销触达的概率，用于选择触达方式。",
                    "en": "Chance that a customer answers a marketing contact, by channel and part of the day."},
        "owner": settings.text("scores.owner"),
        "data": data_record(given.table),
        "period": {"train": _period(past), "validate": _period(future)},
        "parameters": {name.removeprefix("scores."): value for name, value in settings.values.items()
                       if name.startswith("scores.channel_")},
        "features": [{"name": name, "zh": name, "en": name} for name in ("channel", "tier", "segment", *past.extra)],
        "metrics": {"pooled": summaries[chosen], "candidates": summaries, "chosen": chosen,
                    "baseline": metrics.summary(future.label, overall, bins, share),
                    "policy": {name: valued(future, choice).as_dict() for name, choice in policies.items()}
                    | {"past": valued(future, future.place).as_dict()}},
        "calibration": metrics.calibration_table(future.label, _predicted(found[chosen], future), bins),
        "drivers": _drivers(found[chosen]),
        "limits": {"zh": "“仅打开”不算响应；历史少的客户以其层级、客群的比例为准（见 basis）；策略价值由随机记录的倾向概率估计。",
                   "en": "Opened alone is no answer; thin histories speak through tier and segment (see basis);"
                         " the value of the policy is estimated from logged propensities."},
        "notes": _notes(past, found, chosen),
    }  # fmt: skip


def _notes(past: Contacts, found: dict[str, Preference], chosen: str) -> list[str]:
    notes = list(found["trees"].trees.notes) if found["trees"].trees else []
    if not np.isfinite(_numbers(past.table, "propensity")).any():
        notes.append(
            "没有记录倾向概率，过去策略的选择未作校正 | No propensity was logged: the past policy is not corrected for"
        )
    if np.ptp(found[chosen].hours) < 0.01:
        notes.append("各时段的差异不超过偶然 | The parts of the day differ no more than by chance")
    return notes


def _drivers(preference: Preference) -> list[dict[str, Any]]:
    if preference.trees is None:
        return []
    gains = preference.trees.importances()
    return [{"name": name, "share": gain / max(1e-12, sum(gains.values()))} for name, gain in list(gains.items())[:10]]


def _period(given: Contacts) -> list[str]:
    ends = pc.min_max(given.table["as_of"]).as_py()
    return [str(ends["min"]), str(ends["max"])]


def _number(settings: Settings, name: str) -> float:
    return float(str(settings[f"scores.{name}"]))


def _numbers(table: pa.Table, name: str) -> Floats:
    if name not in table.schema.names:
        return np.full(table.num_rows, np.nan)
    return np.asarray(pc.cast(table[name], pa.float64()).to_numpy(), np.float64)


def _texts(table: pa.Table, name: str) -> pa.Array:
    if name not in table.schema.names:
        return pa.array([""] * table.num_rows, pa.string())
    return pc.cast(table[name], pa.string()).fill_null("").combine_chunks()


def _constant(given: Contacts) -> pa.Array:
    return pa.array([""] * given.table.num_rows, pa.string())


def _both(label: Floats) -> bool:
    return bool(len(label)) and bool(label.min() != label.max())
