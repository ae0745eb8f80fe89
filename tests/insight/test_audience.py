from __future__ import annotations

import random
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kequn.engine.publish import publish
from kequn.errors import KequnError
from kequn.insight.audience import count, rows
from kequn.workspace import Workspace

TIERS = ("mass", "gold", None)


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    """A published night of 200 customers with a few tags, some of them empty, and the rows."""
    workspace = Workspace.open(tmp_path_factory.mktemp("audience"))
    chance = random.Random(3)
    people = [
        {
            "customer_id": 10**18 + number,
            "age": chance.choice([None, *range(18, 80)]),
            "aum": chance.randint(0, 10**8),
            "tier": chance.choice(TIERS),
            "payroll": chance.choice([True, False, None]),
        }
        for number in range(200)
    ]
    chance.shuffle(people)
    work = workspace.nights / ".made"
    (work / "customer").mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(people), work / "customer" / "part-0.parquet")
    tables = {"customer": {"rows": len(people), "hash": "", "key": ""}}
    day = date(2025, 5, 31)
    publish(workspace, work, day, {"as_of": day.isoformat(), "key": "1" * 64, "engine": "duckdb", "tables": tables})
    return workspace, people


conditions = st.one_of(
    st.tuples(st.just("age > {}"), st.integers(18, 80), st.just("age"), st.just(lambda value, bound: value > bound)),
    st.tuples(
        st.just("aum <= {}"), st.integers(0, 10**8), st.just("aum"), st.just(lambda value, bound: value <= bound)
    ),
    st.tuples(st.just("tier = '{}'"), st.just("gold"), st.just("tier"), st.just(lambda value, bound: value == bound)),
    st.tuples(st.just("payroll"), st.none(), st.just("payroll"), st.just(lambda value, bound: value)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(conditions, conditions, st.booleans())
def test_empty_tags_never_match_whether_asserted_or_denied(bank, one, other, denied):
    workspace, people = bank

    def truth(person, condition):
        _, bound, name, holds = condition
        return None if person[name] is None else bool(holds(person[name], bound))

    def matches(person):
        first, second = truth(person, one), truth(person, other)
        if denied:
            second = None if second is None else not second
        return first is True and second is True

    texts = [condition[0].format(condition[1]) for condition in (one, other)]
    rule = f"({texts[0]}) and {'not ' if denied else ''}({texts[1]})"
    assert count(workspace, rule).customers == sum(map(matches, people))


def test_the_count_stands_beside_all_customers(bank):
    workspace, people = bank
    found = count(workspace, "age is null")
    assert (found.customers, found.of, found.as_of) == (
        sum(person["age"] is None for person in people), 200, date(2025, 5, 31),
    )  # fmt: skip


def test_rows_come_by_customer_id_with_each_column_once(bank):
    workspace, people = bank
    found = rows(workspace, "payroll", ["tier", "customer_id", "tier"], 5)
    chosen = sorted((person for person in people if person["payroll"]), key=lambda person: person["customer_id"])
    assert found.columns == ("customer_id", "tier")
    assert found.rows == [{"customer_id": each["customer_id"], "tier": each["tier"]} for each in chosen[:5]]


def test_a_tag_that_the_night_lacks_is_told_from_one_that_nobody_defined(bank):
    workspace, _ = bank
    with pytest.raises(KequnError, match="newer than the published night"):
        count(workspace, "aum_month_avg > 5")
    with pytest.raises(KequnError, match="agee"):
        count(workspace, "agee > 5")
