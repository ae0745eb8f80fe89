"""Campaign files checked before a night: every problem with file and line."""

from __future__ import annotations

import pytest

from kequn.decisions.check import check

GOOD = """name: {name}
zh: 春
en: Spring
department: deposits
audience: payroll
starts: 2026-01-01
ends: 2026-12-31
offers:
  - name: deposit
    zh: 存
    en: Deposit
    product: DEP1
    channels: [sms]
    template: {{zh: 存}}
"""


@pytest.fixture
def put(workspace):
    def write(file: str, text: str) -> None:
        (workspace.home / "campaigns").mkdir(exist_ok=True)
        (workspace.home / "campaigns" / file).write_text(text, "utf-8")

    return write


def places(found) -> list[tuple[str, int]]:
    return [(problem.file, problem.line) for problem in found.problems]


def test_sound_files_have_no_problems(workspace, put):
    put("spring.yaml", GOOD.format(name="spring"))
    found = check(workspace)
    assert (found.files, found.problems, found.faulty, found.as_of) == (["campaigns/spring.yaml"], [], False, None)


def test_all_problems_of_a_file_are_told_each_with_its_line(workspace, put):
    text = GOOD.format(name="spring").replace("department", "departmnt").replace("[sms]", "[sms, fax]")
    put("spring.yaml", text.replace("2026-12-31", "someday"))
    found = check(workspace)
    assert places(found) == [(f"campaigns/spring.yaml", line) for line in (4, 7, 13)]
    assert found.problems[0].hint == "Did you mean department?"
    assert not any("missing" in problem.message or "at least 1" in problem.message for problem in found.problems)


def test_a_name_that_two_files_use_is_a_problem_of_both(workspace, put):
    put("a.yaml", "# mine\n" + GOOD.format(name="spring"))
    put("b.yaml", GOOD.format(name="spring"))
    found = check(workspace)
    assert places(found) == [("campaigns/a.yaml", 2), ("campaigns/b.yaml", 1)]
    assert "campaigns/b.yaml" in found.problems[0].message


@pytest.mark.parametrize(("text", "line"), [("name: [", 2), ("- 1\n", 0), ("a: 1\na: 2\n", 2)])
def test_what_is_no_document_is_told(workspace, put, text, line):
    put("broken.yaml", text)
    assert places(check(workspace)) == [("campaigns/broken.yaml", line)]


def test_a_file_of_its_own_is_checked_alone_and_named_as_given(workspace, put, tmp_path):
    put("spring.yaml", "name: [")
    draft = tmp_path / "draft.yaml"
    draft.write_text(GOOD.format(name="spring").replace("sms", "smoke"), "utf-8")
    found = check(workspace, [draft, tmp_path / "absent.yaml"])
    assert places(found) == [(str(tmp_path / "absent.yaml"), 0), (str(draft), 13)]
