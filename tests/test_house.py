"""What holds for every file of the house, whoever writes it."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "kequn"
# Django writes migrations.
MODULES = sorted(file for file in SOURCE.rglob("*.py") if "migrations" not in file.parts)
LINES_MOST = 400
FUNCTION_LINES_MOST = 60
# Written in pieces, so that this file does not contain what it looks for.
HOSTS = [
    "pypi" + ".org", "python" + "hosted", "npm" + "js", "npm" + "mirror", "tsinghua" + ".edu", "aliyun" + ".com",
    "maven" + ".org", "docker" + ".io", "crates" + ".io", "proxy.golang" + ".org", "conda" + ".anaconda",
]  # fmt: skip
PLACES = re.compile("|".join(["/" + "work/", "/" + "root/", "/" + "home/[a-z]", "/" + "Users/", "/" + "opt/pypi"]))
# Who may read what only the sandbox knows; the demo removes it together with the bank.
TRUTH = ("sandbox/", "bench/", "measure/", "workspace.py", "cli/demo.py")


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def texts() -> list[tuple[str, str]]:
    found = []
    for file in tracked():
        try:
            found.append((str(file.relative_to(ROOT)), file.read_text("utf-8")))
        except UnicodeDecodeError:
            continue
    return found


def functions_of(module: Path) -> list[tuple[str, int]]:
    """Names and lines of the functions of a module."""
    return [
        (f"{module.relative_to(SOURCE)}:{node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_files_are_small():
    sizes = {
        str(file.relative_to(ROOT)): len(file.read_text("utf-8").splitlines())
        for file in (*MODULES, *SOURCE.rglob("*.sql"))
    }
    assert [name for name, size in sizes.items() if size > LINES_MOST] == []
    assert statistics.median(sizes.values()) <= 120


def test_functions_are_short():
    sizes = [size for module in MODULES for size in functions_of(module)]
    assert [name for name, size in sizes if size > FUNCTION_LINES_MOST] == []
    assert statistics.median(size for _, size in sizes) <= 12


def test_every_module_says_in_its_first_line_what_it_is():
    for module in MODULES:
        if not module.read_text("utf-8").strip():
            continue  # a folder of definitions
        text = ast.get_docstring(ast.parse(module.read_text("utf-8"))) or ""
        assert text.splitlines(), f"{module} has no docstring"
        assert text.split("\n\n")[0].rstrip().endswith((".", ":", "?")), f"{module}: {text.splitlines()[0]}"


def test_nothing_is_left_for_later():
    later = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]) + r")\b")
    assert [name for name, text in texts() if later.search(text)] == []


def test_no_file_is_a_drawer():
    drawers = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert [str(module) for module in MODULES if module.stem in drawers] == []


def test_no_registry_is_named():
    assert [(name, host) for name, text in texts() for host in HOSTS if host in text] == []


def test_no_path_of_a_machine_is_named():
    found = [(name, match.group()) for name, text in texts() if (match := PLACES.search(text))]
    assert found == []


@pytest.mark.parametrize("file", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda file: file.name)
def test_requirements_are_pinned_and_name_no_address(file):
    lines = [line for line in file.read_text("utf-8").splitlines() if line]
    assert lines
    for line in lines:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+( ; .+)?", line), line


@pytest.mark.parametrize("name", ["spark", "test", "lint", "bench"])
def test_requirements_of_all_purposes_agree_with_the_runtimes(name):
    def pins(file: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for line in (ROOT / "requirements" / f"{file}.txt").read_text("utf-8").splitlines():
            package, _, version = line.partition("==")
            found.setdefault(package, set()).add(version)
        return found

    runtime = pins("runtime")
    assert {package: pin for package, pin in pins(name).items() if package in runtime} == runtime


def test_truth_is_read_where_it_may_be():
    for module in MODULES:
        name = str(module.relative_to(SOURCE))
        if name.startswith(TRUTH):
            continue
        tree = ast.parse(module.read_text("utf-8"))
        reads = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "truth"]
        imports = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and "truth" in f"{node.module} {[each.name for each in node.names]}"
        ]
        assert not reads, f"{name} reads truth"
        assert not imports, f"{name} imports truth"


def test_tests_mirror_the_source():
    folders = {test.parent.relative_to(ROOT / "tests") for test in (ROOT / "tests").rglob("test_*.py")}
    assert [str(folder) for folder in folders if not (SOURCE / folder).is_dir()] == []
    packages = {module.parent.relative_to(SOURCE) for module in MODULES if functions_of(module)}
    assert [str(package) for package in packages if package not in folders and not in_one_file(package)] == []


def in_one_file(package: Path) -> bool:
    """Whether a package is tested by one file elsewhere, beside its neighbours or by the command that runs it."""
    return any((ROOT / "tests").rglob(f"test_{package.name}*.py"))
