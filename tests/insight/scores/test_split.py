"""Splits in time never look ahead; tables that cannot be used are refused by column and row."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.errors import KequnError
from kequn.insight.scores import split

START = date(2025, 1, 31)


def dated(days, **more):
    return pa.table({"as_of": pa.array([START + timedelta(days=int(day)) for day in days], pa.date32()), **more})


@given(st.lists(st.integers(0, 400), min_size=1, max_size=50), st.integers(1, 3), st.integers(0, 120))
def test_no_outcome_of_training_reaches_into_validation(days, validate, gap):
    table = dated(days)
    last = sorted(set(days))[-validate:]
    if min(days) > last[0] - max(gap, 1):
        with pytest.raises(KequnError, match="no row lies"):
            split.split_in_time(table, "as_of", validate, gap)
        return
    train, later = split.split_in_time(table, "as_of", validate, gap)
    assert sorted(later) == [row for row, day in enumerate(days) if day >= last[0]]
    assert sorted(train) == [row for row, day in enumerate(days) if day <= last[0] - gap and day < last[0]]


def test_a_share_takes_whole_dates():
    table = dated([0, 0, 0, 0, 0, 0, 100, 100, 100, 200])
    assert split.split_in_time(table, "as_of", 0.1, 90)[1].tolist() == [9]
    assert split.split_in_time(table, "as_of", 0.2, 90)[1].tolist() == [6, 7, 8, 9]
    assert split.split_in_time(table, "as_of", 0.4, 90)[0].tolist() == [0, 1, 2, 3, 4, 5]


def test_timestamps_and_other_columns_are_dates_too():
    table = pa.table({"on": pa.array(np.array(["2025-01-01T23:00", "2025-06-01T01:00"], "datetime64[us]"))})
    train, later = split.split_in_time(table, "on", 1, 90)
    assert (train.tolist(), later.tolist()) == ([0], [1])
    assert split.divided(table, 1, 90, column="on")[0].tolist() == [0]


def test_a_given_split_goes_before_the_dates():
    table = dated([0, 100, 200], split=["validate", "train", "train"])
    train, later = split.divided(table, 1, 90)
    assert (train.tolist(), later.tolist()) == ([1, 2], [0])


@pytest.mark.parametrize("words", [["train", "train"], ["train", "test"], ["train", None]])
def test_other_words_are_no_split(words):
    with pytest.raises(KequnError, match="must hold both train and validate"):
        split.split_as_given(pa.table({"split": pa.array(words, pa.string())}))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (pa.table({"x": [1]}), "bank.csv has no column as_of"),
        (pa.table({"as_of": ["2025-01-01"]}), "bank.csv: column as_of is string"),
        (dated([]), "bank.csv has no rows"),
        (pa.table({"as_of": pa.array([START, None], pa.date32())}), r"as_of is empty in row 2 \(1 in all\)"),
        (dated([5, 5]), "goes from 2025-02-05 to 2025-02-05, and no row lies 90 days before 2025-02-05"),
    ],
)
def test_what_cannot_be_split_says_why(table, said):
    with pytest.raises(KequnError, match=said):
        split.split_in_time(table, "as_of", 1, 90, origin="bank.csv")


@pytest.mark.parametrize("validate", [0, -1, 0.0])
def test_something_must_validate(validate):
    with pytest.raises(KequnError, match="Nothing validates"):
        split.split_in_time(dated([0, 100]), "as_of", validate, 90)


GOOD = {"customer_id": [1, 1, 2], "age": [30, 31, 40], "tier": ["gold", None, "mass"], "app": [True, False, None]}


def test_a_good_table_comes_back_as_it_is():
    table = dated([0, 90, 0], **GOOD, label=[0, 1, 0])
    kinds = {"age": "number", "tier": "category", "app": "flag", "as_of": "date"}
    assert split.checked(table, kinds, label="label") is table


def test_a_repeated_customer_is_named():
    table = dated([0, 0, 0, 0], **{"customer_id": [1, 2, 2, 2]})
    with pytest.raises(KequnError, match=r"2 rows repeat a customer, e.g. customer_id 2, as_of 2025-01-31 \(3 times\)"):
        split.checked(table, {}, origin="bank.csv")


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ({"income": "number"}, "bank.csv has no column income"),
        ({"tier": "number"}, "column tier is string, but must be a column of numbers"),
        ({"age": "flag"}, "column age is int64, but must be a column of true and false"),
        ({"age": "category"}, "column age is int64, but must be a column of texts"),
        ({"age": "date"}, "column age is int64, but must be a column of dates"),
    ],
)
def test_a_column_of_another_kind_is_named(kinds, said):
    with pytest.raises(KequnError, match=said):
        split.checked(pa.table(GOOD), kinds, origin="bank.csv")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (pa.array([0, None, None]), r"row 2 is empty \(2 rows in all\)"),
        (pa.array([0, math.nan, 1.0]), "row 2 is nan"),
        (pa.array([math.inf, 0, 1.0]), "row 1 is inf"),
        (pa.array(["no", "yes", "no"]), "label label is string"),
    ],
)
def test_a_label_that_is_not_known_is_named(values, said):
    with pytest.raises(KequnError, match=said):
        split.checked(pa.table({"label": values}), {}, label="label")


def test_flags_are_labels():
    assert split.labels(pa.table({"label": [True, False]}), "label").tolist() == [1.0, 0.0]
