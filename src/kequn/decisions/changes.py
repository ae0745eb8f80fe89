"""A changed policy, capacity or campaign laid over the workspace's documents, to see what it would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from kequn.decisions.beginning import Beginning
from kequn.decisions.campaign import Campaign
from kequn.decisions.capacity import Capacity
from kequn.decisions.document import Written, text_of, validated
from kequn.decisions.policy import load
from kequn.decisions.policy.terms import Policy
from kequn.decisions.registry import Refused
from kequn.errors import KequnError
from kequn.workspace import Workspace

PARTS = ("policy", "capacity", "campaigns", "remove")


def changed(workspace: Workspace, begun: Beginning, path: Path) -> Beginning:
    """``begun`` with the changes of a file; raises KequnError that names file and field.

    The file holds any of ``policy`` and ``capacity`` (only the fields that change), ``campaigns`` (a list; one with a
    known name changes only the fields it gives, another is added) and ``remove`` (names of campaigns).
    """
    changes = _read(path)
    begun = replace(
        begun,
        policy=_policy(workspace, path) if "policy" in changes else begun.policy,
        capacity=_capacity(begun.capacity, changes, path.name) if "capacity" in changes else begun.capacity,
    )
    campaigns = {each.name: each for each in begun.campaigns}
    for each in changes.get("campaigns") or []:
        if not isinstance(each, dict) or "name" not in each:
            raise KequnError(f"{path.name}: each entry of campaigns needs a name.", "Write: - name: ...")
        campaigns[each["name"]] = _campaign(campaigns.get(each["name"]), each, path.name)
    for name in changes.get("remove") or []:
        if campaigns.pop(name, None) is None:
            raise KequnError(
                f"{path.name}: there is no campaign {name} to remove.", f"There are {', '.join(campaigns)}."
            )
    return replace(begun, campaigns=tuple(campaigns.values()))


def _read(path: Path) -> dict[str, Any]:
    try:
        found = yaml.load(text_of(path, path.name), Loader=Written)
    except yaml.YAMLError as error:
        raise KequnError(f"{path.name} is not valid YAML: {error}.", "Check indents and quotes.") from None
    if not isinstance(found, dict) or not found:
        raise KequnError(f"{path.name} changes nothing.", f"Give any of: {', '.join(PARTS)}.")
    unknown = [name for name in found if name not in PARTS]
    if unknown:
        raise KequnError(f"{path.name}: there is no part {unknown[0]}.", f"Give any of: {', '.join(PARTS)}.")
    return found


def _policy(workspace: Workspace, path: Path) -> Policy:
    own = workspace.home / load.FILE
    known = yaml.safe_load(text_of(own, own.name)) if own.is_file() else {}
    given = yaml.safe_load(text_of(path, path.name))["policy"]
    if not isinstance(given, dict):
        raise KequnError(f"{path.name}: policy must hold fields (name: value).", "Give only the fields that change.")
    try:
        return load.load(yaml.safe_dump(_over(known or {}, given), allow_unicode=True))
    except KequnError as error:
        raise KequnError(f"{path.name}, policy: {error.message}", error.hint) from None


def _capacity(known: Capacity, changes: Mapping[str, Any], origin: str) -> Capacity:
    return validated(Capacity, _over(known.model_dump(mode="json"), changes["capacity"]), f"{origin}, capacity")


def _campaign(known: Campaign | Refused | None, given: Mapping[str, Any], origin: str) -> Campaign:
    before = known.model_dump(mode="json") if isinstance(known, Campaign) else {}
    return validated(Campaign, _over(before, given), f"{origin}, campaign {given['name']}")


def _over(known: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """``known`` with the fields of ``given``; maps are merged, anything else is replaced."""
    merged = dict(known)
    for name, value in given.items():
        inner = merged.get(name)
        merged[name] = _over(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged
