"""Past dates of a bank: the tables that a night of that date would expose, for a sample of its customers.

    with past(workspace, known_by=date(2026, 5, 31), percent=20, definitions=definitions) as bank:
        for day in days:
            with bank.on(day, tags=["aum", "tier_rank", "payroll"]) as build:
                build.engine.fetch(compile_query("SELECT ... FROM customer", Parameters(day, settings)))

Events and changes end on the day; of snapshot tables the newest delivery of ``known_by`` is read, without rows that
began later. So columns that such a table states of today (an occupation, a loan's balance) are those of ``known_by``,
not of the day. Who is which customer is also known as of ``known_by``, which keeps identifiers equal between dates.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlglot import exp

from kequn.bank import identity, tables
from kequn.bank.contract import contracts
from kequn.bank.store import Part, part_infos
from kequn.engine import open_engine
from kequn.engine.build import Build, Progress
from kequn.engine.macros import Parameters
from kequn.engine.publish import current
from kequn.engine.query import compile_query, parse
from kequn.engine.scratch import scratch
from kequn.errors import KequnError
from kequn.insight import stages
from kequn.insight.catalogue import Catalogue, Topic
from kequn.insight.compose import PREFIX
from kequn.insight.rules import rule_names
from kequn.workspace import Workspace

DRAWN = "drawn"
PLACES = 16**4


@dataclass
class Past:
    """A bank as known on ``known_by``, cut to drawn customers once; ``on`` goes back to a day of it."""

    workspace: Workspace
    definitions: Catalogue
    known: Build
    known_by: date
    folder: Path
    parts: Mapping[str, Sequence[Part]]
    _earlier: list[tuple[date, Path]] = field(default_factory=list)

    @contextmanager
    def on(self, day: date, tags: Collection[str] | None = None) -> Iterator[Build]:
        """Tables at the end of ``day``: standard ones, identity, customer_base, account, months, and ``customer``.

        ``customer`` has the tags and segments named in ``tags``, those of the same topics, and what they need;
        without ``tags`` all of them. Days asked for in ascending order share the months that they have in common.
        The tables are those of one day at a time: read them before the next day is opened.
        """
        if day > self.known_by:
            raise KequnError(f"{day} lies after {self.known_by}, the last day that is known.", "Name an earlier day.")
        parameters = Parameters(day, self.workspace.settings)
        work = Path(tempfile.mkdtemp(prefix=f"{day.isoformat()}-", dir=self.folder))
        before = [folder for earlier, folder in self._earlier if earlier < day][-1:]
        build = Build(self.known.engine, work, before, self.known.notify)
        self._identify(build, parameters)
        stages.build_months(build, self.parts, parameters)
        stages.build_tags(build, wanted(self.definitions, tags), parameters)
        self._earlier.append((day, work))
        yield build

    def _identify(self, build: Build, parameters: Parameters) -> None:
        """The drawn customers among the parties that the bank had on the day."""
        tables.attach_parts(build, self.parts, parameters)
        build.attach(DRAWN, [self.known.work / DRAWN], identity.COLUMNS, self.known.keys[DRAWN])
        text = f"SELECT d.party_id, d.customer_id FROM {DRAWN} AS d JOIN party AS p ON p.party_id = d.party_id"
        build.table("identity", compile_query(text, parameters, "identity"))
        identity.build_customers(build, parameters)


@contextmanager
def past(
    workspace: Workspace,
    known_by: date,
    percent: int,
    definitions: Catalogue,
    *,
    progress: Progress | None = None,
    engine: str | None = None,
) -> Iterator[Past]:
    """Open the bank as known on ``known_by`` for ``percent`` % of its customers, drawn by a keyed hash of their ids."""
    settings = workspace.settings
    # Inside the workspace, so that what a published night identified can be linked instead of copied.
    with scratch(workspace.nights) as folder:
        opened = open_engine(engine or settings.text("engine.name"), settings, folder / ".spill")
        try:
            night = current(workspace, known_by)
            known = Build(opened, folder / "known", [night.folder] if night else [], progress or (lambda _: None))
            known.work.mkdir()
            parts = _drawn(known, workspace, Parameters(known_by, settings), percent)
            yield Past(workspace, definitions, known, known_by, folder, parts)
        finally:
            opened.close()


@contextmanager
def replayed(
    workspace: Workspace,
    day: date,
    known_by: date,
    *,
    percent: int,
    definitions: Catalogue,
    tags: Collection[str] | None = None,
) -> Iterator[Build]:
    """One day of ``past``; for several days open ``past`` once, which draws the customers once."""
    with past(workspace, known_by, percent, definitions) as bank, bank.on(day, tags) as build:
        yield build


def sample_percent(workspace: Workspace, known_by: date, customers: int) -> int:
    """The share (percent, 1 to 100) of the bank's customers that gives about so many."""
    parties = sum(part.rows for part in part_infos(workspace, "party", known_by))
    return max(1, min(100, -(-100 * customers // max(1, parties))))


def wanted(definitions: Catalogue, tags: Collection[str] | None) -> Catalogue:
    """The topics and segments that ``tags`` belong to, and those that they need; raises KequnError on unknown names."""
    if tags is None:
        return definitions
    owners = {tag.name: topic.name for topic in definitions.topics.values() for tag in topic.tags}
    segments = {name for name in tags if name in definitions.segments}
    unknown = sorted(set(tags) - set(owners) - segments - {"customer_id"})
    if unknown:
        raise KequnError(f"There is no tag {unknown[0]}.", "See the catalogue: kequn catalogue.")
    rules = {name for segment in segments for name in rule_names(definitions.segments[segment].rule, segment)}
    topics: set[str] = set()
    fresh = {owners[name] for name in {*tags, *rules} if name in owners}
    while fresh:
        topics |= fresh
        fresh = {need for name in fresh for need in _needed(definitions.topics[name], owners)} - topics
    return Catalogue(
        {name: topic for name, topic in definitions.topics.items() if name in topics},
        {name: segment for name, segment in definitions.segments.items() if name in segments},
        {},
    )


def _needed(topic: Topic, owners: Mapping[str, str]) -> set[str]:
    """Topics that a topic reads."""
    tree = parse(topic.text, topic.file)
    if topic.reads == "base":
        return {t.name.removeprefix(PREFIX) for t in tree.find_all(exp.Table) if t.name.startswith(PREFIX)}
    return {owners[column.name] for column in tree.find_all(exp.Column) if column.name in owners}


def _drawn(known: Build, workspace: Workspace, parameters: Parameters, percent: int) -> dict[str, list[Part]]:
    """Parts that hold the drawn customers' rows only, one for each table that belongs to parties or accounts."""
    parts = tables.attach(known, workspace, parameters)
    identity.identify(known, parameters)
    known.table(DRAWN, compile_query(f"SELECT party_id, customer_id FROM identity{_chosen(percent)}", parameters))
    if percent >= 100:
        return parts
    text = f"SELECT a.account_id FROM account{tables.AT_REST} AS a JOIN {DRAWN} AS d ON a.party_id = d.party_id"
    known.table(f"{DRAWN}_account_id", compile_query(text, parameters, "account"))
    return {name: _cut(known, name, parts[name], parameters) for name in contracts()}


def _chosen(percent: int) -> str:
    """Condition for a share of the customers: the first digits of a hash, the same on every engine and in every run."""
    if percent >= 100:
        return ""
    return f" WHERE left(md5('{DRAWN}:' || CAST(customer_id AS VARCHAR)), 4) < '{percent * PLACES // 100:04x}'"


def _cut(known: Build, name: str, parts: list[Part], parameters: Parameters) -> list[Part]:
    contract = contracts()[name]
    owner = next((column for column in ("party_id", "account_id") if column in contract.stored_columns), None)
    if owner is None or not parts:
        return parts
    shown = name + tables.AT_REST if name == "account" else name
    within = DRAWN if owner == "party_id" else f"{DRAWN}_account_id"
    columns = ", ".join(f"t.{column}" for column in contract.stored_columns)
    text = f"SELECT {columns} FROM {shown} AS t JOIN {within} AS d ON t.{owner} = d.{owner}"
    folder = known.table(f"{DRAWN}_{name}", compile_query(text, parameters, name), contract.stored_columns)
    return [_part(folder, name, parts, known.keys[f"{DRAWN}_{name}"])]


def _part(folder: Path, name: str, parts: Iterable[Part], key: str) -> Part:
    firsts, lasts = [part.first_day for part in parts], [part.last_day for part in parts]
    return Part(
        folder=folder, table=name, source=DRAWN, delivered=max(part.delivered for part in parts), number=0, rows=0,
        content_hash=key, first_day=None if None in firsts else min(day for day in firsts if day),
        last_day=None if None in lasts else max(day for day in lasts if day),
    )  # fmt: skip
