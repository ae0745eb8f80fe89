"""The words of exclusion reasons: those of the policy that a night began with, as far as they are still known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kequn.decisions.policy import load
from kequn.decisions.policy.rule import Reason
from kequn.decisions.policy.rules import reasons
from kequn.decisions.policy.terms import Policy
from kequn.errors import KequnError
from kequn.workspace import Workspace


@dataclass(frozen=True)
class Words:
    """Reasons by code, and the codes in the order of the night's bits; no order where its policy is no longer there."""

    by_code: Mapping[str, Reason]
    order: tuple[str, ...] | None

    def of(self, code: str) -> Reason:
        """The words of a code; the code itself where no policy at hand knows it."""
        return self.by_code.get(code) or Reason(code, "pair", code, code, "", "")

    def codes(self, mask: int, first: str) -> list[str]:
        """All reasons in a mask of bits, in order; only the first where policy or rules have changed since."""
        found = [code for bit, code in enumerate(self.order or ()) if mask >> bit & 1]
        return found if found[:1] == [first] else [first]


def words(workspace: Workspace, version: str) -> Words:
    """Words of the policy of this version, which is the workspace's or the default; else of both by code."""
    known = [load.load(""), *_own(workspace)]
    by_code = {reason.code: reason for policy in known for reason in reasons(policy)}
    order = next((tuple(each.code for each in reasons(policy)) for policy in known if policy.version == version), None)
    return Words(by_code, order)


def _own(workspace: Workspace) -> list[Policy]:
    """The workspace's policy; none where it is faulty, which stops no reader of an earlier night."""
    try:
        return [load.of(workspace)]
    except KequnError:
        return []
