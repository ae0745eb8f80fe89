"""The documents that a night begins with, as plain values: what is in force, what is valid, and how one is replaced."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

import yaml

from kequn.decisions import capacity as capacities
from kequn.decisions.capacity import Capacity, capacity
from kequn.decisions.document import validated
from kequn.decisions.policy import load
from kequn.decisions.policy.terms import Policy
from kequn.engage.plan.models import Change
from kequn.engine.publish import replace
from kequn.workspace import Workspace

Values = dict[str, Any]
Kind = Change.Kind
FILES = {Kind.POLICY: load.FILE, Kind.CAPACITY: capacities.FILE}


def in_force(workspace: Workspace, kind: str) -> tuple[Values, str]:
    """The document that the next night reads and its version; raises KequnError where the file is faulty."""
    if kind == Kind.POLICY:
        policy = load.of(workspace)
        return policy_values(policy), policy.version
    found = capacity(workspace)
    return found.model_dump(mode="json"), found.version


def default(kind: str) -> Values:
    """The document that comes with Kequn."""
    return policy_values(load.load("")) if kind == Kind.POLICY else {}


def version_of(kind: str, values: Mapping[str, Any]) -> str:
    """The version of a document; raises KequnError that names the field that does not fit."""
    return _read(kind, values).version


def settled_values(kind: str, values: Mapping[str, Any]) -> Values:
    """``values`` as the loader understands them, complete and in one form; raises KequnError."""
    found = _read(kind, values)
    return policy_values(found) if isinstance(found, Policy) else found.model_dump(mode="json")


def write(workspace: Workspace, kind: str, values: Mapping[str, Any], note: str) -> None:
    """Replace the workspace's file at once; the caller holds ``alone``."""
    text = f"# {note}\n" + yaml.safe_dump(dict(values), allow_unicode=True, sort_keys=False)
    replace(workspace.home / FILES[Kind(kind)], text)


@contextmanager
def alone(workspace: Workspace) -> Iterator[None]:
    """While this is held nobody else replaces a document of the workspace."""
    workspace.data.mkdir(parents=True, exist_ok=True)
    with (workspace.data / "documents.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def policy_values(policy: Policy) -> Values:
    """A policy as its file writes it, complete."""
    hours, calls, silence = policy.quiet_hours, policy.calls, policy.silence
    return {
        "contacts_per_night": policy.contacts_per_night,
        "caps": [_cap(cap.name, cap.limit, cap.days, cap.channels) for cap in policy.caps],
        "quiet_hours": {"from": f"{hours.start:%H:%M}", "to": f"{hours.end:%H:%M}"},
        "quiet_days": {
            "dates": [day.isoformat() for day in policy.quiet_days.dates],
            "weekdays": list(policy.quiet_days.weekdays),
        },
        "calls": {"channels": list(calls.channels), "on_public_holidays": calls.on_public_holidays},
        "silence": {"refused_days": silence.refused_days, "complained_days": silence.complained_days},
        "risk_signals": dict(policy.risk_signals),
        "assessment_valid_months": policy.assessment_valid_months,
        "private": {"tiers": list(policy.private.tiers), "channels": list(policy.private.channels)},
        "held_once": list(policy.held_once),
        "funded": list(policy.funded),
        "universal_control_share": policy.universal_control_share,
        "service_exempt": list(policy.service_exempt),
    }


def _cap(name: str, limit: int, days: int, channels: tuple[str, ...]) -> Values:
    found: Values = {"name": name, "limit": limit, "days": days}
    return found | ({"channels": list(channels)} if channels else {})


def _read(kind: str, values: Mapping[str, Any]) -> Policy | Capacity:
    if kind == Kind.POLICY:
        return load.load(yaml.safe_dump(dict(values), allow_unicode=True))
    return validated(Capacity, values, capacities.FILE)


def note_of(change: Change, today: date) -> str:
    """The first line of a written file: where it comes from."""
    checker = change.decided_by.username if change.decided_by else "-"
    return f"Change {change.pk}, approved by {checker} on {today.isoformat()}."
