"""Versions of models on disk: saved whole or not at all, refused when altered, with a champion that can be rolled back.

models/<family>/<version>/ holds the parts and model.json (what is known, hashes of parts and code, one seal over all);
models/<family>/champion.json holds the champion and how it became one.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from kequn import __version__
from kequn.engine.publish import flush, replace
from kequn.errors import KequnError
from kequn.insight.scores import FAMILIES
from kequn.insight.scores.model import RECORD, VERSION_DIGITS, Model, canonical, part_hashes, sha256
from kequn.workspace import Workspace

CHAMPION = "champion.json"
VERSION = re.compile(rf"[0-9a-f]{{{VERSION_DIGITS}}}")
PICKLES = {".pkl", ".pickle", ".joblib", ".dill", ".npy", ".npz", ".pt", ".h5", ".sav"}
SOURCES = {".py", ".sql", ".yaml"}


@dataclass(frozen=True)
class Version:
    """One saved model; ``fault`` says why it would be refused, and is empty for a sound one."""

    family: str
    version: str
    created_on: str
    kequn: str
    metrics: Mapping[str, Any]
    is_champion: bool
    fault: str = ""


@dataclass(frozen=True)
class Comparison:
    """Figures of two versions side by side; they are comparable where both were validated on the same period."""

    family: str
    first: str
    second: str
    comparable: bool
    rows: list[dict[str, Any]]


def save(workspace: Workspace, model: Model) -> str:
    """Put a model on disk and return its version; the same content twice is one version, kept as it is.

    Killed at any moment, the version is there whole or not at all.
    """
    folder = _home(workspace, model.family)
    final = folder / model.version
    if final.exists() and not _fault(final, model.family):
        return model.version
    fresh = folder / f".{model.version}.{os.getpid()}"
    for leftover in folder.glob(f".{model.version}.*"):
        shutil.rmtree(leftover)
    fresh.mkdir(parents=True)
    for name, text in model.parts.items():
        (fresh / name).write_bytes(text.encode())
    (fresh / RECORD).write_text(json.dumps(_record_of(model), indent=1, sort_keys=True, ensure_ascii=False), "utf-8")
    flush(fresh)
    if final.exists():
        shutil.rmtree(final)
    fresh.rename(final)
    flush(folder)
    return model.version


def load(workspace: Workspace, family: str, version: str | None = None) -> Model:
    """The model of a version, else the champion; raises KequnError where it is missing, altered or not ours."""
    chosen = version or champion(workspace, family)
    if chosen is None:
        raise KequnError(
            f"There is no champion of {family}.", f"kequn scores fit {family}, then kequn scores promote {family}."
        )
    return _read(_folder(workspace, family, chosen), family)[0]


def record(workspace: Workspace, family: str, version: str) -> dict[str, Any]:
    """What model.json says beside ``about``: version, created_on, kequn, hash of the code, hashes of the parts."""
    found = _read(_folder(workspace, family, version), family)[1]
    return {name: value for name, value in found.items() if name not in ("about", "seal")}


def versions(workspace: Workspace, family: str) -> list[Version]:
    """All versions, the newest first; one that would be refused is listed with its fault."""
    folder, best = _home(workspace, family), champion(workspace, family)
    names = [path.name for path in folder.glob("*") if path.is_dir() and VERSION.fullmatch(path.name)]
    found = [_listed(folder / name, family, name == best) for name in names]
    return sorted(found, key=lambda each: (each.created_on, each.version), reverse=True)


def champion(workspace: Workspace, family: str) -> str | None:
    """The version that nights use; None before the first is promoted."""
    stack = _stack(_log(workspace, family))
    return stack[-1] if stack else None


def challenger(workspace: Workspace, family: str) -> str | None:
    """The newest sound version that is not the champion."""
    others = (each.version for each in versions(workspace, family) if not each.is_champion and not each.fault)
    return next(others, None)


def history(workspace: Workspace, family: str) -> list[dict[str, str]]:
    """How champions came and went, oldest first: version, act (promote or rollback) and when."""
    return _log(workspace, family)


def promote(workspace: Workspace, family: str, version: str) -> None:
    """Make a sound version the champion; nothing happens where it is already."""
    load(workspace, family, version)
    if version != champion(workspace, family):
        _note(workspace, family, version, "promote")


def rollback(workspace: Workspace, family: str) -> str:
    """Make the champion before this one champion again and return it; KequnError where there is none, or not sound."""
    stack = _stack(_log(workspace, family))
    if len(stack) < 2:
        raise KequnError(f"There is no earlier champion of {family} to go back to.", "See kequn scores report.")
    load(workspace, family, stack[-2])
    _note(workspace, family, stack[-2], "rollback")
    return stack[-2]


def compare(workspace: Workspace, family: str, first: str | None = None, second: str | None = None) -> Comparison:
    """Every figure of the metrics of two versions, else of champion and challenger: metric, both values, difference."""
    first, second = first or champion(workspace, family), second or challenger(workspace, family)
    if first is None or second is None:
        missing = "champion" if first is None else "challenger"
        raise KequnError(f"There is no {missing} of {family} to compare.", f"kequn scores fit {family}.")
    one, other = load(workspace, family, first), load(workspace, family, second)
    ours, theirs = (dict(_figures(model.about.get("metrics", {}))) for model in (one, other))
    rows = [
        {"metric": name, "first": a, "second": b, "difference": b - a if a is not None and b is not None else None}
        for name in dict.fromkeys([*ours, *theirs])
        for a, b in [(ours.get(name), theirs.get(name))]
    ]
    periods = [model.about.get("period", {}).get("validate") for model in (one, other)]
    return Comparison(family, first, second, periods[0] is not None and periods[0] == periods[1], rows)


def unknown(family: str) -> KequnError:
    """What to say to somebody who names a family that is not there."""
    close = difflib.get_close_matches(family, FAMILIES, n=1)
    hint = f"Did you mean {close[0]}?" if close else f"There are {', '.join(FAMILIES)}."
    return KequnError(f"There is no family of models {family}.", hint)


def code_hash(family: str) -> str:
    """SHA-256 over the version of Kequn and the source files that make and apply models of the family."""
    root = Path(str(resources.files("kequn.insight.scores")))
    digest = hashlib.sha256(__version__.encode())
    for file in sorted([*root.glob("*"), *(root / family).rglob("*")]):
        if file.suffix in SOURCES:
            digest.update(f"\n{file.relative_to(root).as_posix()}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def _home(workspace: Workspace, family: str) -> Path:
    if family not in FAMILIES:
        raise unknown(family)
    return workspace.models / family


def _folder(workspace: Workspace, family: str, version: str) -> Path:
    folder = _home(workspace, family) / version
    if not VERSION.fullmatch(version) or not folder.is_dir():
        known = [each.version for each in versions(workspace, family)[:5]]
        hint = f"There are {', '.join(known)}." if known else f"kequn scores fit {family} makes the first."
        raise KequnError(f"There is no version {version} of {family}.", hint)
    return folder


def _record_of(model: Model) -> dict[str, Any]:
    content = {
        "family": model.family,
        "version": model.version,
        "about": model.about,
        "parts": part_hashes(model.parts),
        "code": code_hash(model.family),
        "kequn": __version__,
        "created_on": datetime.now(UTC).isoformat(timespec="microseconds"),
    }
    return content | {"seal": sha256(canonical(content))}


def _read(folder: Path, family: str) -> tuple[Model, dict[str, Any]]:
    """Model and record; raises KequnError that says what is wrong with the folder."""
    name = f"The model {family} {folder.name}"
    again = "It is not used. Fit it anew, or restore the folder from a backup."
    found = _sealed(folder, name, again)
    if found["family"] != family or found["version"] != folder.name:
        raise KequnError(f"{name} is really {found['family']} {found['version']}.", again)
    _refuse_strangers(folder, {*found["parts"], RECORD}, name)
    parts = {}
    for part, digest in found["parts"].items():
        if not (folder / part).is_file():
            raise KequnError(f"{name} lacks its part {part}.", again)
        content = (folder / part).read_bytes()
        if hashlib.sha256(content).hexdigest() != digest:
            raise KequnError(f"{name} was altered: {part} is not what was saved.", again)
        parts[part] = content.decode()
    model = Model(family, parts, found["about"])
    if model.version != folder.name:
        raise KequnError(f"{name} was altered: its content is that of version {model.version}.", again)
    return model, found


def _sealed(folder: Path, name: str, again: str) -> dict[str, Any]:
    if not (folder / RECORD).is_file():
        raise KequnError(f"{name} has no {RECORD}: Kequn did not make it.", "Only models that Kequn fitted are used.")
    try:
        found = json.loads((folder / RECORD).read_text("utf-8"))
        content = {key: value for key, value in found.items() if key != "seal"}
        sound = found["seal"] == sha256(canonical(content))
    except (ValueError, AttributeError, KeyError):
        raise KequnError(f"{name} was altered: {RECORD} cannot be read.", again) from None
    if not sound:
        raise KequnError(f"{name} was altered: {RECORD} is not what was saved.", again)
    return content


def _refuse_strangers(folder: Path, known: set[str], name: str) -> None:
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in PICKLES:
            raise KequnError(
                f"{name} holds {path.name}: a file of that kind can run a program when it is opened.",
                "Models are texts. Remove the file, and ask who put it there.",
            )
        if path.name not in known:
            raise KequnError(f"{name} holds {path.name}, which is no part of it.", "Remove the file.")


def _fault(folder: Path, family: str) -> str:
    try:
        _read(folder, family)
    except KequnError as error:
        return error.message
    return ""


def _listed(folder: Path, family: str, is_champion: bool) -> Version:
    try:
        model, found = _read(folder, family)
    except KequnError as error:
        return Version(family, folder.name, "", "", {}, is_champion, error.message)
    metrics = model.about.get("metrics", {})
    return Version(family, folder.name, found["created_on"], found["kequn"], metrics, is_champion)


def _log(workspace: Workspace, family: str) -> list[dict[str, str]]:
    file = _home(workspace, family) / CHAMPION
    if not file.is_file():
        return []
    try:
        log: list[dict[str, str]] = json.loads(file.read_text("utf-8"))["log"]
        _stack(log)
    except (ValueError, KeyError, TypeError, IndexError):
        raise KequnError(
            f"{CHAMPION} of {family} cannot be read.", "Restore it from a backup, or remove it and promote again."
        ) from None
    return log


def _note(workspace: Workspace, family: str, version: str, act: str) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    log = [*_log(workspace, family), {"version": version, "act": act, "on": now}]
    content = {"champion": version, "log": log}
    replace(_home(workspace, family) / CHAMPION, json.dumps(content, indent=1, sort_keys=True))


def _stack(log: list[dict[str, str]]) -> list[str]:
    """Champions that are not rolled back, the present one last."""
    stack: list[str] = []
    for entry in log:
        if entry["act"] == "promote":
            stack.append(entry["version"])
        else:
            stack.pop()
    return stack


def _figures(metrics: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float | None]]:
    for name, value in metrics.items():
        if isinstance(value, Mapping):
            yield from _figures(value, f"{prefix}{name}.")
        elif value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            yield f"{prefix}{name}", value
