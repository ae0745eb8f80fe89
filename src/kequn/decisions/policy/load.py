"""Read a policy: the file of the workspace over the one that the package ships."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from kequn.bank.contract import contracts
from kequn.decisions.document import text_of
from kequn.decisions.policy.rules import EXEMPTIBLE
from kequn.decisions.policy.section import Section
from kequn.decisions.policy.terms import (
    SCOPES,
    SIGNALS,
    WEEKDAYS,
    Calls,
    Cap,
    Hours,
    Policy,
    Private,
    QuietDays,
    Silence,
)
from kequn.errors import KequnError
from kequn.insight.tiers.moves import TIERS
from kequn.workspace import Workspace

FILE = "policy.yaml"
# Every cap takes a bit in the masks of 63 and a column of the facts.
CAPS_MOST = 16
NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")
_CAP: dict[str, Any] = {"name": None, "limit": None, "days": None, "channels": []}


def of(workspace: Workspace) -> Policy:
    """The policy of a workspace: its ``policy.yaml`` where there is one, else the default."""
    file = workspace.home / FILE
    return load(file if file.is_file() else "")


def load(source: Path | str) -> Policy:
    """A policy from a file or a text of YAML; what it leaves out is the default's.

    Raises KequnError that names file, field and value and says what to do.
    """
    name, text = (source.name, text_of(source, source.name)) if isinstance(source, Path) else (FILE, source)
    try:
        given = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise KequnError(f"{name} is not valid YAML: {error}.", "Mend the place it names.") from None
    top = Section.of(name, "", given, _default())
    hours, quiet, calls = top.section("quiet_hours"), top.section("quiet_days"), top.section("calls")
    silence, private = top.section("silence"), top.section("private")
    channels, classes = _allowed("contact", "channel"), _allowed("product", "product_class")
    return Policy(
        contacts_per_night=top.whole("contacts_per_night", 1, 100),
        caps=_caps(top, channels),
        quiet_hours=Hours(hours.clock("from"), hours.clock("to")),
        quiet_days=QuietDays(quiet.dates("dates"), quiet.names("weekdays", WEEKDAYS)),
        calls=Calls(calls.names("channels", channels), calls.flag("on_public_holidays")),
        silence=Silence(silence.whole("refused_days", 0, 36_500), silence.whole("complained_days", 0, 36_500)),
        risk_signals=_signals(top),
        assessment_valid_months=top.whole("assessment_valid_months", 1, 120),
        private=Private(private.names("tiers", TIERS), private.names("channels", channels)),
        held_once=top.kinds("held_once", classes),
        funded=top.kinds("funded", classes),
        universal_control_share=top.share("universal_control_share"),
        service_exempt=top.names("service_exempt", EXEMPTIBLE),
    )


@cache
def _default() -> dict[str, Any]:
    text = resources.files("kequn.decisions.policy").joinpath("default.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def _allowed(table: str, column: str) -> tuple[str, ...]:
    return contracts()[table].column(column).allowed


def _caps(top: Section, channels: tuple[str, ...]) -> tuple[Cap, ...]:
    items = top.items("caps")
    if len(items) > CAPS_MOST:
        top.refuse("caps", f"{len(items)} caps", f"Give {CAPS_MOST} at most.")
    found = tuple(
        _cap(Section.of(top.file, f"caps[{place}]", item, _CAP), channels) for place, item in enumerate(items)
    )
    names = [cap.name for cap in found]
    for name in names:
        if names.count(name) > 1:
            top.refuse("caps", name, "Give every cap a name of its own.")
    return found


def _cap(section: Section, channels: tuple[str, ...]) -> Cap:
    name = section.value("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        section.refuse("name", name, "Give a short name of small letters, digits and _.")
    return Cap(
        name, section.whole("limit", 0, 100), section.whole("days", 1, 3660), section.names("channels", channels)
    )


def _signals(top: Section) -> dict[str, str]:
    section = top.section("risk_signals")
    found = {signal: section.choice(signal, SCOPES) for signal in SIGNALS}
    scopes = [SCOPES.index(scope) for scope in found.values()]
    for graver, milder in pairwise(SIGNALS):
        if scopes[SIGNALS.index(graver)] < scopes[SIGNALS.index(milder)]:
            hint = f"{milder} excludes from {found[milder]} and is milder: let {graver} exclude from as much."
            section.refuse(graver, found[graver], hint)
    return found
