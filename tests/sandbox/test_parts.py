"""Small pieces against plain Python: the clock, money as decimals, monthly sums, identity numbers, draws."""

from collections import Counter
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.sandbox.files import turns, yuan
from kequn.sandbox.flows import flows
from kequn.sandbox.identities import PLACEHOLDER_NUMBER
from kequn.sandbox.market import calendar_table
from kequn.sandbox.plan import Plan
from kequn.sandbox.settle import monthly
from kequn.workspace import Settings

PLAN_ENDS = st.dates(date(2020, 1, 1), date(2026, 12, 1)).map(lambda day: day.replace(day=1) - timedelta(days=1))


@given(PLAN_ENDS, st.integers(2, 40), st.integers(1, 12))
def test_deliveries_cover_every_day_once(end, months, snapshots):
    plan = Plan(10, months, 1, end, Settings.load().changed(sandbox__snapshots=snapshots))
    upto = [delivery.upto for delivery in plan.deliveries]
    assert [delivery.after for delivery in plan.deliveries[1:]] == upto[:-1]
    assert plan.date_of(upto[-1]) == end == plan.deliveries[-1].on
    assert plan.date_of(upto[-2]) == end - timedelta(days=1)
    assert sum(delivery.snapshot for delivery in plan.deliveries) == min(snapshots, months)
    assert all(plan.date_of(delivery.upto) == delivery.on for delivery in plan.deliveries)
    assert all((delivery.on + timedelta(days=1)).day == 1 for delivery in plan.deliveries[:-2])


@given(PLAN_ENDS, st.integers(2, 40), st.data())
def test_days_and_months_are_those_of_the_calendar(end, months, data):
    plan = Plan(10, months, 1, end, Settings.load())
    day = data.draw(st.integers(0, plan.days - 1))
    shown = plan.first + timedelta(days=day)
    assert plan.date_of(day) == shown
    month = (shown.year - plan.first.year) * 12 + shown.month - plan.first.month
    assert plan.month_of(np.array([day])).tolist() == [month]
    assert plan.dates(np.array([day])).to_pylist() == [shown]
    assert plan.first.day == 1


@given(st.lists(st.integers(-(10**15), 10**15)))
def test_fen_become_yuan_exactly(values):
    assert [int(value * 100) for value in yuan(np.array(values, np.int64)).to_pylist()] == values


@given(st.lists(st.integers(0, 5)))
def test_turns_count_within_a_person(persons):
    seen = Counter()
    expected = []
    for person in persons:
        expected.append(seen[person])
        seen[person] += 1
    assert turns(np.array(persons, np.int64)).tolist() == expected


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 89), st.integers(-900, 900).filter(bool))))
def test_monthly_sums_and_lowest_day_ends(entries):
    account, day, amount = (np.array(column, np.int64) for column in zip(*entries, strict=True)) if entries else (
        np.zeros(0, np.int64),
    ) * 3  # fmt: skip
    net, low = monthly(3, day // 30, account, flows(account, day, amount, "transfer", "app"), 4)
    for one in range(4):
        for month in range(3):
            running, lowest = 0, 0
            for when in range(month * 30, month * 30 + 30):
                running += sum(a for who, d, a in entries if (who, d) == (one, when))
                lowest = min(lowest, running)
            assert (net[one, month], low[one, month]) == (running, lowest)


def test_identity_numbers_are_well_formed_and_nobody_elses(bank):
    weights = [2 ** (17 - place) % 11 for place in range(17)]
    person_of = dict(bank.sql("SELECT unnest(parties), person FROM '{truth}/customer.parquet'"))
    valid, wrong = {}, 0
    for row in bank.rows("party", "2026-03-30"):
        number = row["id_number"]
        if number in (None, PLACEHOLDER_NUMBER) or row["party_id"].startswith("Z"):
            continue
        check = "10X98765432"[sum(int(n) * w for n, w in zip(number, weights, strict=False)) % 11]
        if check != number[17]:
            wrong += 1
            continue
        assert number[:2] in ("99", "98")
        if row["birth_date"]:
            assert number[6:14] == row["birth_date"].replace("-", "")
        assert row["sex"] == "U" or (int(number[16]) % 2 == 1) == (row["sex"] == "M")
        valid.setdefault(number, set()).add(person_of[row["party_id"]])
    assert all(len(persons) == 1 for persons in valid.values())
    assert wrong <= bank.dirt()["party_faults"]["mistyped_id_number"]


def test_party_faults_are_those_announced(bank):
    told = bank.dirt()["party_faults"]
    rows = {row["party_id"]: row for row in bank.rows("party") if not row["party_id"].startswith("Z")}.values()
    assert sum(row["id_number"] is None for row in rows) == told["missing_id_number"]
    assert sum(row["cross_number"] is None for row in rows) == told["missing_cross_number"]
    assert sum(row["id_number"] == PLACEHOLDER_NUMBER for row in rows) == told["placeholder_id_number"]
    digits = Counter((row["mobile"] or "").replace(" ", "") for row in rows)
    shared = [row for row in rows if (row["mobile"] or "").replace(" ", "") == "10000000000"]
    assert len(shared) == told["parties_with_shared_mobile"] == digits["10000000000"]
    persons = dict(bank.sql("SELECT unnest(parties), person FROM '{truth}/customer.parquet'"))
    assert len({persons[row["party_id"]] for row in shared}) == 50


def test_propensities_are_the_policys_chances(bank):
    """Over a month and a customer, chances of all contacts that might have been add up to the chance of a contact."""
    told = bank.sql("SELECT min(propensity), max(propensity), count(*) FROM {contact}")[0]
    assert 0 < told[0] <= told[1] < 0.6
    by_channel = dict(
        bank.sql("SELECT channel, count(DISTINCT contact_id) FROM {contact} WHERE channel <> 'fax' GROUP BY 1")
    )
    assert by_channel["sms"] > by_channel["email"]


@pytest.mark.parametrize("year", [2025, 2026])
def test_festivals_are_days_off_and_named_twice(year):
    plan = Plan(10, 12, 1, date(year, 12, 31), Settings.load())
    rows = calendar_table(plan).to_pylist()
    assert len(rows) == 365
    assert any(row["festival_en"] == "Spring Festival" and row["festival_zh"] == "春节" for row in rows)
    assert all(not row["workday"] for row in rows if row["holiday"])
    assert pa.types.is_date32(calendar_table(plan).schema.field("day").type)
