"""The fitted preference on contacts drawn from a known law, and its answers to bad input."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from kequn.errors import KequnError
from kequn.insight.scores import card, channel
from kequn.insight.scores.channel.rates import Rates
from kequn.insight.scores.channel.rates import fit as fit_rates
from kequn.insight.scores.model import Model
from kequn.workspace import Settings

CHANNELS = ("app", "rm", "sms")
SETTINGS = Settings.load().changed(scores__channel_rounds=40, scores__bootstrap_draws=20, engine__threads=1)


def truth(age, evening):
    """The young answer the app, the old the manager; everybody a little the SMS; evenings are better."""
    rate = np.where(age[:, None] < 45, [0.30, 0.05, 0.12], [0.04, 0.25, 0.12])
    return np.minimum(0.9, rate * np.where(evening, 1.6, 0.8)[:, None])


def contacts(rows=6000, seed=1, **columns):
    """Contacts in the order of their days; the past policy sent the rich to the manager."""
    chance = np.random.default_rng(seed)
    age = chance.integers(20, 80, rows)
    tier = np.where(chance.random(rows) < 0.3, "gold", "mass")
    p = np.where((tier == "gold")[:, None], [0.2, 0.6, 0.2], [0.4, 0.1, 0.5])
    place = (chance.random(rows)[:, None] > p.cumsum(axis=1)).sum(axis=1)
    evening = chance.random(rows) < 0.25
    answered = chance.random(rows) < truth(age, evening)[np.arange(rows), place]
    first = date(2025, 1, 1)
    return pa.table({
        "customer_id": np.arange(rows), "contact_id": np.arange(rows) + 10**6,
        "as_of": pa.array([first + timedelta(days=int(day)) for day in np.sort(chance.integers(0, 300, rows))]),
        "channel": np.array(CHANNELS)[place], "daypart": np.where(evening, "evening", "morning"),
        "responded": answered, "propensity": p[np.arange(rows), place], "tier": tier, "segment": tier, "age": age,
    } | columns)  # fmt: skip


def customers(**columns):
    given = {"customer_id": [1, 2, 3], "tier": ["mass", "mass", "gold"], "segment": ["mass", "mass", "gold"],
             "age": [25, 70, 70]}  # fmt: skip
    return pa.table(given | {f"may_{name}": [True] * 3 for name in CHANNELS} | columns)


def first(table):
    return {row["customer_id"]: row for row in table.to_pylist() if row["rank"] == 1}


@pytest.fixture(scope="module")
def model() -> Model:
    return channel.fit(contacts(), SETTINGS)


def test_each_age_gets_its_channel_and_the_evening(model):
    found = first(channel.score(model, customers()))
    assert [found[one]["channel"] for one in (1, 2, 3)] == ["app", "rm", "rm"]
    assert [found[one]["daypart"] for one in (1, 2, 3)] == ["evening"] * 3
    assert {found[one]["reason"] for one in (1, 2, 3)} == {"best"}
    assert found[1]["probability"] == pytest.approx(0.48, abs=0.12)
    assert found[1]["morning"] == pytest.approx(0.24, abs=0.06)


def test_following_it_pays_more_than_the_best_channel(model):
    policy = model.about["metrics"]["policy"]
    assert policy["preference"]["value"] > 1.3 * policy["best_channel"]["value"]
    assert policy["preference"]["low"] > policy["past"]["value"]
    # What the truth says of the best channel for each: 0.28 on average (a quarter of the contacts in the evening).
    assert policy["preference"]["low"] < 0.28 < policy["preference"]["high"]


def test_both_candidates_are_kept_with_their_figures(model):
    found = model.about["metrics"]
    assert set(found["candidates"]) == {"rates", "trees"}
    assert found["chosen"] == "trees"
    assert found["candidates"]["trees"]["log_loss"] < found["candidates"]["rates"]["log_loss"]
    assert found["pooled"]["auc"] > 0.65 > found["baseline"]["auc"]
    assert model.about["period"]["train"][1] < model.about["period"]["validate"][0]


def test_the_card_can_be_shown(model):
    assert all("<html" in card.as_html(model, language) for language in ("zh", "en"))


def test_a_channel_out_of_reach_gives_the_next_and_says_so(model):
    table = customers(may_app=[False, True, True], staff_id=["S1", None, "S1"], opted_out=[False, False, True])
    rows = channel.score(model, table)
    found = first(rows)
    assert (found[1]["channel"], found[1]["reason"]) == ("sms", "next_best")
    assert (found[2]["channel"], found[2]["reason"]) == ("sms", "next_best")
    assert (found[3]["channel"], found[3]["reason"], found[3]["reachable"]) == (None, "no_channel_allowed", False)
    why = {(row["customer_id"], row["channel"]): row["reason"] for row in rows.to_pylist()}
    assert (why[1, "app"], why[2, "rm"], why[3, "sms"]) == ("no_consent", "no_staff_id", "opted_out")
    assert all(row["rank"] is None for row in rows.to_pylist() if not row["reachable"] and row["channel"])


def test_everybody_has_one_first_row_and_ranks_without_gaps(model):
    chance = np.random.default_rng(2)
    size = 200
    table = pa.table(
        {"customer_id": np.arange(size), "tier": ["mass"] * size, "age": chance.integers(20, 80, size)}
        | {f"may_{name}": chance.random(size) < 0.4 for name in CHANNELS}
    )
    rows = channel.score(model, table).to_pylist()
    for one in range(size):
        own = [row for row in rows if row["customer_id"] == one]
        ranked = sorted((row for row in own if row["rank"]), key=lambda row: row["rank"])
        assert [row["rank"] for row in ranked] == list(range(1, len(ranked) + 1))
        chances = [row["probability"] for row in ranked]
        assert chances == sorted(chances, reverse=True) or chances == [None]


def test_a_new_channel_is_ranked_by_the_rate_of_all(model):
    found = channel.score(model, customers(may_email=[True] * 3)).to_pylist()
    email = [row for row in found if row["channel"] == "email"]
    assert {row["basis"] for row in email} == {"all"}
    assert all(row["reachable"] and row["daypart"] == "any" and 0 < row["probability"] < 1 for row in email)


def test_own_history_counts():
    chance = np.random.default_rng(8)
    own = chance.beta(0.6, 3, 4000)
    history = {"sms_contacts": np.full(4000, 12), "sms_positives": chance.binomial(12, own)}
    table = contacts(4000, channel=["sms"] * 4000, responded=chance.random(4000) < own, **history)
    model = channel.fit(table, SETTINGS)
    seen = ({"sms_contacts": [12, 0, 0]}, {"sms_contacts": [12, 0, 0], "sms_positives": [6, 0, 0]})
    ignored, liked = (first_of(channel.score(model, customers(**each)), 1, "sms") for each in seen)
    # The posterior means of Beta(0.6, 3) after 0 and 6 answers of 12.
    assert (ignored, liked) == pytest.approx((0.6 / 15.6, 6.6 / 15.6), abs=0.07)


def first_of(table, customer, name):
    return next(r["probability"] for r in table.to_pylist() if (r["customer_id"], r["channel"]) == (customer, name))


def test_the_same_contacts_give_the_same_model(model):
    assert channel.fit(contacts(), SETTINGS).version == model.version


def test_shrinkage_by_hand():
    table = pa.table({"channel": ["sms"] * 50 + ["app"] * 50, "tier": ["mass"] * 100, "segment": ["x"] * 100})
    label = np.r_[np.ones(5), np.zeros(45), np.ones(15), np.zeros(35)]
    found = fit_rates(table, ("app", "sms"), label, np.ones(100), least=10)
    level = found.levels[1]
    expected = {"sms": (5 + level.strength * 0.2) / (50 + level.strength),
                "app": (15 + level.strength * 0.2) / (50 + level.strength)}  # fmt: skip
    assert {key: rate for key, (rate, _) in level.rates.items()} == pytest.approx(expected)
    again = Rates.of(found.as_text())
    state = np.zeros((1, 2, 4))
    state[0, 0] = [4, 2, 0, 0]
    # One channel with history: the other one is drawn by the Gamma-Poisson ratio of what was seen to what was due.
    groups = np.array([[0.2, 0.1]])
    prior = 0.1 * (2 + again.others) / (0.8 + again.others)
    assert again.chances(state, groups)[0] == pytest.approx([(2 + again.own * 0.2) / (4 + again.own), min(0.95, prior)])


def test_thin_groups_speak_through_the_wider_one(model):
    rows = channel.score(model, customers(tier=["diamond"] * 3, segment=["new"] * 3)).to_pylist()
    assert {row["basis"] for row in rows} == {"channel"}


def test_without_propensities_the_record_says_so():
    table = contacts(1500).drop_columns(["propensity"])
    assert any("no logged propensity" in note for note in channel.fit(table, SETTINGS).about["notes"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"responded": np.zeros(300, bool)}, "the same answer"),
        ({"responded": np.r_[np.nan, np.ones(299)]}, "responded of row 1 is nan"),
        ({"contact_id": np.zeros(300, np.int64)}, "299 rows repeat"),
        ({"channel": np.arange(300)}, "column channel"),
    ],
)
def test_unfit_contacts_are_refused(change, message):
    with pytest.raises(KequnError, match=message):
        channel.fit(contacts(300, **change), SETTINGS)


def test_odd_values_of_features_do_no_harm():
    chance = np.random.default_rng(3)
    odd = np.where(chance.random(1500) < 0.1, np.inf, chance.normal(size=1500))
    model = channel.fit(contacts(1500, odd=odd, empty=pa.nulls(1500, pa.float64())), SETTINGS)
    assert any("empty" in note for note in model.about["notes"])
    given = customers(odd=[np.nan, np.inf, 0.0], empty=[1.0, None, None])
    assert len(first(channel.score(model, given))) == 3


def test_another_tag_schema_is_refused(model):
    with pytest.raises(KequnError, match="age"):
        channel.score(model, customers().drop_columns(["age"]))
    with pytest.raises(KequnError, match="age is string"):
        channel.score(model, customers(age=["a", "b", "c"]))
