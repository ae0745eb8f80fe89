"""Load deliveries into the bank: from any folder once, or everything landed that is not loaded yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kequn.bank.accounting import FileAccount, LoadReport, Register
from kequn.bank.delivery import close_delivery, open_delivery
from kequn.bank.filling import Filling, fill
from kequn.bank.landing import is_data
from kequn.bank.mapping import reads
from kequn.bank.schedule import Step, mapping_mark, strays, waiting
from kequn.bank.session import Session, open_session
from kequn.bank.source import Source
from kequn.bank.source import source as find_source
from kequn.errors import KequnError
from kequn.workspace import Workspace

Progress = Callable[[str, int, int], None]

__all__ = ["FileAccount", "LoadReport", "load", "load_landed"]


@dataclass
class _Run:
    session: Session
    register: Register
    report: LoadReport
    progress: Progress
    total: int
    done: int = 0


def load(
    workspace: Workspace, source: str, folder: Path | str, day: date | None = None, progress: Progress | None = None
) -> LoadReport:
    """Load the files of ``folder`` as one delivery of ``source`` (``kequn load SOURCE PATH``).

    The delivery counts as of ``day``, else the day that the source names for a historic dump, else the day that the
    folder is named after, else today. ``progress`` is told what is being done, how many tables are done, and of how
    many. Raises KequnError for an unknown source or folder; what is wrong with files is in the report.
    """
    root = Path(folder).expanduser().resolve()
    if not root.is_dir():
        raise KequnError(f"There is no folder {folder}.", "Give the folder that holds the source's files.")
    definition = find_source(workspace, source)
    delivered = day or definition.delivered or _named_day(root) or date.today()
    files = {raw.name: sorted(filter(is_data, root.glob(raw.path))) for raw in definition.raws.values()}
    present = {raw: paths for raw, paths in files.items() if paths}
    targets = [target for target in definition.targets if set(target.claims) & set(present)]
    with open_session(workspace) as session:
        run = _Run(session, Register.read(workspace), LoadReport(), progress or _silent, len(targets))
        _load_step(run, Step(definition, delivered, root, present, targets))
        run.report.files.extend(_others(definition, delivered, root, files))
        run.progress("loaded", len(targets), len(targets))
        return run.report


def load_landed(workspace: Workspace, up_to: date | None = None, progress: Progress | None = None) -> LoadReport:
    """Load every landed delivery up to a day that is not loaded yet, by date, then in each source's order of tables.

    A second run loads nothing; a run after a killed one finishes its work. ``progress`` as for ``load``. Raises
    KequnError for a landing folder that is not named after a day.
    """
    register = Register.read(workspace)
    steps = list(waiting(workspace, register, up_to))
    with open_session(workspace) as session:
        total = sum(len(step.targets) for step in steps)
        run = _Run(session, register, LoadReport(), progress or _silent, total)
        for step in steps:
            _load_step(run, step)
        for account, mark in strays(workspace, register, up_to):
            run.report.files.append(account)
            register.append([account], {"signature": mark, "mapping": ""})
        run.progress("loaded", total, total)
        return run.report


def _load_step(run: _Run, step: Step) -> None:
    """Fill the tables of one source's delivery of one day."""
    workspace = run.session.workspace
    needed = {raw for target in step.targets for raw in reads(target)}
    paths = {raw: found for raw, found in step.files.items() if raw in needed}
    delivery = open_delivery(run.session, step.source, step.day, paths, step.root)
    for target in step.targets:
        run.progress(f"{step.source.name} {target.table} {step.day}", run.done, run.total)
        signature = step.signature(target)
        accounts = fill(Filling(run.session, delivery, target, run.register, signature))
        run.register.append(accounts, {"signature": signature, "mapping": mapping_mark(workspace, target)})
        run.report.files.extend(accounts)
        run.done += 1
    close_delivery(run.session, delivery)


def _others(definition: Source, day: date, root: Path, files: Mapping[str, Sequence[Path]]) -> Iterator[FileAccount]:
    """Files of the folder that fill no table, and raw tables without a file."""
    claimed = {raw for target in definition.targets for raw in target.claims}
    named = {path for paths in files.values() for path in paths}
    for raw, paths in files.items():
        if not paths and raw in claimed:
            message = f"There is no file {definition.raws[raw].path} in the folder."
            yield FileAccount(definition.name, "", raw, day, status="refused", message=message)
        for path in paths if raw not in claimed else ():
            shown = str(path.relative_to(root))
            message = "Mappings only look things up in it."
            yield FileAccount(definition.name, "", shown, day, status="lookup", message=message)
    for path in sorted(root.rglob("*")):
        if path.is_file() and is_data(path) and path not in named:
            shown = str(path.relative_to(root))
            message = f"source.yaml of {definition.name} does not name it."
            yield FileAccount(definition.name, "", shown, day, status="unknown", message=message)


def _named_day(folder: Path) -> date | None:
    try:
        return date.fromisoformat(folder.name)
    except ValueError:
        return None


def _silent(stage: str, done: int, total: int) -> None:
    """No one wants to know."""
