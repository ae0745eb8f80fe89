"""Errors that a person can act on; anything else that escapes is ours."""

from __future__ import annotations


class KequnError(Exception):
    """The user's input or configuration is wrong: says what, where, and what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()
