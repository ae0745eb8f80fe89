"""Why a table of a delivery is not loaded."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - an outcome of a delivery, not a failure of the program
    """Nothing of this delivery is loaded into the table; ``status`` is refused, late or duplicate."""

    def __init__(self, message: str, status: str = "refused") -> None:
        super().__init__(message)
        self.message = message
        self.status = status
