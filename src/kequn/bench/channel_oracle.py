"""How good a channel preference is on a sandbox, whose truth says how likely each customer answers each channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from kequn.engine.macros import Parameters
from kequn.engine.query import compile_query
from kequn.insight.reading import definitions
from kequn.insight.scores.replay import replayed
from kequn.sandbox.codes import CHANNEL, CLASS
from kequn.sandbox.contacts import ANSWER, OFFER_CHANCE, OFFERED, logistic
from kequn.workspace import Workspace

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# How a person's leaning to a channel is drawn: a normal around a slope by age (sandbox/people.py).
SPREAD = 0.8
SLOPES = {"app": -0.6, "wecom": -0.3, "rcs": -0.2, "agent_call": 0.4, "rm": 0.4, "popup": 0.4}
GRID = np.linspace(-3.5, 3.5, 57)


@dataclass(frozen=True)
class Truth:
    """What the sandbox knows of each customer: leaning to channels, liking of classes, dislike of contacts, age."""

    customer_id: Ints
    taste: Floats
    liking: Floats
    annoyed: Floats
    age: Floats


def answer_chances(fond: Floats, annoyed: Floats) -> Floats:
    """Chance of each answer (last axis, in the order of ANSWER) to a delivered contact, as the sandbox draws it.

    ``fond`` is leaning to the channel + half the liking of the class.
    """
    annoyed = np.broadcast_to(annoyed, fond.shape)
    scores = np.stack(
        [
            logistic(fond - 1.6), logistic(fond - 2.8), logistic(fond - 3.6), np.zeros(fond.shape),
            logistic(-fond - 4.0 + 1.5 * annoyed), 0.001 + 0.015 * annoyed, 0.002 + 0.01 * annoyed,
        ],
        axis=-1,
    )  # fmt: skip
    found: Floats = scores / np.maximum(1, scores.sum(axis=-1, keepdims=True) / 0.9)
    return found


def response_chances(taste: Floats, truth: Truth) -> Floats:
    """True chance of clicked or interested, customers x channels, mean over the classes that the sandbox offers."""
    found = np.zeros(taste.shape)
    for name, share in zip(OFFERED, OFFER_CHANCE, strict=True):
        fond = taste + 0.5 * truth.liking[:, CLASS[name], None]
        chance = answer_chances(fond, truth.annoyed[:, None])
        found += share * (chance[..., ANSWER["clicked"]] + chance[..., ANSWER["interested"]])
    return found


def channel_oracle(workspace: Workspace, scores: pa.Table, as_of: date) -> dict[str, Any]:
    """Mean true chance of an answer when each customer is contacted as ``scores`` (score_channel) says, beside others.

    ``oracle`` knows every leaning. ``attainable`` knows how the sandbox draws leanings and answers, and each
    customer's history, but no leaning: nobody who sees only data can do better on average. Over customers with at
    least one reachable channel; ``..._of_oracle`` and ``..._of_attainable`` are shares.
    """
    with replayed(workspace, as_of, as_of, percent=100, definitions=definitions(workspace), tags=["tier"]) as build:
        parameters = Parameters(as_of, workspace.settings)

        def fetch(text: str) -> pa.Table:
            return build.engine.fetch(compile_query(text, parameters, "oracle"))

        truth = _truth(workspace, fetch(_PARTIES), as_of)
        contacts, tiers = fetch(_CONTACTS), fetch("SELECT customer_id, tier FROM customer ORDER BY customer_id")
    true = response_chances(truth.taste, truth)
    reachable, choice = _scored(scores, truth.customer_id)
    kept = reachable.any(axis=1)
    expected = _expected(truth, contacts)
    tier = np.asarray(tiers["tier"].take(pc.index_in(pa.array(truth.customer_id), tiers["customer_id"])).to_pylist())
    choices = {
        "oracle": _best(true, reachable), "attainable": _best(expected, reachable), "preference": choice,
        "best_channel": _best(np.broadcast_to(true[kept].mean(axis=0), true.shape), reachable),
        "best_of_tier": _best(_means(true, tier), reachable),
    }  # fmt: skip
    rows = np.arange(len(true))
    mean = {name: float(true[rows, place][kept].mean()) for name, place in choices.items()}
    mean["by_chance"] = float((np.where(reachable, true, 0)[kept].sum(axis=1) / reachable[kept].sum(axis=1)).mean())
    shares = {f"{name}_of_{top}": mean[name] / mean[top] for top in ("oracle", "attainable") for name in mean}
    return {"customers": int(kept.sum()), "mean": mean, "share": shares}


def _truth(workspace: Workspace, parties: pa.Table, as_of: date) -> Truth:
    """The truth of each customer of the bank; of persons that share an identity, the first."""
    truth = pq.read_table(workspace.truth / "customer.parquet")
    person = pc.list_parent_indices(truth["parties"].combine_chunks())
    place = pc.index_in(parties["source_ref"], value_set=pc.list_flatten(truth["parties"].combine_chunks()))
    known = parties.append_column("person", person.take(place)).filter(pc.is_valid(place))
    first = known.group_by("customer_id").aggregate([("person", "min"), ("birth_date", "max")]).sort_by("customer_id")
    chosen = truth.take(first["person_min"])
    born = first["birth_date_max"].fill_null(date(as_of.year - 42, as_of.month, 1)).to_numpy()
    days = (np.datetime64(as_of) - born).astype("timedelta64[D]").astype(np.float64)
    return Truth(
        first["customer_id"].to_numpy(), _vectors(chosen["channel_taste"]), _vectors(chosen["liking"]),
        chosen["annoyed"].to_numpy().astype(np.float64), days / 365.25,
    )  # fmt: skip


def _expected(truth: Truth, contacts: pa.Table) -> Floats:
    """Chance of an answer, customers x channels, over the posterior of the leaning after each customer's history."""
    centre = (truth.age - 42)[:, None] / 20 * np.array([SLOPES.get(name, 0.0) for name in CHANNEL.names])
    prior = np.exp(-(GRID**2) / (2 * SPREAD**2))
    logs = np.tile(np.log(prior / prior.sum()), (*centre.shape, 1))
    place = pc.index_in(contacts["customer_id"], value_set=pa.array(truth.customer_id))
    contacts, who = contacts.filter(pc.is_valid(place)), pc.drop_null(place).to_numpy()
    channel, klass = _codes(contacts["channel"], CHANNEL.names), _codes(contacts["offer"], CLASS.names)
    answer = np.where(contacts["kind"].is_valid().to_numpy(), _codes(contacts["kind"], ANSWER.names), len(ANSWER))
    for part in np.array_split(np.arange(len(who)), max(1, len(who) // 50_000)):
        fond = centre[who[part], channel[part]][:, None] + GRID + 0.5 * truth.liking[who[part], klass[part]][:, None]
        chance = answer_chances(fond, truth.annoyed[who[part]][:, None])
        chance = np.concatenate([chance, 1 - chance.sum(axis=-1, keepdims=True)], axis=-1)
        likely = np.log(chance[np.arange(len(part)), :, answer[part]])
        np.add.at(logs, (who[part], channel[part]), likely)
    weight = np.exp(logs - logs.max(axis=-1, keepdims=True))
    weight /= weight.sum(axis=-1, keepdims=True)
    found = np.zeros(centre.shape)
    for number, step in enumerate(GRID):
        found += weight[:, :, number] * response_chances(centre + step, truth)
    return found


def _scored(scores: pa.Table, customers: Ints) -> tuple[NDArray[np.bool_], Ints]:
    """Reachable channels (customers x channels) and the channel ranked first, of score_channel."""
    named = scores.filter(pc.is_valid(scores["channel"]))
    who = pc.index_in(named["customer_id"], value_set=pa.array(customers)).fill_null(-1).to_numpy()
    channel = _codes(named["channel"], CHANNEL.names)
    reachable = np.zeros((len(customers), len(CHANNEL)), np.bool_)
    inside = named["reachable"].to_numpy() & (who >= 0)
    reachable[who[inside], channel[inside]] = True
    first = (named["rank"].fill_null(0).to_numpy() == 1) & (who >= 0)
    choice = np.zeros(len(customers), np.int64)
    choice[who[first]] = channel[first]
    return reachable, choice


def _best(chance: Floats, reachable: NDArray[np.bool_]) -> Ints:
    return np.asarray(np.argmax(np.where(reachable, chance, -1.0), axis=1), np.int64)


def _means(true: Floats, tier: NDArray[np.str_]) -> Floats:
    """Mean of the customer's tier."""
    found = np.empty(true.shape)
    for name in np.unique(tier):
        found[tier == name] = true[tier == name].mean(axis=0)
    return found


def _vectors(column: pa.ChunkedArray) -> Floats:
    flat = pc.list_flatten(column.combine_chunks()).to_numpy()
    return np.asarray(flat.reshape(len(column), -1), np.float64)


def _codes(column: pa.ChunkedArray, names: Sequence[str]) -> Ints:
    return np.asarray(pc.index_in(column, value_set=pa.array(names)).fill_null(0).to_numpy(), np.int64)


_PARTIES = """SELECT identity.customer_id, party.source_ref, party.birth_date
FROM party JOIN identity ON party.party_id = identity.party_id"""
_CONTACTS = """SELECT identity.customer_id, contact.channel, contact.offer,
  MIN(CASE WHEN response.kind <> 'bought' THEN response.kind END) AS kind
FROM contact
JOIN identity ON contact.party_id = identity.party_id
LEFT JOIN response ON contact.contact_id = response.contact_id
WHERE contact.outcome = 'delivered'
GROUP BY identity.customer_id, contact.contact_id, contact.channel, contact.offer"""
