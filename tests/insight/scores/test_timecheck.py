"""A feature that knows tomorrow is refused: as a definition, with its place, and as a column of a training table."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from kequn.engine.macros import Parameters
from kequn.engine.query import compile_query
from kequn.errors import KequnError
from kequn.insight.catalogue import catalogue
from kequn.insight.scores.attrition.features import inputs
from kequn.insight.scores.families import family
from kequn.insight.scores.product.features import tags
from kequn.insight.scores.record import listed
from kequn.insight.scores.replay import Past, past
from kequn.insight.scores.timecheck import against_night, check, compare, refuse_later
from kequn.workspace import Settings

NIGHT = date(2026, 3, 31)
DELIVERED = date(2026, 4, 30)  # the day after the night is delivered with its month
PARAMETERS = Parameters(NIGHT, Settings.load())


def balance_sql(condition: str) -> str:
    return f"SELECT account_id, isum(change_fen) AS aum_fen\nFROM balance\n  WHERE {condition}\nGROUP BY account_id"


@pytest.mark.parametrize(
    "condition",
    [
        "valid_from <= add_days(as_of(), 1)",
        "valid_from < add_days(as_of(), 2)",
        "valid_from = add_days(as_of(), setting('lifecycle.new_days'))",
        "add_months(as_of(), 1) >= valid_from",
        "valid_from BETWEEN add_days(as_of(), -5) AND add_days(as_of(), 2)",
        "valid_from > as_of()",
        "days_between(as_of(), valid_from) = 1",
        "days_between(valid_from, as_of()) >= -1",
        "valid_from <= month_end(as_of())",
        "valid_from <= DATE '2026-04-01'",
    ],
)
def test_tomorrows_balance_is_refused_with_its_place(condition):
    with pytest.raises(KequnError, match=r"own\.sql, line 3, column 9: .* lets in events after as_of\(\)"):
        refuse_later(balance_sql(condition), PARAMETERS, "own.sql")


def test_a_day_under_another_name_is_still_one():
    text = """WITH moved AS (SELECT account_id, month_start(date_of(posted_at)) AS month FROM posting)
SELECT account_id, count(*) AS n FROM moved WHERE month >= add_months(month_start(as_of()), 2) GROUP BY account_id"""
    with pytest.raises(KequnError, match="line 2, column 51"):
        refuse_later(text, PARAMETERS, "own.sql")


@pytest.mark.parametrize(
    "condition",
    [
        "valid_from <= as_of()",
        "valid_from < add_days(as_of(), 1)",
        "valid_from >= add_days(as_of(), -89)",
        "days_between(valid_from, as_of()) >= 0",
        "valid_from > add_days(as_of(), 0 - setting('lifecycle.new_days'))",
        "matures_on <= add_days(as_of(), 30)",
    ],
)
def test_what_looks_back_or_at_plans_is_allowed(condition):
    refuse_later(balance_sql(condition), PARAMETERS, "own.sql")


def test_no_built_in_topic_looks_ahead(definitions):
    for topic in definitions.topics.values():
        refuse_later(topic.text, PARAMETERS, topic.file)


@pytest.fixture(scope="module")
def days_apart(history) -> dict[date, pa.Table]:
    """The AUM of the customers with some money on a night's date and on the day after, replayed."""
    query = "SELECT customer_id, aum, aum_time FROM customer WHERE aum > yuan(10000) ORDER BY customer_id"
    found = {}
    with past(history, DELIVERED, 100, catalogue()) as bank:
        for day in (NIGHT, NIGHT + timedelta(days=1)):
            with bank.on(day, ["aum", "aum_time"]) as build:
                found[day] = build.engine.fetch(compile_query(query, Parameters(day, history.settings)))
    return found


def test_tomorrows_balance_in_a_training_table_is_caught_against_the_night(history, days_apart):
    query = compile_query("SELECT customer_id, aum, aum_time FROM customer", Parameters(NIGHT, history.settings))
    honest = days_apart[NIGHT]
    against_night(history, honest, query, NIGHT)
    tomorrow = days_apart[NIGHT + timedelta(days=1)]
    places = pc.index_in(honest["customer_id"], value_set=tomorrow["customer_id"].combine_chunks())
    leaking = honest.set_column(1, "aum", pc.coalesce(tomorrow["aum"].take(places), pa.scalar(0)))
    with pytest.raises(KequnError, match=r"Feature aum replayed at 2026-03-31 equals .* of the customers only"):
        against_night(history, leaking, query, NIGHT)


@pytest.mark.parametrize("name", ["attrition", "product", "channel", "uplift"])
def test_a_family_whose_replays_see_tomorrow_is_not_fitted(history, monkeypatch, name):
    on = Past.on
    monkeypatch.setattr(Past, "on", lambda bank, day, tags=None: on(bank, day + timedelta(days=1), tags))
    known = Parameters(DELIVERED, history.settings)
    with pytest.raises(KequnError, match=r"Feature \w+ replayed at 2026-03-31 equals .* of the customers only"):
        family(name).home.training(history, catalogue(), known)


def test_the_features_of_every_family_are_what_the_night_published(history):
    settings = history.settings
    names = {*tags(), *inputs().tags, *catalogue().segments}
    names |= {*listed(settings, "channel_features"), *listed(settings, "uplift_features")}
    with past(history, DELIVERED, 100, catalogue()) as bank:
        check(bank, names, Parameters(DELIVERED, settings))


def test_a_tag_that_looks_ahead_is_refused_before_anything_is_replayed(history):
    known = catalogue()
    ahead = replace(known.topics["asset"], text=balance_sql("valid_from > as_of()"))
    changed = replace(known, topics={**known.topics, "asset": ahead})
    with (
        past(history, DELIVERED, 100, changed) as bank,
        pytest.raises(KequnError, match=r"lets in events after as_of"),
    ):
        check(bank, ["aum"], Parameters(DELIVERED, history.settings))


def test_columns_are_compared_customer_by_customer():
    ids = pa.array(range(200), pa.int64())
    numbers = pa.array(np.where(np.arange(200) % 7, np.arange(200) / 3, np.nan))
    texts = pa.array(["gold" if number % 2 else None for number in range(200)])
    published = pa.table({"customer_id": ids, "ratio": numbers, "tier": texts})
    shuffled = published.take(pa.array(np.random.default_rng(1).permutation(200)[:150]))
    compare(shuffled, published, 1.0, NIGHT)
    one_off = shuffled.set_column(1, "ratio", pa.array([-1.0, *shuffled["ratio"].to_pylist()[1:]]))
    compare(one_off, published, 0.99, NIGHT)
    with pytest.raises(KequnError, match="Feature ratio"):
        compare(one_off, published, 1.0, NIGHT)
    stranger = pa.table({"customer_id": pa.array([999] * 3 + [1] * 7), "ratio": pa.array([1 / 3] * 10)})
    with pytest.raises(KequnError, match=r"70\.0%"):
        compare(stranger, published, 0.99, NIGHT)
    with pytest.raises(KequnError, match="Feature hope is not among"):
        compare(published.append_column("hope", numbers), published, 0.99, NIGHT)
