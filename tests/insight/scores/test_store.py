"""Models on disk: whole or not at all, refused when altered, champions that come and go."""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import signal

import numpy as np
import pyarrow as pa
import pytest

from kequn.errors import KequnError
from kequn.insight.scores import store
from kequn.insight.scores.boosting import Booster
from kequn.insight.scores.model import Model, canonical, sha256

FAMILY = "attrition"


def model(number=1, family=FAMILY):
    metrics = {"pooled": {"auc": 0.7 + number / 100, "lift": None}, "segment": {"silver": {"auc": 0.75}}}
    about = {"metrics": metrics, "period": {"validate": ["2026-03-31", "2026-03-31"]}, "number": number}
    return Model(family, {"pooled.txt": f"tree {number}\r\n树", "beta.json": "{}"}, about)


@pytest.fixture
def saved(workspace):
    return workspace.home / "models" / FAMILY / store.save(workspace, model())


def test_what_is_saved_is_loaded_again(workspace, saved):
    found = store.load(workspace, FAMILY, saved.name)
    assert found == model()
    assert found.version == saved.name
    record = store.record(workspace, FAMILY, saved.name)
    assert record["kequn"]
    assert record["code"] == store.code_hash(FAMILY)
    assert set(record["parts"]) == {"pooled.txt", "beta.json"}


def test_the_same_content_twice_is_one_version_and_is_not_touched(workspace, saved):
    before = (saved / "model.json").read_bytes()
    assert store.save(workspace, model()) == saved.name
    assert (saved / "model.json").read_bytes() == before
    assert len(store.versions(workspace, FAMILY)) == 1


def test_other_code_has_another_hash():
    assert store.code_hash("attrition") == store.code_hash("attrition")
    assert len(store.code_hash("product")) == 64


def altered_part(folder):
    (folder / "pooled.txt").write_text("tree 2", "utf-8")


def altered_record(folder):
    found = json.loads((folder / "model.json").read_text("utf-8"))
    found["about"]["metrics"]["pooled"]["auc"] = 0.99
    (folder / "model.json").write_text(json.dumps(found), "utf-8")


def altered_and_sealed(folder):
    found = json.loads((folder / "model.json").read_text("utf-8"))
    found["about"]["metrics"]["pooled"]["auc"] = 0.99
    found["seal"] = sha256(canonical({key: value for key, value in found.items() if key != "seal"}))
    (folder / "model.json").write_text(json.dumps(found), "utf-8")


def altered_part_and_its_hash(folder):
    altered_part(folder)
    found = json.loads((folder / "model.json").read_text("utf-8"))
    found["parts"]["pooled.txt"] = sha256("tree 2")
    found["seal"] = sha256(canonical({key: value for key, value in found.items() if key != "seal"}))
    (folder / "model.json").write_text(json.dumps(found), "utf-8")


def another_family(folder):
    found = json.loads((folder / "model.json").read_text("utf-8"))
    found["family"] = "product"
    found["seal"] = sha256(canonical({key: value for key, value in found.items() if key != "seal"}))
    (folder / "model.json").write_text(json.dumps(found), "utf-8")


def pickled(folder):
    (folder / "pooled.pkl").write_bytes(pickle.dumps({"model": 1}))


