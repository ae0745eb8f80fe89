"""Source folders: the built-in ones are whole, and a broken one is explained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kequn.bank.contract import contracts
from kequn.bank.mapping import reads
from kequn.bank.source import source, sources
from kequn.errors import KequnError
from kequn.workspace import Workspace


def test_every_built_in_source_is_whole(workspace: Workspace) -> None:
    found = sources(workspace)
    assert {"berka", "retail_demo", "sandbox"} <= set(found)
    for definition in found.values():
        assert definition.label_zh
        assert definition.label_en
        for target in definition.targets:
            assert target.table in contracts()
            assert set(reads(target)) <= set(definition.raws), target.origin


def test_the_sandbox_delivers_every_standard_table(workspace: Workspace) -> None:
    assert {target.table for target in source(workspace, "sandbox").targets} == set(contracts())


def test_a_source_of_the_workspace_is_picked_up(core: Any) -> None:
    assert source(core.workspace, "core").label_en == "Core"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("  party: {from: party}", "  parti: {from: party}"), "no standard table parti. Did you mean party?"),
        (("{from: party}", "{from: people}"), "party is from people, which is not under files"),
        (("name: core", "name: kore"), "name must be core"),
        (("label_en: Core", ""), "label_en"),
        (("files:", "files: ["), "cannot be read"),
    ],
)
def test_a_broken_description_is_explained(core: Any, change: tuple[str, str], words: str) -> None:
    file: Path = core.workspace.own("sources") / "core" / "source.yaml"
    file.write_text(file.read_text("utf-8").replace(*change), "utf-8")
    with pytest.raises(KequnError) as caught:
        sources(core.workspace)
    assert words in str(caught.value)


def test_a_missing_mapping_is_named(core: Any) -> None:
    (core.workspace.own("sources") / "core" / "party.sql").unlink()
    with pytest.raises(KequnError, match=r"party.sql is missing"):
        sources(core.workspace)
