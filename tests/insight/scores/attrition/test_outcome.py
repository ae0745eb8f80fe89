"""What became of customers, against balances summed day by day in plain Python."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from math import floor
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kequn.bank.load import load_landed
from kequn.bank.store import parts
from kequn.engine.build import parquet_columns
from kequn.engine.macros import Parameters
from kequn.engine.publish import current
from kequn.engine.query import compile_query
from kequn.insight.catalogue import catalogue
from kequn.insight.scores import attrition
from kequn.insight.scores.attrition.features import input_query, inputs
from kequn.insight.scores.attrition.training import START
from kequn.insight.scores.replay import past
from kequn.night import run
from kequn.sandbox.create import create
from kequn.workspace import Workspace

BOUNDS = (5_000_000, 20_000_000, 50_000_000, 100_000_000, 600_000_000)
FIRST = date(2025, 1, 1)
KNOWN = date(2026, 3, 31)


def rows_of(workspace, table, columns):
    for folder in parts(workspace, table, date(2026, 3, 31)):
        yield from pq.read_table(sorted(folder.glob("*.parquet")), columns=columns).to_pylist()


class DayEnds:
    """Day-end AUM of each customer from FIRST on, from the stated balances (not from the changes)."""

    def __init__(self, workspace):
        night = current(workspace, date(2026, 3, 31))
        people = pq.read_table(sorted(night.table("identity").glob("*.parquet"))).to_pylist()
        owner = {row["party_id"]: row["customer_id"] for row in people}
        self.accounts = defaultdict(list)
        for row in {
            row["account_id"]: row for row in rows_of(workspace, "account", ["account_id", "party_id", "currency"])
        }.values():
            if row["party_id"] in owner:
                self.accounts[owner[row["party_id"]]].append((row["account_id"], row["currency"]))
        self.balances = defaultdict(dict)
        for row in rows_of(workspace, "balance", ["account_id", "valid_from", "balance_fen"]):
            self.balances[row["account_id"]][row["valid_from"]] = row["balance_fen"]
        self.rates = defaultdict(dict)
        for row in rows_of(workspace, "rate", ["currency", "valid_from", "rate_ppm"]):
            self.rates[row["currency"]][row["valid_from"]] = row["rate_ppm"]

    def of(self, customer, last):
        """{day: AUM} up to ``last``."""
        days = [FIRST + timedelta(days=number) for number in range((last - FIRST).days + 1)]
        total = dict.fromkeys(days, 0)
        for account, currency in self.accounts[customer]:
            balances, rates = sorted(self.balances[account].items()), sorted(self.rates[currency].items())
            balance = rate = 0
            for day in days:
                while balances and balances[0][0] <= day:
                    balance = balances.pop(0)[1]
                while rates and rates[0][0] <= day:
                    rate = rates.pop(0)[1]
                total[day] += balance if currency == "CNY" else floor(balance * rate / 10**6 + 0.5)
        return total


def month_end(day):
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def earned(total, day):
    """Rank that the month's average up to ``day`` earns."""
    month = [total[day.replace(day=number)] for number in range(1, day.day + 1)]
    average = floor(sum(month) / len(month) + 0.5)
    return sum(average >= bound for bound in BOUNDS)


def rank_at(total, end):
    """Rank at a month's end: the better of this month and the one before."""
    return max(earned(total, end), earned(total, end.replace(day=1) - timedelta(days=1)))


def outcome(total, day, rank):
    before = [total[day - timedelta(days=number)] for number in range(90)]
    after = [total[day + timedelta(days=number)] for number in range(1, 91)]
    ends = [each for number in range(1, 91) if (each := day + timedelta(days=number)) == month_end(each)]
    lower = [end for end in ends if rank_at(total, end) < rank]
    halved = sum(before) > 0 and 2 * sum(after) <= sum(before)
    gone = total[day] > 10_000 and after[-1] <= 10_000
    shown = None
    if halved or lower or gone:
        average = sum(before) / 90
        shown = next(
            (third for third in (1, 2) if total[day + timedelta(days=30 * third)] * 2 <= average
             or any(end <= day + timedelta(days=30 * third) for end in lower)),
            3,
        )  # fmt: skip
    return {
        "halved": halved,
        "lower_tier": bool(lower),
        "gone": gone,
        "left_bank": shown is not None,
        "shown_in": shown,
    }


def equal_day_by_day(ends, rows):
    for row in rows:
        total = ends.of(row["customer_id"], row["as_of"] + timedelta(days=90))
        expected = outcome(total, row["as_of"], int(row["tier_rank"]))
        assert {name: row[name] for name in expected} == expected, row["customer_id"]
        assert row["aum"] == total[row["as_of"]]


def test_outcomes_equal_a_count_day_by_day(history, trained):
    rows = trained.to_pylist()
    leavers = [row for row in rows if row["left_bank"]]
    assert len(leavers) >= 8
    assert any(row["lower_tier"] for row in leavers)
    assert any(row["halved"] for row in leavers)
    equal_day_by_day(DayEnds(history), leavers + [row for row in rows if not row["left_bank"]][:120])


@pytest.fixture(scope="module")
def abroad(tmp_path_factory) -> Workspace:
    """A bank in which everybody above the lowest tier has an account in another currency."""
    home = tmp_path_factory.mktemp("abroad")
    (home / "kequn.toml").write_text("[sandbox]\nforeign_percent = 100\n", "utf-8")
    workspace = Workspace.open(home)
    create(workspace, customers=300, months=14, seed=5, end=date(2026, 4, 30))
    load_landed(workspace)
    run(workspace, KNOWN)
    return workspace


def test_balances_in_other_currencies_count_before_and_after(abroad):
    """The days after lie in closed months and in an open one. Nearly nobody leaves, so sums tell, not labels."""
    day, horizon = date(2025, 12, 17), date(2026, 3, 17)
    then, text = Parameters(day, abroad.settings), (Path(attrition.__file__).parent / "outcome.sql").read_text("utf-8")
    with past(abroad, KNOWN, 100, catalogue(abroad)) as bank:
        with bank.on(day, inputs().tags | set(bank.definitions.segments)) as build:
            start = build.table(START, input_query(bank.definitions, then))
        with bank.on(horizon, ["tier_rank"]) as build:
            build.define("horizon", compile_query(f"SELECT DATE '{horizon}' AS day", then))
            build.attach(START, [start], parquet_columns(start), "")
            rows = build.engine.fetch(compile_query(text, then)).to_pylist()
    ends = DayEnds(abroad)
    foreign = [row for row in rows if any(currency != "CNY" for _, currency in ends.accounts[row["customer_id"]])]
    assert len(foreign) >= 15
    for row in foreign:
        total = ends.of(row["customer_id"], horizon)
        assert row["before_sum"] == sum(total[day - timedelta(days=number)] for number in range(90))
        assert row["after_sum"] == sum(total[day + timedelta(days=number)] for number in range(1, 91))


def test_only_the_population_is_learned_from(trained):
    for row in trained.to_pylist():
        assert row["tier_rank"] > 0 or row["aum"] > 1_000_000
    keys = list(zip(trained["as_of"].to_pylist(), trained["customer_id"].to_pylist(), strict=True))
    assert keys == sorted(set(keys))


@pytest.mark.parametrize("name", ["share", "pay_months_before"])
def test_features_are_what_their_expressions_say(trained, name):
    for row in trained.to_pylist():
        if name == "share" and row["aum"]:
            assert row["demand_of_aum"] == pytest.approx(row["aum_demand"] / row["aum"])
        if name == "pay_months_before":
            assert 0 <= row["pay_months_before"] <= 9
