"""Where in a definition something stands, and messages that point there."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from sqlglot import exp

from kequn.errors import KequnError


@dataclass(frozen=True)
class Place:
    """A position in a text: line and column count from 1."""

    line: int
    column: int

    @classmethod
    def at(cls, text: str, offset: int) -> Place:
        """The position of the character at ``offset``."""
        before = text[: max(offset, 0)]
        return cls(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)

    @classmethod
    def of(cls, node: exp.Expr, text: str, shift: int = 0) -> Place:
        """The position where ``node`` starts in ``text``; ``shift`` characters before the text were parsed too."""
        return cls.at(text, _start(node) - shift)

    def excerpt(self, text: str) -> str:
        """The line with a caret below the column."""
        lines = text.split("\n")
        line = lines[self.line - 1] if self.line <= len(lines) else ""
        return f"{line}\n{''.join(_blank(character) for character in line[: self.column - 1])}^"


def fault(origin: str, place: Place, text: str, message: str, hint: str) -> KequnError:
    """An error that names origin, line and column, and shows the line."""
    shown = f"{hint}\n{place.excerpt(text)}" if hint else f"\n{place.excerpt(text)}"
    return KequnError(f"{origin}, line {place.line}, column {place.column}: {message}", shown)


def _start(node: exp.Expr) -> int:
    """Offset of the first character that the parser kept for ``node``, else for what stands around it."""
    around: exp.Expr | None = node
    while around is not None:
        known = [int(item.meta["start"]) for item in around.walk() if "start" in item.meta]
        if known:
            return min(known)
        around = around.parent
    return 0


def _blank(character: str) -> str:
    return "\u3000" if unicodedata.east_asian_width(character) in "WF" else " "
