"""Once the days of an outcome are over, a night says what the ranking of a past night was worth."""

from __future__ import annotations

from datetime import date

import pyarrow.parquet as pq
import pytest
from sklearn.metrics import roc_auc_score

from kequn.bank.load import load_landed
from kequn.engine.publish import current
from kequn.insight.catalogue import catalogue
from kequn.insight.scores import life
from kequn.insight.scores.attrition.training import labelled
from kequn.insight.scores.replay import past
from kequn.night import run
from kequn.sandbox.create import create
from kequn.workspace import Workspace

SCORED = date(2025, 12, 31)
SETTINGS = "[sandbox]\nsnapshots = 5\n[scores]\ntrain_dates = 1\nrounds = 20\nhistory_days = 30\n"


@pytest.fixture(scope="module")
def scored(tmp_path_factory) -> Workspace:
    """A bank that published scores on SCORED, with deliveries up to April."""
    home = tmp_path_factory.mktemp("scored")
    (home / "kequn.toml").write_text(SETTINGS, "utf-8")
    workspace = Workspace.open(home)
    create(workspace, customers=700, months=16, seed=9, end=date(2026, 4, 30))
    load_landed(workspace)
    run(workspace, SCORED)
    life.fit(workspace, ["attrition"])
    run(workspace, SCORED)
    return workspace


def rows_of(workspace, day, table):
    return pq.read_table(sorted(current(workspace, day).table(table).glob("*.parquet"))).to_pylist()


# On the very day on which the outcome is known, and a month later.
@pytest.mark.parametrize("today", [date(2026, 3, 31), date(2026, 4, 30)])
def test_the_realised_auc_is_that_of_the_outcomes(scored, today):
    run(scored, today)
    found = rows_of(scored, today, "score_realised")
    assert [(row["family"], row["scored_on"]) for row in found] == [("attrition", SCORED)]
    with past(scored, today, 100, catalogue(scored)) as bank:
        label = {row["customer_id"]: row["left_bank"] for row in labelled(bank, [SCORED], lambda _: None).to_pylist()}
    scores = {row["customer_id"]: row["probability"] for row in rows_of(scored, SCORED, "score_attrition")}
    both = sorted(label.keys() & scores.keys())
    assert found[0]["rows"] == len(scores) == len(both)
    assert found[0]["positives"] == sum(label[each] for each in both) > 0
    assert found[0]["auc"] == pytest.approx(roc_auc_score([label[e] for e in both], [scores[e] for e in both]))


def test_before_the_days_are_over_nothing_is_said(scored):
    assert "score_realised" not in current(scored, SCORED).manifest["tables"]
