from __future__ import annotations

import pytest

from kequn.cli import night
from kequn.cli.failure import without_personal_data

NAME, MOBILE, EMAIL = "张三丰", "13912345678", "li.lei@example.com"


@pytest.fixture
def broken(monkeypatch):
    def fail(*args, **options):
        try:
            raise ValueError(f"Could not convert string '{NAME}' of {MOBILE} to INT32")
        except ValueError as error:
            raise RuntimeError(f"row of {EMAIL} failed") from error

    monkeypatch.setattr(night, "run_night", fail)


def test_our_own_fault_names_a_log_and_shows_no_traceback(kequn, broken, tmp_path):
    answer = kequn("--lang", "en", "night")
    logs = list((tmp_path / "workspace" / "logs").iterdir())
    assert answer.code == 2
    assert [str(file) for file in logs] == [part for part in answer.err.split() if part.endswith(".log")]
    assert "Traceback" not in answer.err
    assert len(answer.err.splitlines()) == 1


def test_the_log_has_the_traceback_and_no_personal_data(kequn, broken, tmp_path):
    kequn("night", "--json")
    (file,) = (tmp_path / "workspace" / "logs").iterdir()
    text = file.read_text("utf-8")
    assert "ValueError" in text
    assert "RuntimeError" in text
    assert "test_failure.py" in text
    for personal in (NAME, MOBILE, EMAIL):
        assert personal not in text


def test_json_says_it_in_json(kequn, broken):
    answer = kequn("night", "--json")
    assert (answer.code, answer.out) == (2, "")
    assert set(answer.fault) == {"error", "hint"}


@pytest.mark.parametrize(
    "text",
    ["value '440106199003078888' is wrong", "王小明 has no account", 'column "x" of 6222021234567890', "a.b@c.cn"],
)
def test_what_may_be_a_persons_is_left_out(text):
    left = without_personal_data(text)
    assert "…" in left
    assert not any(part in left for part in ("4401", "王", "6222", "a.b@"))
