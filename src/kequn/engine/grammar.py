"""The restricted SQL: what a definition may contain so that every engine gives the same rows."""

from __future__ import annotations

from sqlglot import exp


def check(tree: exp.Expression, text: str, origin: str) -> None:
    """Raise KequnError, with line and column, for the first construct outside the grammar."""
