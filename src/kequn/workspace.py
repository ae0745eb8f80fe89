"""The workspace: one folder that holds a bank's data, models, settings and own definitions."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from kequn.errors import KequnError

Value = str | int | float | bool | list[Any]


@dataclass(frozen=True)
class Settings:
    """Thresholds and options by dotted name, e.g. ``settings["tiers.gold_yuan"]``."""

    values: Mapping[str, Value]

    def __hash__(self) -> int:
        return hash(tuple(sorted((name, repr(value)) for name, value in self.values.items())))

    @classmethod
    def load(cls, file: Path | None = None) -> Settings:
        """The defaults, overridden by ``file`` where it exists; raises KequnError on an unknown name or type."""
        text = resources.files("kequn").joinpath("defaults.toml").read_text("utf-8")
        values = dict(_flatten(tomllib.loads(text)))
        if file is not None and file.is_file():
            values |= _overrides(file, values)
        return cls(values)

    def __getitem__(self, name: str) -> Value:
        try:
            return self.values[name]
        except KeyError:
            raise KequnError(f"There is no setting {name}.", _nearest(name, self.values)) from None

    def integer(self, name: str) -> int:
        value = self[name]
        if isinstance(value, bool) or not isinstance(value, int):
            raise KequnError(f"Setting {name} must be a whole number, not {value!r}.")
        return value

    def flag(self, name: str) -> bool:
        value = self[name]
        if not isinstance(value, bool):
            raise KequnError(f"Setting {name} must be true or false, not {value!r}.")
        return value

    def texts(self, name: str) -> list[str]:
        value = self[name]
        if not isinstance(value, list):
            raise KequnError(f"Setting {name} must be a list, not {value!r}.")
        return [str(each) for each in value]

    def text(self, name: str) -> str:
        return str(self[name])

    def changed(self, **values: Value) -> Settings:
        """A copy with some values replaced (dots in names written as double underscores)."""
        return Settings({**self.values, **{k.replace("__", "."): v for k, v in values.items()}})


@dataclass(frozen=True)
class Workspace:
    """Where everything of one bank lies."""

    home: Path
    settings: Settings

    @classmethod
    def open(cls, home: Path | str | None = None) -> Workspace:
        """Open (and create where absent) the folder ``home``, else KEQUN_HOME, else ./workspace."""
        folder = Path(home or os.environ.get("KEQUN_HOME") or "workspace").expanduser().resolve()
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder, Settings.load(folder / "kequn.toml"))

    @property
    def landing(self) -> Path:
        """Deliveries of the source systems: landing/<source>/<table>/<date>/."""
        return self.home / "landing"

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def bank(self) -> Path:
        """Standard tables, in parts: data/bank/<table>/<source>/<date>/."""
        return self.data / "bank"

    @property
    def nights(self) -> Path:
        return self.data / "nights"

    @property
    def vault(self) -> Path:
        """Clear C2 values, encrypted; the tables wing never reads it."""
        return self.data / "vault"

    @property
    def models(self) -> Path:
        """Fitted models of scores: models/<family>/<version>/."""
        return self.home / "models"

    @property
    def quarantine(self) -> Path:
        return self.data / "quarantine"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def truth(self) -> Path:
        """What only a sandbox knows; tests, benchmarks and measurement reports alone may read it."""
        return self.home / "truth"

    def own(self, kind: str) -> Path:
        """The bank's own definitions: tags, segments, prospects or sources."""
        return self.home / kind


def _flatten(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Value]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _overrides(file: Path, known: Mapping[str, Value]) -> dict[str, Value]:
    try:
        own = dict(_flatten(tomllib.loads(file.read_text("utf-8"))))
    except tomllib.TOMLDecodeError as error:
        raise KequnError(f"{file.name} is not valid TOML: {error}.") from None
    for name, value in own.items():
        if name not in known:
            raise KequnError(f"{file.name}: there is no setting {name}.", _nearest(name, known))
        if type(value) is not type(known[name]):
            expected = type(known[name]).__name__
            raise KequnError(f"{file.name}: {name} must be of type {expected}, not {value!r}.")
    return own


def _nearest(name: str, known: Mapping[str, Value]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {close[0]}?" if close else "See kequn/defaults.toml for all settings."
