"""The spread of wealth is the one that the domain expects, at the end of a period as at its start."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from kequn.sandbox.create import create
from kequn.sandbox.wealth import aum_yuan, ranked


@pytest.fixture(scope="module")
def large(small, tmp_path_factory):
    workspace = small(tmp_path_factory.mktemp("large"), chunk_customers=10_000, dirt_ppm=0, drift_ppm=0)
    return workspace, create(workspace, 20_000, 3, 4)


def test_two_percent_hold_eighty_percent(large):
    workspace, report = large
    table = pq.read_table(workspace.truth / "observed.parquet")
    aum = sorted(table.column(table.num_columns - 1).to_pylist(), reverse=True)
    top = sum(aum[: len(aum) * 2 // 100]) / sum(aum)
    highest = sum(aum[: len(aum) * 7 // 10_000]) / sum(aum)
    assert top == pytest.approx(0.80, abs=0.03)
    assert highest == pytest.approx(0.30, abs=0.05)
    assert report.top_2_percent_share == pytest.approx(top)
    assert report.top_7_in_10000_share == pytest.approx(highest)


def test_there_are_about_thirteen_records_for_ten_persons(large):
    workspace, _ = large
    parties = pq.read_table(workspace.truth / "customer.parquet", columns=["parties"]).column(0).to_pylist()
    assert sum(map(len, parties)) / len(parties) == pytest.approx(1.3, abs=0.1)


def test_wealth_falls_with_the_share_above():
    above = np.geomspace(1e-6, 1, 200)
    assert np.all(np.diff(aum_yuan(above)) < 0)


def test_ranks_fill_every_stratum_once_and_follow_the_score():
    chance = np.random.default_rng(3)
    score = chance.normal(size=500)
    above = ranked(score, chance)
    assert sorted(np.ceil(above * 500).astype(int)) == list(range(1, 501))
    assert np.all(np.diff(above[np.argsort(-score)]) > 0)