WRONG = {
    "altered part": (altered_part, "was altered: pooled.txt is not what was saved"),
    "altered record": (altered_record, "was altered: model.json is not what was saved"),
    "altered and sealed again": (altered_and_sealed, "was altered: its content is"),
    "part with its hash": (altered_part_and_its_hash, "was altered: its content is"),
    "broken record": (lambda folder: (folder / "model.json").write_text("{", "utf-8"), "model.json cannot be read"),
    "record is a list": (lambda folder: (folder / "model.json").write_text("[]", "utf-8"), "model.json cannot be read"),
    "missing part": (lambda folder: (folder / "beta.json").unlink(), "lacks its part beta.json"),
    "no record": (lambda folder: (folder / "model.json").unlink(), "Kequn did not make it"),
    "another family": (another_family, "is really product"),
    "pickle": (pickled, "holds pooled.pkl: a file of that kind can run a program"),
    "strange file": (lambda folder: (folder / "notes.txt").write_text("x", "utf-8"), "holds notes.txt"),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_altered_or_foreign_model_is_refused_everywhere(workspace, saved, name):
    store.promote(workspace, FAMILY, saved.name)
    other = store.save(workspace, model(2))
    change, said = WRONG[name]
    change(saved)
    with pytest.raises(KequnError, match=said):
        store.load(workspace, FAMILY)
    with pytest.raises(KequnError, match=said):
        store.promote(workspace, FAMILY, saved.name)
    listed = {each.version: each.fault for each in store.versions(workspace, FAMILY)}
    assert said.split(":")[0] in listed[saved.name]
    assert listed[other] == ""


def test_saving_again_mends_an_altered_model(workspace, saved):
    altered_part(saved)
    assert store.save(workspace, model()) == saved.name
    assert store.load(workspace, FAMILY, saved.name) == model()


def test_a_renamed_folder_is_refused(workspace, saved):
    saved.rename(saved.with_name("0" * 12))
    with pytest.raises(KequnError, match=f"is really {FAMILY} {saved.name}"):
        store.load(workspace, FAMILY, "0" * 12)


@pytest.mark.parametrize("version", ["ffffffffffff", "..", "../product", "champion.json", ""])
def test_a_version_that_is_not_there_is_named_with_those_that_are(workspace, saved, version):
    store.promote(workspace, FAMILY, saved.name)
    if version == "":
        assert store.load(workspace, FAMILY, version) == model()
        return
    with pytest.raises(KequnError, match=f"no version {version}.*{saved.name}"):
        store.load(workspace, FAMILY, version)


def test_an_unknown_family_gets_a_suggestion(workspace):
    with pytest.raises(KequnError, match=r"no family of models attrision. Did you mean attrition\?"):
        store.save(workspace, model(family="attrision"))
    with pytest.raises(KequnError, match="There is no champion of product"):
        store.load(workspace, "product")


def test_champions_come_and_go_and_the_past_is_kept(workspace):
    first, second, third = (store.save(workspace, model(number)) for number in (1, 2, 3))
    assert store.champion(workspace, FAMILY) is None
    assert store.challenger(workspace, FAMILY) == third
    store.promote(workspace, FAMILY, first)
    with pytest.raises(KequnError, match="no earlier champion"):
        store.rollback(workspace, FAMILY)
    store.promote(workspace, FAMILY, first)
    store.promote(workspace, FAMILY, second)
    store.promote(workspace, FAMILY, third)
    assert store.challenger(workspace, FAMILY) == second
    assert store.rollback(workspace, FAMILY) == second
    assert store.rollback(workspace, FAMILY) == first
    with pytest.raises(KequnError, match="no earlier champion"):
        store.rollback(workspace, FAMILY)
    store.promote(workspace, FAMILY, third)
    assert store.rollback(workspace, FAMILY) == first
    assert store.load(workspace, FAMILY) == model(1)
    acts = [(each["act"], each["version"]) for each in store.history(workspace, FAMILY)]
    assert acts == [
        ("promote", first), ("promote", second), ("promote", third), ("rollback", second), ("rollback", first),
        ("promote", third), ("rollback", first),
    ]  # fmt: skip
    assert [each.is_champion for each in store.versions(workspace, FAMILY)] == [False, False, True]


def test_families_have_champions_of_their_own(workspace, saved):
    store.promote(workspace, FAMILY, saved.name)
    assert store.champion(workspace, "product") is None
    assert store.versions(workspace, "product") == []


def test_nothing_goes_back_to_a_model_that_is_not_sound(workspace, saved):
    store.promote(workspace, FAMILY, saved.name)
    second = store.save(workspace, model(2))
    store.promote(workspace, FAMILY, second)
    altered_part(saved)
    with pytest.raises(KequnError, match="was altered"):
        store.rollback(workspace, FAMILY)
    assert store.champion(workspace, FAMILY) == second


@pytest.mark.parametrize("text", ["{", "[]", '{"log": [{"act": "rollback", "version": "x"}]}', '{"log": [1]}'])
def test_a_broken_list_of_champions_is_named(workspace, saved, text):
    (saved.parent / "champion.json").write_text(text, "utf-8")
    with pytest.raises(KequnError, match=r"champion\.json of attrition cannot be read"):
        store.load(workspace, FAMILY)


def test_figures_side_by_side(workspace):
    first, second = store.save(workspace, model(1)), store.save(workspace, model(5))
    with pytest.raises(KequnError, match="no champion"):
        store.compare(workspace, FAMILY)
    store.promote(workspace, FAMILY, first)
    found = store.compare(workspace, FAMILY)
    assert (found.first, found.second, found.comparable) == (first, second, True)
    rows = {row["metric"]: row for row in found.rows}
    assert rows["pooled.auc"]["difference"] == pytest.approx(0.04)
    assert rows["pooled.lift"]["difference"] is None
    assert rows["segment.silver.auc"] == {
        "metric": "segment.silver.auc", "first": 0.75, "second": 0.75, "difference": 0.0,
    }  # fmt: skip
    other = Model(FAMILY, {}, {**model(7).about, "period": {"validate": ["2026-02-28", "2026-02-28"]}})
    assert not store.compare(workspace, FAMILY, first, store.save(workspace, other)).comparable


def test_a_past_score_is_computed_again_from_what_is_stored(workspace):
    chance = np.random.default_rng(9)
    table = pa.table({"aum": chance.normal(size=600), "tier": chance.choice(["gold", "mass"], 600)})
    label = (table["aum"].to_numpy() + chance.normal(size=600) > 0).astype(float)
    old = Booster.fit(table, ["aum", "tier"], label, rounds=30, min_rows=20)
    version = store.save(workspace, Model(FAMILY, old.parts("pooled"), {}))
    record = {"version": version, **table.slice(17, 1).to_pylist()[0], "score": float(old.predict(table)[17])}
    kept = json.loads(json.dumps(record))

    new = Booster.fit(table, ["aum"], label, rounds=5, min_rows=20)
    store.promote(workspace, FAMILY, store.save(workspace, Model(FAMILY, new.parts("pooled"), {})))
    again = Booster.of(store.load(workspace, FAMILY, kept["version"]).parts, "pooled")
    row = pa.table({"aum": [kept["aum"]], "tier": [kept["tier"]]})
    assert abs(again.predict(row)[0] - kept["score"]) <= 1e-9


def killed_while(workspace, point):
    """Save and promote a second model in a process that kills itself on reaching ``point``."""

    def child():
        def die(*_, **__):
            os.kill(os.getpid(), signal.SIGKILL)

        module, name = point
        setattr(module, name, die)
        store.promote(workspace, FAMILY, store.save(workspace, model(2)))

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join(30)
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("name", ["_record_of", "flush", "_note", "replace"])
def test_killed_anywhere_the_old_state_stays_and_the_next_try_succeeds(workspace, saved, name):
    store.promote(workspace, FAMILY, saved.name)
    killed_while(workspace, (store, name))
    assert store.champion(workspace, FAMILY) == saved.name
    assert store.load(workspace, FAMILY) == model()
    assert all(not each.fault for each in store.versions(workspace, FAMILY))
    second = store.save(workspace, model(2))
    store.promote(workspace, FAMILY, second)
    assert store.load(workspace, FAMILY) == model(2)
    assert sorted(path.name for path in saved.parent.iterdir()) == sorted([saved.name, second, "champion.json"])
