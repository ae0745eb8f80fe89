"""Check campaign files before a night does: every problem with file, line and what to do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from kequn.bank.contract import contracts
from kequn.bank.store import part_infos
from kequn.decisions import registry
from kequn.decisions.beginning import checks_of
from kequn.decisions.campaign import Campaign
from kequn.decisions.capacity import capacity
from kequn.decisions.document import Where, faults, line_of, read, text_of
from kequn.decisions.registry import FOLDER, Checks
from kequn.engine.publish import current
from kequn.errors import KequnError
from kequn.insight.reading import definitions, reading
from kequn.insight.rules import rule_names
from kequn.workspace import Workspace

PLACE = re.compile(r"(?:, line (\d+)(?:, column \d+)?)?:? (.*)", re.DOTALL)


@dataclass(frozen=True)
class Problem:
    """One problem of a file; ``line`` is 0 where it has none. ``stops``: the campaign takes no part because of it."""

    file: str
    line: int
    message: str
    hint: str
    stops: bool = True


@dataclass(frozen=True)
class Checked:
    """``files`` that were read, their ``problems``, and the night that products and tags were checked against."""

    as_of: date | None
    files: list[str]
    problems: list[Problem]

    @property
    def faulty(self) -> bool:
        """Whether any campaign would take no part."""
        return any(problem.stops for problem in self.problems)


@dataclass(frozen=True)
class _Page:
    """A campaign file that can be read."""

    origin: str
    text: str
    campaign: Campaign

    def problem(self, where: Where, error: KequnError) -> Problem:
        return Problem(self.origin, line_of(self.text, where), error.message, error.hint)


def check(workspace: Workspace, files: Sequence[Path] | None = None) -> Checked:
    """Check these files, or all of the workspace; raises KequnError about a faulty capacity.

    Without a published night, products, tags' customers and scores of values are not checked.
    """
    paths = {_origin(workspace, path): path for path in (registry.files(workspace) if files is None else files)}
    problems: list[Problem] = []
    pages = [page for origin, path in paths.items() if (page := _page(path, origin, problems))]
    problems += _twice(pages)
    night = current(workspace)
    if night is not None:
        problems += _against_night(workspace, pages)
    problems.sort(key=lambda problem: (problem.file, problem.line))
    return Checked(night.as_of if night else None, list(paths), problems)


def _page(path: Path, origin: str, problems: list[Problem]) -> _Page | None:
    try:
        text = text_of(path, origin)
    except KequnError as error:
        problems.append(_told(origin, error))
        return None
    found = faults(Campaign, text, origin)
    problems += [_told(origin, error) for error in found]
    return None if found else _Page(origin, text, read(Campaign, text, origin))


def _origin(workspace: Workspace, path: Path) -> str:
    own = path.resolve().parent == workspace.own(FOLDER).resolve()
    return f"{FOLDER}/{path.name}" if own else str(path)


def _told(origin: str, error: KequnError) -> Problem:
    """The problem of an error whose message begins with file and line."""
    match = PLACE.fullmatch(error.message.removeprefix(origin))
    line, message = match.groups() if match else (None, error.message)
    return Problem(origin, int(line or 0), message, error.hint)


def _twice(pages: Iterable[_Page]) -> Iterator[Problem]:
    pages = list(pages)
    counts = Counter(page.campaign.name for page in pages)
    for page in pages:
        if counts[page.campaign.name] > 1:
            named = [each.origin for each in pages if each.campaign.name == page.campaign.name and each is not page]
            message = f"Campaign {page.campaign.name} is also in {', '.join(named)}."
            yield page.problem(("name",), KequnError(message, "Rename one."))


def _against_night(workspace: Workspace, pages: Sequence[_Page]) -> Iterator[Problem]:
    with reading(workspace) as night:
        columns = night.attach("customer")
        parts = part_infos(workspace, "product", night.night.as_of)
        night.engine.attach("product", [part.folder for part in parts], contracts()["product"].stored_columns)
        scored = night.has("score_value")
        if scored:
            night.attach("score_value")
        known = definitions(workspace)
        checks = checks_of(night.engine, known, night.parameters, capacity(workspace), scored=scored)
        for page in pages:
            yield from _faults(page, checks, columns, night.night.as_of + timedelta(days=1))


def _faults(page: _Page, checks: Checks, columns: dict[str, Any], day: date) -> Iterator[Problem]:
    found = list(checks.faults(page.campaign))
    yield from (page.problem(where, error) for where, error in found)
    if not any(where == ("audience",) for where, _ in found):
        yield from _audience(page, checks, columns)
    if page.campaign.ends < day:
        yield Problem(page.origin, line_of(page.text, ("ends",)), f"It ended on {page.campaign.ends}.", "", stops=False)
    if page.campaign.starts > day:
        line = line_of(page.text, ("starts",))
        yield Problem(page.origin, line, f"It starts on {page.campaign.starts}, after {day}.", "", stops=False)


def _audience(page: _Page, checks: Checks, columns: dict[str, Any]) -> Iterator[Problem]:
    campaign = page.campaign
    newer = [] if campaign.everybody else sorted(rule_names(campaign.audience) - set(columns))
    if newer:
        error = KequnError(f"Tag {newer[0]} is newer than the published night.", "Run: kequn night.")
        yield page.problem(("audience",), error)
        return
    refused = checks.audiences([campaign])[campaign.name]
    if refused:
        yield page.problem(("audience",), KequnError(refused.message, refused.hint))
