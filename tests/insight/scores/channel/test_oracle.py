"""The oracle of the channel preference agrees with how the sandbox answers, and nobody beats it."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from kequn.bench.channel_oracle import Truth, answer_chances, channel_oracle, response_chances
from kequn.insight.scores.channel.score import SCHEMA
from kequn.sandbox.codes import CHANNEL, CLASS
from kequn.sandbox.contacts import ANSWER

KNOWN = date(2026, 3, 31)


def test_chances_by_hand():
    found = answer_chances(np.array([0.5]), np.array([1.0]))[0]
    logistic = 1 / (1 + np.exp(-(0.5 - 2.8)))
    assert found[ANSWER["clicked"]] == pytest.approx(logistic)
    assert found[ANSWER["bought"]] == 0
    assert answer_chances(np.array([9.0]), np.array([0.0])).sum() == pytest.approx(0.9)


def test_liking_the_channel_raises_the_chance():
    taste = np.zeros((1, len(CHANNEL)))
    taste[0, CHANNEL["app"]] = 1
    truth = Truth(np.array([1]), taste, np.zeros((1, len(CLASS))), np.zeros(1), np.array([40.0]))
    found = response_chances(taste, truth)[0]
    assert found[CHANNEL["app"]] == pytest.approx(1 / (1 + np.exp(1.8)) + 1 / (1 + np.exp(2.6)), rel=1e-6)
    assert (found <= found[CHANNEL["app"]]).all()


def test_nobody_beats_the_oracle(history):
    from kequn.insight.reading import reading

    with reading(history, "customer", as_of=KNOWN) as night:
        customers = [row["customer_id"] for row in night.rows("SELECT customer_id FROM customer", "test")]
    rows = [
        {"customer_id": one, "channel": name, "rank": place + 1, "reachable": True}
        for one in customers
        for place, name in enumerate(CHANNEL.names)
    ]
    found = channel_oracle(history, pa.Table.from_pylist(rows, SCHEMA), KNOWN)
    mean = found["mean"]
    assert found["customers"] > 0.95 * len(customers)
    assert mean["oracle"] > mean["attainable"] > mean["by_chance"]
    assert mean["oracle"] > mean["preference"]
    assert found["share"]["oracle_of_oracle"] == 1
