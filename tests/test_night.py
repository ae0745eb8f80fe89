"""A whole night on a small sandbox: killed anywhere, run twice, following, replayed, on both engines."""

import multiprocessing
import os
import shutil
import signal
from datetime import date, timedelta
from pathlib import Path

import pytest

from kequn.bank.load import load_landed
from kequn.bank.store import newest
from kequn.bank.tokens import token_key
from kequn.engine import publish
from kequn.engine.publish import Published, current, nights
from kequn.errors import KequnError
from kequn.night import run
from kequn.sandbox.create import create
from kequn.workspace import Workspace

TODAY = date(2026, 10, 31)
YESTERDAY = TODAY - timedelta(days=1)
BEFORE = date(2026, 9, 30)


@pytest.fixture(scope="session")
def landed(tmp_path_factory) -> Path:
    """A sandbox of three hundred customers, landed and not loaded."""
    home = tmp_path_factory.mktemp("landed")
    create(Workspace.open(home), customers=300, months=5, seed=11, end=TODAY)
    token_key(Workspace.open(home))  # copies of this bank must give the same tokens
    return home


@pytest.fixture(scope="session")
def loaded(landed, tmp_path_factory) -> Path:
    """The same, loaded."""
    home = _copy(landed, tmp_path_factory.mktemp("loaded"))
    load_landed(Workspace.open(home))
    return home


@pytest.fixture(scope="session")
def followed(loaded, tmp_path_factory) -> Path:
    """The same, with a night at the month's end before and the night of the day before today."""
    home = _copy(loaded, tmp_path_factory.mktemp("followed"))
    for day in (BEFORE, YESTERDAY):
        run(Workspace.open(home), day)
    return home


@pytest.fixture(scope="session")
def undisturbed(followed, tmp_path_factory) -> dict[str, str]:
    """Hashes of today's tables after a run that nothing disturbed."""
    home = _copy(followed, tmp_path_factory.mktemp("undisturbed"))
    run(Workspace.open(home), TODAY)
    return hashes(home, TODAY)


def _copy(home: Path, target: Path) -> Path:
    return shutil.copytree(home, target / "bank", symlinks=True)


def hashes(home: Path, day: date) -> dict[str, str]:
    """Content hash of every table of a published night."""
    night = current(Workspace.open(home), day)
    assert isinstance(night, Published)
    return {name: entry["hash"] for name, entry in night.manifest["tables"].items()}


def test_a_night_covers_every_customer_once(followed):
    night = current(Workspace.open(followed))
    assert night is not None
    assert night.as_of == YESTERDAY
    rows = {name: entry["rows"] for name, entry in night.manifest["tables"].items()}
    assert rows["customer"] == rows["customer_base"] > 0
    assert rows["identity"] > rows["customer"]


def test_a_night_run_twice_computes_nothing_and_publishes_the_same(followed, tmp_path):
    home = _copy(followed, tmp_path)
    before = hashes(home, YESTERDAY)
    again = run(Workspace.open(home), YESTERDAY)
    assert hashes(home, YESTERDAY) == before
    assert {stage.name for stage in again.stages if not stage.reused} == {"publish"}


def test_a_night_that_follows_equals_one_from_scratch_in_small_slices(followed, undisturbed, tmp_path):
    home = _copy(followed, tmp_path)
    (home / "kequn.toml").write_text("[engine]\ncustomers_at_once = 40\n", "utf-8")
    night = run(Workspace.open(home), TODAY, full=True)
    assert len(list((night.folder / "customer").glob("*.parquet"))) > 2
    assert hashes(home, TODAY) == undisturbed


def test_a_following_night_keeps_what_did_not_change(followed, tmp_path):
    home = _copy(followed, tmp_path)
    kept = {stage.name for stage in run(Workspace.open(home), TODAY).stages if stage.reused}
    assert {"balance_history", "posting_history", "app_history", "outside_history"} <= kept
    assert {"tier_month", "foreign_change_closed", "ledger_gap_closed"} <= kept


def test_the_past_replayed_with_later_files_present_is_the_same(landed, loaded, tmp_path):
    early = _copy(landed, tmp_path / "early")
    run(Workspace.open(early), BEFORE)
    late = _copy(loaded, tmp_path / "late")
    assert newest(Workspace.open(late)) == TODAY
    run(Workspace.open(late), BEFORE)
    assert hashes(early, BEFORE) == hashes(late, BEFORE)


def _run_until(home: str, stages: int) -> None:
    seen = iter(range(stages))

    def stop(_: object) -> None:
        if next(seen, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    run(Workspace.open(home), TODAY, progress=stop)


def _run_until_pointer(home: str) -> None:
    publish.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
    run(Workspace.open(home), TODAY)


def _killed(target, *arguments: object) -> bool:
    child = multiprocessing.get_context("spawn").Process(target=target, args=arguments)
    child.start()
    child.join(120)
    return child.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("stages", [0, 4, 12, 24, 36, 44])
def test_killed_at_a_stage_readers_keep_the_old_night_and_a_rerun_publishes_the_same(
    followed, undisturbed, tmp_path, stages
):
    home = _copy(followed, tmp_path)
    assert _killed(_run_until, str(home), stages)
    assert current(Workspace.open(home)).as_of == YESTERDAY
    work = Workspace.open(home).nights / f".{TODAY.isoformat()}"
    finished = {folder.name for folder in work.glob("[a-z]*")}
    assert len(finished) >= stages
    report = run(Workspace.open(home), TODAY)
    assert hashes(home, TODAY) == undisturbed
    assert not finished & {stage.name for stage in report.stages if not stage.reused}


def test_killed_before_the_pointer_moves_readers_keep_the_old_night(followed, undisturbed, tmp_path):
    home = _copy(followed, tmp_path)
    assert _killed(_run_until_pointer, str(home))
    assert [night.as_of for night in nights(Workspace.open(home))] == [BEFORE, YESTERDAY]
    run(Workspace.open(home), TODAY)
    assert hashes(home, TODAY) == undisturbed


@pytest.mark.spark
def test_spark_publishes_the_same_tables_as_duckdb(followed, undisturbed, tmp_path, require):
    from kequn.engine.java import java_home

    require(java_home(), "Java (pip install 'kequn[spark]')")
    home = _copy(followed, tmp_path)
    report = run(Workspace.open(home), TODAY, engine="spark", full=True)
    assert report.engine == "spark"
    assert hashes(home, TODAY) == undisturbed


def test_an_empty_workspace_says_what_to_do(workspace):
    with pytest.raises(KequnError, match="nothing to run a night on"):
        run(workspace)


def test_two_nights_do_not_run_at_once(loaded, tmp_path):
    home = _copy(loaded, tmp_path)

    def second(_: object) -> None:
        with pytest.raises(KequnError, match="Another night is running"):
            run(Workspace.open(home), YESTERDAY)

    run(Workspace.open(home), BEFORE, progress=second)
