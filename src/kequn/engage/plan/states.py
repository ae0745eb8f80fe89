"""How a change goes from state to state: the one table of its transitions."""

from __future__ import annotations

from kequn.engage.plan.models import Change
from kequn.errors import KequnError

State = Change.State
# By action: where it may begin, and where it ends.
TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    "edit": (frozenset({State.DRAFT, State.SUBMITTED, State.REJECTED}), State.DRAFT),
    "submit": (frozenset({State.DRAFT}), State.SUBMITTED),
    "withdraw": (frozenset({State.DRAFT, State.SUBMITTED, State.APPROVED}), State.WITHDRAWN),
    "reject": (frozenset({State.SUBMITTED}), State.REJECTED),
    "approve": (frozenset({State.SUBMITTED}), State.APPROVED),
    "apply": (frozenset({State.APPROVED}), State.APPLIED),
}


class NotNowError(KequnError):
    """The change is not in a state in which that can be done, or is not what was shown any more."""


def may(change: Change, action: str) -> bool:
    """Whether the change's state allows ``action``."""
    return change.state in TRANSITIONS[action][0]


def step(change: Change, action: str) -> None:
    """Move the change, which the caller has locked and saves; raises NotNowError."""
    if not may(change, action):
        raise NotNowError(f"A change that is {change.state} cannot be changed by: {action}.", "Load the page again.")
    change.state = TRANSITIONS[action][1]
