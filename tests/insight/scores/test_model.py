"""A model's version names its content: nothing can change without it, and nothing else changes it."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.errors import KequnError
from kequn.insight.scores.model import Model, canonical, data_record

texts = st.text(max_size=12)
jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
parts = st.dictionaries(st.sampled_from(["pooled.txt", "silver.txt", "beta.json"]), texts, max_size=3)
abouts = st.dictionaries(texts, jsons, max_size=3)


@given(parts, abouts)
def test_the_version_is_the_same_in_any_order_and_after_json(files, about):
    model = Model("attrition", files, about)
    turned = Model("attrition", dict(reversed(files.items())), dict(reversed(json.loads(json.dumps(about)).items())))
    assert model == turned
    assert model.version == turned.version
    assert len(model.version) == 12
    assert hash(model) == hash(turned)


@given(parts, abouts, parts, abouts, st.sampled_from(["attrition", "product"]))
def test_other_content_is_another_version(files, about, other_files, other_about, family):
    one, other = Model("attrition", files, about), Model(family, other_files, other_about)
    same = family == "attrition" and one.parts == other.parts and canonical(one.about) == canonical(other.about)
    assert (one.version == other.version) == same


@given(st.dictionaries(st.sampled_from("ab"), texts, min_size=2, max_size=2))
def test_no_text_can_pass_from_one_part_to_the_next(files):
    one = Model("attrition", {"a.txt": files["a"] + files["b"], "b.txt": ""}, {})
    other = Model("attrition", {"a.txt": files["a"], "b.txt": files["b"]}, {})
    assert (one.version == other.version) == (not files["b"])


@pytest.mark.parametrize("about", [{"auc": math.nan}, {"auc": math.inf}, {"day": date(2026, 5, 31)}, {"x": {1, 2}}])
def test_a_record_that_is_not_json_is_refused(about):
    with pytest.raises(KequnError, match="record must be JSON"):
        Model("attrition", {}, about)


@pytest.mark.parametrize("name", ["model.pkl", "../a.txt", "a/b.txt", ".a.txt", "model.json", "a.txt.exe", "A.TXT", ""])
def test_a_part_is_a_plain_text_file(name):
    with pytest.raises(KequnError, match="no part of a model"):
        Model("attrition", {name: "x"}, {})


def test_what_is_given_cannot_be_changed_afterwards():
    files, about = {"a.txt": "x"}, {"metrics": {"auc": 0.8}}
    model = Model("attrition", files, about)
    version = model.version
    files["a.txt"], about["metrics"]["auc"] = "y", 0.9
    assert model.parts["a.txt"] == "x"
    assert Model("attrition", model.parts, model.about).version == version


def trained():
    chance = np.random.default_rng(1)
    days = pa.array([date(2026, 1 + row % 4, 28) for row in range(200)], pa.date32())
    names = pa.array([None if row % 7 == 0 else f"tier {row % 3}" for row in range(200)])
    return pa.table({"customer_id": np.arange(200), "as_of": days, "tier": names, "aum": chance.normal(size=200)})


def test_the_data_is_named_by_its_values_not_by_how_they_lie_in_memory():
    table = trained()
    record = data_record(table)
    assert (record["rows"], record["columns"], record["from"], record["to"]) == (200, 4, "2026-01-28", "2026-04-28")
    pieces = pa.concat_tables([table.slice(0, 13), table.slice(13, 100), table.slice(113)])
    assert data_record(pieces) == record
    assert data_record(pa.Table.from_pylist(table.to_pylist(), table.schema)) == record
    # What stands under an empty value is nobody's.
    under = pa.Array.from_buffers(pa.int64(), 2, [pa.py_buffer(b"\x01"), pa.array([5, 99]).buffers()[1]])
    plain = pa.array([5, None])
    assert data_record(pa.table({"x": under})) == data_record(pa.table({"x": plain}))


@pytest.mark.parametrize("change", ["value", "order", "column", "row"])
def test_other_data_has_another_hash(change):
    table = trained()
    other = {
        "value": table.set_column(3, "aum", pa.array([*table["aum"].to_pylist()[:-1], 0.0])),
        "order": table.take([1, 0, *range(2, 200)]),
        "column": table.rename_columns(["customer_id", "as_of", "tier", "aum_fen"]),
        "row": table.slice(1),
    }[change]
    assert data_record(other)["hash"] != data_record(table)["hash"]


def test_a_version_is_the_same_in_another_process():
    made = "Model('value', {'a.txt': '客'}, {'b': {'c': 0.1}})"
    text = f"from kequn.insight.scores.model import Model; print({made}.version)"
    found = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == Model("value", {"a.txt": "客"}, {"b": {"c": 0.1}}).version
