"""An analyst's own table: how files are read, what columns mean, and which error names what is wrong."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import csv

from kequn.errors import KequnError
from kequn.insight.scores.owntable import Plan, arranged, judged, read
from kequn.workspace import Settings

SETTINGS = Settings.load().changed(
    scores__response_rounds=20, scores__response_steps=0, scores__bootstrap_draws=5, engine__threads=1
)


def calls(rows: int = 1500, seed: int = 1) -> pa.Table:
    """Contacts in time order: ``a`` tells who says yes, ``seconds`` is only known once they have."""
    chance = np.random.default_rng(seed)
    a = chance.normal(size=rows)
    taken = chance.random(rows) < 1 / (1 + np.exp(1 - 1.5 * a))
    days = [str(date(2025, 1, 1) + timedelta(days=int(day))) for day in np.sort(chance.integers(0, 100, rows))]
    return pa.table(
        {
            "day": days,
            "said": np.where(taken, "yes", "no"),
            "a": a,
            "b": chance.normal(size=rows),
            "seconds": np.where(taken, 300, 20) + chance.integers(0, 9, rows),
            "职业": chance.choice(["职员", "工人"], rows),
        }
    )


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return calls()


def arrange(table: pa.Table, plan: Plan) -> pa.Table:
    return arranged(table, plan, "calls.csv")


def test_the_same_table_in_four_kinds_of_file_is_the_same(table, tmp_path):
    plain, semicolon, chinese, parquet = (tmp_path / name for name in ("a.csv", "b.csv", "c.csv", "d.parquet"))
    csv.write_csv(table, plain)
    csv.write_csv(table, semicolon, csv.WriteOptions(delimiter=";"))
    chinese.write_bytes(semicolon.read_bytes().decode().encode("gb18030"))
    pq.write_table(table, parquet)
    plan = Plan("said", time="day")
    found = [arrange(read(file), plan) for file in (plain, semicolon, chinese, parquet)]
    assert all(each.equals(found[0]) for each in found[1:])
    assert found[0]["职业"].to_pylist() == table["职业"].to_pylist()
    assert [str(day) for day in found[0]["as_of"].to_pylist()] == table["day"].to_pylist()


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    file = tmp_path / "bom.csv"
    file.write_bytes(b"\xef\xbb\xbflabel,a\n1,2\n")
    assert read(file).schema.names == ["label", "a"]


WORDS = {
    "words": ["yes", "No", " YES ", "n"],
    "chinese": ["是", "否", "是", "否"],
    "flags as text": ["true", "FALSE", "t", "f"],
    "flags": [True, False, True, False],
    "numbers": [1, 0, 1, 0],
    "floats": [1.0, 0.0, 1.0, 0.0],
    "numbers as text": ["1", "0", "1", "0"],
}


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_what_counts_as_yes(words):
    found = arrange(
        pa.table({"said": words, "part": ["train", "train", "validate", "validate"]}), Plan("said", split="part")
    )
    assert found["taken"].to_pylist() == [1, 0, 1, 0]
    assert found["split"].to_pylist() == ["train", "train", "validate", "validate"]
    assert set(found.schema.names) == {"taken", "split"}


@pytest.mark.parametrize(("wrong", "shown"), [("maybe", "'maybe'"), (None, "None"), ("2", "'2'")])
def test_a_bad_label_names_the_row(wrong, shown):
    table = pa.table({"said": pa.array(["yes", "no", wrong, wrong]), "a": [1, 2, 3, 4]})
    with pytest.raises(KequnError) as caught:
        arrange(table, Plan("said", ordered=0.5))
    assert caught.value.message == f"calls.csv, column said, row 3: {shown} is no label."
    assert "yes and no" in caught.value.hint


@pytest.mark.parametrize(
    "plan",
    [
        Plan("gone", ordered=0.3), Plan("said", time="gone"), Plan("said", split="gone"),
        Plan("said", ordered=0.3, ignore=["gone"]),
    ],
)  # fmt: skip
def test_a_missing_column_is_named_beside_those_there_are(table, plan):
    with pytest.raises(KequnError, match=r"calls\.csv has no column gone") as caught:
        arrange(table, plan)
    assert "day, said, a, b" in caught.value.hint


@pytest.mark.parametrize("more", [{}, {"time": "day", "ordered": 0.3}, {"time": "day", "split": "part"}])
def test_exactly_one_of_time_split_and_order_parts_the_rows(tmp_path, more):
    with pytest.raises(KequnError, match="which rows are later") as caught:
        judged(tmp_path / "not even there.csv", Plan("said", **more), SETTINGS)
    assert all(option in caught.value.hint for option in ("--time", "--split", "--ordered"))


def test_text_that_is_no_date_is_named(table):
    with pytest.raises(KequnError, match=r"calls\.csv, column 职业 does not hold dates") as caught:
        arrange(table, Plan("said", time="职业"))
    assert "YYYY-MM-DD" in caught.value.hint


def test_times_of_the_day_are_dates():
    table = pa.table({"label": [1, 0], "at": ["2025-01-03 10:20:30", "2025-01-04 00:00:00"]})
    assert arrange(table, Plan("label", time="at"))["as_of"].to_pylist() == [date(2025, 1, 3), date(2025, 1, 4)]


def test_the_last_rows_of_an_ordered_table_validate(table):
    found = arrange(table, Plan("said", ordered=0.2))
    assert found["split"].to_pylist() == ["train"] * 1200 + ["validate"] * 300
    with pytest.raises(KequnError, match="column split already"):
        arrange(table.append_column("split", pa.array(["train"] * 1500)), Plan("said", ordered=0.2))


@pytest.mark.parametrize(("taken", "plan"), [
    ("taken", Plan("said", time="day")), ("as_of", Plan("said", time="day")), ("split", Plan("said", split="day")),
])  # fmt: skip
def test_a_column_that_stands_in_the_way_is_named(table, taken, plan):
    with pytest.raises(KequnError, match=f"There is a column {taken} beside") as caught:
        arrange(table.append_column(taken, table["a"]), plan)
    assert f"Rename it: {taken}" in caught.value.hint


def test_a_time_is_not_overruled_by_a_column_split(table):
    clashing = table.append_column("split", pa.array(["validate"] * 1000 + ["train"] * 500))
    with pytest.raises(KequnError, match="There is a column split beside day"):
        arrange(clashing, Plan("said", time="day"))
    assert "split" not in arrange(clashing, Plan("said", time="day", ignore=["split"])).schema.names
    assert arrange(clashing, Plan("said", ordered=0.2, ignore=["split"]))["split"][-1].as_py() == "validate"


def test_what_is_left_out_stands_in_nobodys_way(table):
    found = arrange(table.append_column("taken", table["a"]), Plan("said", time="day", ignore=["taken"]))
    assert set(found["taken"].to_pylist()) == {0, 1}


def test_the_names_kequn_uses_itself_stand_in_nobodys_way(table):
    named = table.rename_columns({"said": "taken", "day": "as_of"})
    found = arrange(named, Plan("taken", time="as_of"))
    assert sorted(found.schema.names) == sorted(named.schema.names)


def test_what_is_only_known_afterwards_is_left_out_by_the_analyst(table, tmp_path):
    """As the duration of a call: with it the model seems perfect, without it, it is what it can be."""
    file = tmp_path / "calls.parquet"
    pq.write_table(table, file)
    seeming = judged(file, Plan("said", time="day"), SETTINGS)
    honest = judged(file, Plan("said", time="day", ignore=["seconds"]), SETTINGS)
    assert seeming.about["metrics"]["pooled"]["auc"] > 0.99
    assert 0.65 < honest.about["metrics"]["pooled"]["auc"] < 0.9
    assert honest.about["drivers"][0]["name"] == "a"
    assert "seconds" not in {each["name"] for each in honest.about["features"]}
    assert honest.about["period"]["train"][1] < honest.about["period"]["validate"][0]


def test_files_that_cannot_be_read_say_so(tmp_path):
    with pytest.raises(KequnError, match="There is no file"):
        read(tmp_path / "none.csv")
    broken = {"a.parquet": b"PAR?", "b.csv": b"", "c.csv": b"a,b\n1,2\n1,2,3\n", "d.csv": b"a,b\n\xff\xff\xff,1\n"}
    for name, content in broken.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(KequnError, match=f"{name} cannot be read"):
            read(tmp_path / name)
