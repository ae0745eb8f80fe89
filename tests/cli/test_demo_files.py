"""The next demo removes what the last one wrote, and nothing else."""

from __future__ import annotations

from kequn.cli import demo_files
from kequn.workspace import Workspace


def test_what_a_demo_wrote_is_removed_and_what_was_changed_stays(tmp_path):
    folder = tmp_path / "campaigns"
    folder.mkdir()
    for name in ("a.yaml", "b.yaml", "own.yaml"):
        (folder / name).write_text(name, "utf-8")
    mark = tmp_path / "demo.txt"
    demo_files.write(mark, "customers=5", ["campaigns/a.yaml", "campaigns/b.yaml"])
    (folder / "b.yaml").write_text("mine now", "utf-8")
    wanted, files = demo_files.read(mark)
    assert wanted == "customers=5"
    assert demo_files.remove(tmp_path, files) == ["campaigns/b.yaml"]
    assert sorted(file.name for file in folder.iterdir()) == ["b.yaml", "own.yaml"]


def test_an_empty_folder_goes_too(tmp_path):
    workspace = Workspace.open(tmp_path)
    workspace.own("campaigns").mkdir()
    (workspace.own("campaigns") / "a.yaml").write_text("a", "utf-8")
    demo_files.write(tmp_path / "demo.txt", "x", ["campaigns/a.yaml"])
    assert demo_files.remove(tmp_path, demo_files.read(tmp_path / "demo.txt")[1]) == []
    assert not workspace.own("campaigns").exists()


def test_where_no_demo_was_nothing_is_known(tmp_path):
    assert demo_files.read(tmp_path / "demo.txt") == (None, {})
