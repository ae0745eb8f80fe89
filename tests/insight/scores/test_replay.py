"""Past dates of a bank: what a replay shows is what a night of that date published."""

from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pytest

from kequn.engine.macros import Parameters
from kequn.engine.query import compile_query
from kequn.errors import KequnError
from kequn.insight.catalogue import catalogue
from kequn.insight.reading import reading
from kequn.insight.scores.replay import past, replayed, wanted

KNOWN = date(2026, 3, 31)
DAY = date(2026, 1, 31)
TAGS = ["aum", "aum_quarter_avg", "tier", "payroll", "logins_90d", "payroll_months_12m", "maturing_30d_fen"]
TEXT = f"SELECT customer_id, {', '.join(TAGS)} FROM customer ORDER BY customer_id"


def fetched(build, day, settings) -> pa.Table:
    return build.engine.fetch(compile_query(TEXT, Parameters(day, settings)))


CHANGES = """SELECT account.customer_id, account.currency, balance.valid_from, balance.change_fen
    FROM balance JOIN account ON balance.account_id = account.account_id"""


@dataclass(frozen=True)
class Replayed:
    """The tags of all customers on two days, and the balance changes seen on the first."""

    tags: dict[date, pa.Table]
    changes: list[dict[str, object]]


@pytest.fixture(scope="module")
def whole(history) -> Replayed:
    found = {}
    with past(history, KNOWN, 100, catalogue()) as bank:
        for day in (KNOWN, DAY):
            with bank.on(day, TAGS) as build:
                found[day] = fetched(build, day, history.settings)
                changes = build.engine.fetch(compile_query(CHANGES, Parameters(day, history.settings)))
    return Replayed(found, changes.to_pylist())


def test_a_replay_of_a_published_night_equals_it(history, whole):
    with reading(history, "customer", as_of=KNOWN) as night:
        published = night.engine.fetch(compile_query(TEXT, night.parameters))
    assert whole.tags[KNOWN].equals(published)


def test_a_replay_sees_no_later_event(whole):
    """Balances at the end of a day, summed from the change rows up to that day by plain Python."""
    rows = whole.tags[DAY].to_pylist()
    expected = dict.fromkeys((row["customer_id"] for row in rows), 0)
    assert max(row["valid_from"] for row in whole.changes) <= DAY
    foreign = {row["customer_id"] for row in whole.changes if row["currency"] != "CNY"}
    for row in whole.changes:
        expected[row["customer_id"]] += row["change_fen"]
    assert sum(expected.values()) > 0
    for row in rows:
        if row["customer_id"] not in foreign:
            assert row["aum"] == expected[row["customer_id"]]


def test_a_sample_shows_the_same_customers_on_every_day_as_the_whole_bank_does(history, whole):
    everybody = {row["customer_id"]: row for row in whole.tags[DAY].to_pylist()}
    with past(history, KNOWN, 40, catalogue()) as bank:
        with bank.on(DAY, ["aum"]) as build:
            text = "SELECT customer_id, aum FROM customer"
            drawn = build.engine.fetch(compile_query(text, Parameters(DAY, history.settings))).to_pylist()
        with bank.on(KNOWN, []) as build:
            text = "SELECT customer_id FROM customer"
            later = build.engine.fetch(compile_query(text, Parameters(KNOWN, history.settings)))
    assert 0.3 * len(everybody) < len(drawn) < 0.5 * len(everybody)
    assert {row["customer_id"] for row in drawn} <= set(later["customer_id"].to_pylist())
    assert all(everybody[row["customer_id"]]["aum"] == row["aum"] for row in drawn)


def test_only_topics_that_are_asked_for_are_computed(definitions):
    narrow = wanted(definitions, ["lifecycle_stage", "payroll"])
    assert {"lifecycle", "asset", "journey", "product", "loan", "card", "income", "app", "foreign"} >= set(
        narrow.topics
    )
    assert set(narrow.segments) == {"payroll"}
    with pytest.raises(KequnError, match="no tag aumm"):
        wanted(definitions, ["aumm"])


def test_a_day_that_is_not_known_yet_is_refused(history):
    late = replayed(history, date(2026, 4, 1), KNOWN, percent=100, definitions=catalogue())
    with pytest.raises(KequnError, match="lies after"), late:
        pass
