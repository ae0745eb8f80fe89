"""Bulk loading: rows read from the database are the same by each way, and what is applied is what was staged."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from django.db import connections

from kequn.engage.bulk import Staging, Target, present
from kequn.engage.customers.load import ASSIGNMENTS, COMPARED, CUSTOMERS
from kequn.engage.orgs.models import Assignment

pytestmark = pytest.mark.django_db
DAYS = Target(Assignment, ASSIGNMENTS.columns, ASSIGNMENTS.keys)


def rows(target, columns):
    return sorted(map(repr, pa.Table.from_batches(present(target, columns), target.schema(columns)).to_pylist()))


@pytest.mark.parametrize(("target", "columns"), [(CUSTOMERS, COMPARED), (ASSIGNMENTS, ASSIGNMENTS.columns)])
def test_rows_are_the_same_within_a_transaction_and_outside(night, monkeypatch, target, columns):
    within = rows(target, columns)
    monkeypatch.setattr(connections["default"], "in_atomic_block", False)
    assert rows(target, columns) == within
    assert within


def batch(*values):
    return pa.record_batch([pa.array(each) for each in zip(*values, strict=True)], schema=DAYS.schema())


def test_staged_rows_replace_and_remove(night):
    Assignment.objects.all().delete()
    one, two = date(2026, 1, 1), date(2026, 2, 1)
    first = batch((1, "S1", one, None), (2, 'O\'Neil "%" 😀', one, two))
    with Staging() as staging:
        assert (staging.rows(DAYS, [first]), staging.gone(DAYS, [])) == (2, 0)
        staging.apply(DAYS)
    second, gone = batch((1, "S1", one, two)), first.slice(1).select(list(DAYS.keys))
    with Staging() as staging:
        staging.rows(DAYS, [second])
        staging.gone(DAYS, [gone])
        assert staging.apply(DAYS).gone == 1
    assert list(Assignment.objects.values_list("customer_id", "staff_id", "valid_from", "valid_to")) == [
        (1, "S1", one, two)
    ]


def test_nothing_is_seen_before_it_is_applied(night):
    count = Assignment.objects.count()
    with Staging() as staging:
        staging.rows(DAYS, [batch((1, "S1", date(2026, 1, 1), None))])
        staging.gone(DAYS, [])
        assert Assignment.objects.count() == count
