"""The families of a night: their packages, how many customers they learn from, and champions."""

from __future__ import annotations

import pytest

from kequn.errors import KequnError
from kequn.insight.scores import FAMILIES, store
from kequn.insight.scores.families import NIGHTLY, SAMPLES, champions, family, fit_settings
from kequn.insight.scores.model import Model
from kequn.workspace import Settings


@pytest.mark.parametrize("name", NIGHTLY)
def test_every_family_has_what_a_night_asks_of_it(name):
    assert family(name) is NIGHTLY[name]
    assert name in FAMILIES
    for asked in ("training", "fit", "score", "stage", "COLUMNS"):
        assert hasattr(NIGHTLY[name].home, asked), asked


@pytest.mark.parametrize(("wrong", "hint"), [
    ("atrition", "Did you mean attrition?"), ("chanel", "Did you mean channel?"), ("xyz", "There are "),
])  # fmt: skip
def test_an_unknown_family_is_answered_with_the_nearest(wrong, hint):
    with pytest.raises(KequnError, match=f"no family of models {wrong}") as caught:
        family(wrong)
    assert hint in caught.value.hint


def test_a_bound_of_customers_is_that_of_every_family():
    settings = Settings.load()
    names = [name.replace("__", ".") for name in SAMPLES]
    assert all(settings.integer(name) > 0 for name in names)
    assert {fit_settings(settings, 100).integer(name) for name in names} == {100}
    assert fit_settings(settings, None) is settings
    changed = {name for name, value in fit_settings(settings, 777).values.items() if settings[name] != value}
    assert changed == set(names)


@pytest.mark.parametrize("few", [99, 0, -5])
def test_fewer_than_a_hundred_customers_teach_nothing(few):
    with pytest.raises(KequnError, match="100 customers at least") as caught:
        fit_settings(Settings.load(), few)
    assert "--customers" in caught.value.hint


def test_champions_are_those_promoted_in_the_order_of_a_night(workspace):
    assert champions(workspace) == {}
    made = [Model(name, {"beta.json": "{}"}, {}) for name in ("uplift", "attrition", "channel")]
    for each in made:
        store.save(workspace, each)
    for each in made[:2]:
        store.promote(workspace, each.family, each.version)
    assert champions(workspace) == {"attrition": made[1], "uplift": made[0]}
    assert list(champions(workspace)) == ["attrition", "uplift"]


def test_an_altered_champion_is_refused_by_name(workspace):
    model = Model("product", {"beta.json": "{}"}, {})
    store.promote(workspace, "product", store.save(workspace, model))
    (workspace.models / "product" / model.version / "beta.json").write_text("{ }", "utf-8")
    with pytest.raises(KequnError, match=rf"product {model.version} was altered: beta\.json"):
        champions(workspace)
