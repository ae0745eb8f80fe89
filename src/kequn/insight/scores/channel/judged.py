"""How good a preference is on later contacts: as a probability, and as a policy to follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kequn.insight.scores import metrics
from kequn.insight.scores.channel.contacts import Contacts
from kequn.insight.scores.channel.policy import Value, snips
from kequn.insight.scores.channel.preference import Preference, rows
from kequn.insight.scores.columns import texts
from kequn.insight.scores.encoding import Floats
from kequn.insight.scores.record import number
from kequn.workspace import Settings

Ints = NDArray[np.int64]


def predicted(preference: Preference, given: Contacts) -> Floats:
    """Chance of each contact as it was made, over the whole day."""
    if preference.trees is not None:
        return preference.beta.apply(preference.trees.predict(seen(preference, given)))
    groups, _ = preference.groups(given.table)
    rate = preference.rates.chances(given.state, groups)
    return preference.beta.apply(rate[np.arange(len(given)), given.place])


def seen(preference: Preference, given: Contacts) -> pa.Table:
    """What the trees see of each contact, for the channel through which it went."""
    groups, _ = preference.groups(given.table)
    rate = preference.rates.chances(given.state, groups)
    own = np.arange(len(given)), given.place
    channel = pc.cast(given.table["channel"], pa.string())
    return rows(given.table, channel, given.state, given.place, rates=(rate[own], groups[own]))


def preferred(preference: Preference, given: Contacts, allowed: NDArray[np.bool_]) -> Ints:
    """The channel that the preference would take for each row, among those ``allowed`` (rows x channels)."""
    chances, _ = preference.chances(given.table)
    return np.asarray(np.argmax(np.where(allowed, chances, -1.0), axis=1), np.int64)


def supported(given: Contacts, least: float) -> NDArray[np.bool_]:
    """Rows x channels: whether the row's tier had at least this share of its contacts through the channel."""
    tier = texts(given.table, "tier").dictionary_encode()
    size = (len(tier.dictionary), len(given.channels))
    place = tier.indices.to_numpy()
    counts = np.bincount(place * size[1] + given.place, minlength=size[0] * size[1]).reshape(size)
    found: NDArray[np.bool_] = (counts >= least * np.maximum(1, counts.sum(axis=1, keepdims=True)))[place]
    return found


def valued(given: Contacts, choice: Ints) -> Value:
    """What following ``choice`` (a channel for each row) would have been answered, by self-normalised weights."""
    return snips(given.label, given.weight, given.place == choice)


def best_of_group(past: Contacts, future: Contacts, column: str, allowed: NDArray[np.bool_]) -> Ints:
    """The channel with the best past rate in each row's group; over all rows for a column that no table has."""
    key = texts(past.table, column).dictionary_encode()
    size = (len(key.dictionary) + 1, len(past.channels))
    cell = key.indices.to_numpy() * size[1] + past.place
    hits, tries = (
        np.bincount(cell, each, size[0] * size[1]).reshape(size) for each in (past.label * past.even, past.even)
    )
    known = pc.index_in(texts(future.table, column), value_set=key.dictionary)
    rate = (hits / np.maximum(tries, 1))[known.fill_null(len(key.dictionary)).to_numpy()]
    return np.asarray(np.argmax(np.where(allowed, rate, -1.0), axis=1), np.int64)


def compared(
    past: Contacts, future: Contacts, found: Mapping[Any, Preference], chosen: str, settings: Settings
) -> dict[str, Any]:
    """The metrics of the record: candidates, baseline, by tier and segment, and the value of policies."""
    bins, share = settings.integer("scores.calibration_bins"), number(settings, "lift_share")
    least = settings.integer("scores.channel_least_contacts")
    guesses = {name: predicted(each, future) for name, each in found.items()}
    overall = np.full(len(future), float(np.average(past.label, weights=past.even)))

    def by(column: str) -> dict[str, Any]:
        groups = np.asarray(texts(future.table, column).to_pylist(), np.str_)
        kept = (name for name in np.unique(groups).tolist() if name and (groups == name).sum() >= least)
        return {name: metrics.summary(future.label[rows], guesses[chosen][rows], bins, share)
                for name in kept if (rows := groups == name).any()}  # fmt: skip

    allowed = supported(future, number(settings, "channel_supported_share"))
    policies = {
        "preference": preferred(found[chosen], future, allowed),
        "best_channel": best_of_group(past, future, "", allowed),
        "best_of_tier": best_of_group(past, future, "tier", allowed),
        "past": future.place,
    }
    summaries = {name: metrics.summary(future.label, guess, bins, share) for name, guess in guesses.items()}
    return {
        "chosen": chosen,
        "pooled": summaries[chosen],
        "candidates": summaries,
        "baseline": metrics.summary(future.label, overall, bins, share),
        "tier": by("tier"),
        "segment": by("segment"),
        "policy": {name: valued(future, choice).as_dict() for name, choice in policies.items()},
    }
