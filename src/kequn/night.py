"""One night: from landed files to published customers. Read ``run`` from top to bottom."""

from __future__ import annotations

import fcntl
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import kequn
from kequn.bank import identity, reconcile, store, tables
from kequn.bank.load import LoadReport, load_landed
from kequn.decisions.beginning import Beginning, beginning
from kequn.decisions.comparison import Comparison, compare
from kequn.decisions.night import build_decisions, standing
from kequn.engine import open_engine
from kequn.engine.build import Build, Stage, digest
from kequn.engine.macros import Parameters
from kequn.engine.publish import MANIFEST, Published, abandoned, before, content_hash, current, publish
from kequn.engine.scratch import sweep
from kequn.errors import KequnError
from kequn.insight import stages
from kequn.insight.catalogue import catalogue
from kequn.insight.scores.families import champions, due
from kequn.insight.scores.model import Model
from kequn.insight.scores.nightly import COUNTED, build_scores
from kequn.workspace import Workspace

Notify = Callable[[Stage], None]

# Intermediate results: needed while the night runs, and not by its readers.
INTERNAL = ("topic_", COUNTED)


@dataclass(frozen=True)
class NightReport:
    """What a night did: its stages in order, and rows of each published table."""

    as_of: date
    folder: Path
    engine: str
    followed: date | None
    loaded: LoadReport
    stages: list[Stage]
    tables: dict[str, int]
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "as_of": self.as_of.isoformat(),
            "night": self.folder.name,
            "engine": self.engine,
            "followed": self.followed.isoformat() if self.followed else None,
            "loaded": self.loaded.as_dict(),
            "stages": [asdict(stage) for stage in self.stages],
            "tables": self.tables,
            "seconds": round(self.seconds, 3),
        }


def run(
    workspace: Workspace,
    as_of: date | None = None,
    engine: str | None = None,
    full: bool = False,
    progress: Notify | None = None,
) -> NightReport:
    """Run the night of ``as_of`` (default: the newest delivery) and publish it.

    Finished stages of an interrupted run are used again, and so is what the night before computed and what did
    not change since; ``full`` computes everything anew. Raises KequnError when another night runs, or when there
    is nothing to run on.
    """
    started = time.perf_counter()
    with _alone(workspace):
        begun = beginning(workspace)
        loaded = load_landed(workspace, up_to=as_of)
        day = as_of or store.newest(workspace)
        if day is None:
            raise KequnError(
                "There is nothing to run a night on.", "Land files, or make a sandbox: kequn sandbox create."
            )
        models = champions(workspace)
        with _building(workspace, day, engine, full, progress or (lambda _: None)) as build:
            followed = before(workspace, day)
            build_tables(build, workspace, followed, Parameters(day, workspace.settings), models=models, begun=begun)
            night = _publish(workspace, build, day, models)
        rows = {name: int(entry["rows"]) for name, entry in night.manifest["tables"].items()}
        return NightReport(
            day, night.folder, night.manifest["engine"], followed.as_of if followed else None, loaded,
            build.stages, rows, time.perf_counter() - started,
        )  # fmt: skip


def build_tables(
    build: Build,
    workspace: Workspace,
    followed: Published | None,
    parameters: Parameters,
    *,
    models: Mapping[str, Model],
    begun: Beginning,
) -> None:
    """Every table of a night, in the order in which they need each other.

    ``models`` are the champions by family, ``begun`` the policy, capacity and campaigns that the night began with.
    """
    definitions = catalogue(workspace)
    parts = tables.attach(build, workspace, parameters)
    identity.build(build, parameters, followed)
    reconcile.build(build, parameters, parts)
    stages.build_months(build, parts, parameters)
    stages.build_tags(build, definitions, parameters)
    stages.build_segments(build, definitions, parameters)
    stages.build_prospects(build, definitions, parameters)
    build_scores(build, definitions, parameters, models, due(workspace, parameters.as_of))
    earlier = standing(workspace, parameters)
    build_decisions(build, definitions, parameters, begun, earlier=earlier, models=models)


def rehearse(
    workspace: Workspace, begun: Beginning, as_of: date | None = None, progress: Notify | None = None
) -> Comparison:
    """What the night would plan if it had begun with ``begun``, beside what it published; nothing is published.

    Everything that the change does not touch is taken from the published night. Raises KequnError without one.
    """
    night = current(workspace, as_of)
    if night is None:
        raise KequnError("No night is published that a change could be compared with.", "Run: kequn night.")
    parameters = Parameters(night.as_of, workspace.settings)
    with _alone(workspace), tempfile.TemporaryDirectory(prefix=".rehearsal-", dir=workspace.nights) as folder:
        work = Path(folder)
        engine = open_engine("duckdb", workspace.settings, work / ".spill")
        try:
            build = Build(engine, work, [night.folder], progress or (lambda _: None))
            followed, models = before(workspace, night.as_of), champions(workspace)
            build_tables(build, workspace, followed, parameters, models=models, begun=begun)
            return compare(engine, parameters, night.folder, work)
        finally:
            engine.close()


@contextmanager
def _alone(workspace: Workspace) -> Iterator[None]:
    workspace.nights.mkdir(parents=True, exist_ok=True)
    with (workspace.data / "night.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise KequnError("Another night is running in this workspace.", "Wait until it has ended.") from None
        yield


@contextmanager
def _building(workspace: Workspace, day: date, engine: str | None, full: bool, notify: Notify) -> Iterator[Build]:
    work = workspace.nights / f".{day.isoformat()}"
    if full:
        shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True, exist_ok=True)
    earlier = [] if full else [night.folder for night in (current(workspace, day), before(workspace, day)) if night]
    opened = open_engine(engine or workspace.settings.text("engine.name"), workspace.settings, work / ".spill")
    try:
        yield Build(opened, work, earlier, notify)
    finally:
        opened.close()


def _publish(workspace: Workspace, build: Build, day: date, models: Mapping[str, Model]) -> Published:
    started = time.perf_counter()
    for folder in abandoned(workspace):
        shutil.rmtree(folder)
    sweep(workspace.nights)
    names = sorted(path.name for path in build.work.iterdir() if path.is_dir())
    for name in names:
        if name.startswith((".", *INTERNAL)):
            shutil.rmtree(build.work / name)
    known = _known_entries(build)
    entries = {
        name: known.get((name, build.keys[name])) or _entry(build, name)
        for name in names
        if (build.work / name).is_dir()
    }
    manifest = {
        "as_of": day.isoformat(),
        "engine": build.engine.name,
        "version": kequn.__version__,
        "key": digest(kequn.__version__, *(f"{name}={entry['key']}" for name, entry in entries.items())),
        "models": {name: model.version for name, model in models.items()},
        "tables": entries,
        "stages": [asdict(stage) for stage in build.stages],
    }
    night = publish(workspace, build.work, day, manifest)
    build.finished("publish", sum(int(entry["rows"]) for entry in entries.values()), started)
    return night


def _known_entries(build: Build) -> dict[tuple[str, str], dict[str, Any]]:
    """What earlier manifests say of a table, by name and key: a table that is used again is not hashed again."""
    manifests = [json.loads((folder / MANIFEST).read_text("utf-8")) for folder in build.previous]
    return {(name, entry["key"]): entry for manifest in manifests for name, entry in manifest["tables"].items()}


def _entry(build: Build, name: str) -> dict[str, Any]:
    rows, content = content_hash(build.work / name)
    return {"rows": rows, "hash": content, "key": build.keys[name]}
