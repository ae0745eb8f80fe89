"""The same plan gives the same bytes, whatever the processes and the order of chunks; faults of the user are named."""

import hashlib
from datetime import date

import pytest

from kequn.errors import KequnError
from kequn.sandbox.chunk import land_chunk
from kequn.sandbox.create import create
from kequn.sandbox.plan import Plan

END = date(2025, 12, 31)


def content(folder):
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.fixture(scope="module")
def made(small, tmp_path_factory):
    workspace = small(tmp_path_factory.mktemp("made"), chunk_customers=60)
    create(workspace, 150, 4, 5, END)
    return workspace


def test_a_second_run_gives_the_same_bytes_with_several_processes(small, made, tmp_path):
    again = small(tmp_path, chunk_customers=60, processes=2)
    create(again, 150, 4, 5, END)
    assert content(again.landing) == content(made.landing)
    assert content(again.truth) == content(made.truth)


def test_a_chunk_alone_gives_what_it_gives_among_others(made, tmp_path):
    plan = Plan(150, 4, 5, END, made.settings)
    land_chunk(plan, 2, tmp_path / "landing", tmp_path / "truth")
    whole = content(made.landing / "sandbox")
    alone = content(tmp_path / "landing")
    assert len(alone) > 40
    unchanged = {"officer", "corporate_client", "assignment", "merchant", "risk_signal", "relation"}
    for name, digest in alone.items():
        assert whole.get(name, digest if name.split("/")[0] in unchanged else "") == digest, name


def test_another_seed_gives_another_bank(small, made, tmp_path):
    other = small(tmp_path, chunk_customers=60)
    create(other, 150, 4, 6, END)
    one, two = content(made.landing), content(other.landing)
    assert any(one[name] != two.get(name) for name in one if "/posting/" in name)


def test_progress_counts_customers(small, tmp_path):
    told = []
    create(small(tmp_path, chunk_customers=20), 50, 2, 1, END, lambda *step: told.append(step))
    assert told == [("sandbox", 20, 50), ("sandbox", 40, 50), ("sandbox", 50, 50)]


def test_an_existing_sandbox_is_not_overwritten(made):
    with pytest.raises(KequnError, match="has a sandbox already"):
        create(made, 10, 2, 1, END)


@pytest.mark.parametrize(
    ("customers", "months", "end", "message"),
    [
        (10, 3, date(2025, 12, 30), "last day"),
        (0, 3, END, "at least 1 customer"),
        (10, 1, END, "2 months"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(small, tmp_path, customers, months, end, message):  # noqa: PLR0917
    with pytest.raises(KequnError, match=message):
        create(small(tmp_path), customers, months, 1, end)
    assert not (tmp_path / "landing").exists()


def test_deliveries_follow_one_another_and_the_last_day_comes_alone(made):
    days = sorted(path.name for path in (made.landing / "sandbox" / "posting").iterdir())
    assert days == ["2025-10-31", "2025-11-30", "2025-12-30", "2025-12-31"]
    assert sorted(path.name for path in (made.landing / "sandbox" / "party").iterdir()) == days[:-1]
