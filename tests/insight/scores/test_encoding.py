"""Columns as numbers: every way to be missing is NaN, and a column of another kind is named."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.errors import KequnError
from kequn.insight.scores.encoding import Feature, encoded, kind_of, learned, values


@given(st.lists(st.one_of(st.none(), st.floats(), st.integers(-(2**53), 2**53).map(float)), max_size=20))
def test_numbers_are_kept_exactly_and_all_else_is_missing(given_values):
    found = values(pa.table({"x": pa.array(given_values, pa.float64())}), Feature("x", "number"))
    for before, after in zip(given_values, found, strict=True):
        known = before is not None and math.isfinite(before)
        assert after == before if known else math.isnan(after)


@given(st.lists(st.one_of(st.none(), st.sampled_from("abcx")), max_size=20))
def test_categories_are_places_in_the_list(texts):
    found = values(pa.table({"x": pa.array(texts, pa.string())}), Feature("x", "category", ("a", "b", "c")))
    expected = [{"a": 0.0, "b": 1.0, "c": 2.0}.get(text, math.nan) for text in texts]
    assert np.array_equal(found, expected, equal_nan=True)


def test_a_matrix_has_its_columns_in_the_order_of_the_features():
    table = pa.table({"c": ["b", "a"], "f": [True, None], "n": [1, 2], "d": [Decimal("1.5"), None], "z": pa.nulls(2)})
    features = [learned(table, name) for name in ("n", "f", "c", "d", "z")]
    assert [each.kind for each in features] == ["number", "flag", "category", "number", "number"]
    expected = [[1, 1, 1, 1.5, math.nan], [2, math.nan, 0, math.nan, math.nan]]
    assert np.array_equal(encoded(table, features), expected, equal_nan=True)
    batch = table.combine_chunks().to_batches()[0]
    assert np.array_equal(encoded(batch, features), expected, equal_nan=True)


def test_categories_are_learned_sorted_and_given_ones_are_kept():
    table = pa.table({"x": pa.array(["b", None, "a", "b"]).dictionary_encode()})
    assert learned(table, "x") == Feature("x", "category", ("a", "b"))
    assert learned(table, Feature("x", "category", ("z",))).categories == ("z",)
    assert values(table, learned(table, "x")).tolist()[2:] == [0.0, 1.0]


@pytest.mark.parametrize("text", [pa.string(), pa.large_string(), pa.string_view()])
def test_every_kind_of_text_is_read(text):
    table = pa.table({"x": pa.array(["b", "a", "q"], pa.string()).cast(text)})
    assert kind_of(text) == "category"
    assert np.array_equal(values(table, Feature("x", "category", ("a", "b"))), [1, 0, math.nan], equal_nan=True)


def test_a_slice_of_a_batch_is_the_same_rows():
    table = pa.table({"n": [1, 2, 3, 4], "c": ["a", "b", None, "a"], "f": [True, False, True, None]})
    features = [learned(table, name) for name in table.schema.names]
    assert np.array_equal(encoded(table.slice(1, 2), features), encoded(table, features)[1:3], equal_nan=True)


def test_arrows_own_memory_is_never_changed():
    column = pa.array([1.0, math.inf])
    values(pa.table({"x": column}), Feature("x", "number"))
    assert column.to_pylist() == [1.0, math.inf]


@pytest.mark.parametrize(
    ("column", "feature", "said"),
    [
        (["1"], Feature("x", "number"), "Column x is string, but the model expects a column of numbers"),
        ([1], Feature("x", "category", ("a",)), "Column x is int64, but the model expects a column of texts"),
        ([1], Feature("x", "flag"), "Column x is int64, but the model expects a column of true and false"),
        ([1], Feature("gone", "number"), r"no column gone \(a column of numbers is expected\)"),
    ],
)
def test_another_tag_schema_is_named(column, feature, said):
    with pytest.raises(KequnError, match=said) as caught:
        encoded(pa.table({"x": column}), [feature])
    assert "another tag schema" in caught.value.hint


def test_a_date_is_no_feature():
    with pytest.raises(KequnError, match="Column x is date32"):
        learned(pa.table({"x": [date(2026, 5, 31)]}), "x")
    with pytest.raises(KequnError, match="no column y"):
        learned(pa.table({"x": [1]}), "y")


def test_a_feature_in_json_and_back():
    feature = Feature("层级", "category", ("a", "b"))
    assert Feature.from_dict(feature.as_dict()) == feature
