"""What a command prints on: tables and lines for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kequn.language import Language
from kequn.workspace import Workspace

Json = Annotated[bool, typer.Option("--json", help="打印 JSON，金额为分 | Print JSON, money in fen")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="最多打印多少行 | Print at most so many rows")]

# 64-bit numbers that programs in other languages would round.
AS_TEXT = ("customer_id", "customer_before", "customer_after", "party_id", "account_id", "staff_key")


@dataclass(frozen=True)
class Choices:
    """The global options."""

    home: Path | None
    language: Language


@dataclass(frozen=True)
class Screen:
    """The output of one command: stdout for results, stderr for progress and hints."""

    choices: Choices
    json: bool

    @classmethod
    def of(cls, context: typer.Context, as_json: bool) -> Screen:
        """The screen of a command that was called in ``context``."""
        return cls(context.find_object(Choices) or Choices(None, Language.ZH), as_json)

    @property
    def language(self) -> Language:
        return self.choices.language

    def workspace(self) -> Workspace:
        """The workspace that ``--home`` names."""
        return Workspace.open(self.choices.home)

    def say(self, zh: str, en: str) -> str:
        """The text of the chosen language."""
        return self.language.pick(zh, en)

    def money(self, zh: str, en: str) -> str:
        """A heading for amounts, with the bank's currency."""
        from kequn.insight.words import YUAN_ZH

        currency = self.workspace().settings.text("bank.currency")
        return self.say(f"{zh}({YUAN_ZH.get(currency, currency)})", f"{en} ({currency})")

    def emit(self, data: object) -> None:
        """Print ``data`` as JSON: dates in ISO form, 64-bit identifiers as text."""
        sys.stdout.write(json.dumps(portable(data), ensure_ascii=False, indent=1) + "\n")

    def line(self, text: str = "", style: str | None = None) -> None:
        """Print one line of plain text."""
        console(sys.stdout).print(escape(text), style=style, highlight=False, soft_wrap=True)

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> None:
        """Print a table; columns after the first ``left`` are numbers, aligned right."""
        table = Table(title=escape(title), title_justify="left", title_style="bold", header_style="bold")
        for position, name in enumerate(columns):
            table.add_column(escape(name), justify="left" if position < left else "right", overflow="fold")
        for row in rows:
            table.add_row(*(escape(cell) for cell in row))
        console(sys.stdout).print(table)

    def working(self, text: str) -> AbstractContextManager[Any]:
        """Show on a terminal that something is being done; ``update(text)`` of what it gives changes the words."""
        return console(sys.stderr).status(text) if self.lively else nullcontext(Silent())

    @property
    def lively(self) -> bool:
        """Whether progress is shown: somebody watches, and nobody parses."""
        return not self.json and sys.stderr.isatty()


class Silent:
    """Takes the place of a progress display that nobody would see."""

    def update(self, text: str) -> None:
        """Nothing to show."""


def console(stream: TextIO) -> Console:
    """A console on ``stream``: wide enough for whole tables where no terminal limits it."""
    return Console(file=stream) if stream.isatty() else Console(file=stream, width=200)


def portable(value: object) -> object:
    """``value`` with everything that JSON lacks, or that other readers would round, turned into text."""
    if is_dataclass(value) and not isinstance(value, type):
        return portable(asdict(value))
    if isinstance(value, Mapping):
        return {str(name): _member(str(name), item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [portable(item) for item in value]
    if isinstance(value, date | datetime | Path):
        return str(value) if isinstance(value, Path) else value.isoformat()
    return value


def _member(name: str, value: object) -> object:
    return str(value) if name in AS_TEXT and isinstance(value, int) else portable(value)
