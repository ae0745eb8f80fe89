"""One section of a policy file, read field by field; what is wrong names file, field and value."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any, NoReturn

from kequn.errors import KequnError

CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True)
class Section:
    """Fields under ``path`` of ``file``; ``default`` has every field there may be and what holds where it is absent."""

    file: str
    path: str
    given: Mapping[str, Any]
    default: Mapping[str, Any]

    @classmethod
    def of(cls, file: str, path: str, given: object, default: Mapping[str, Any]) -> Section:
        """Raises KequnError where ``given`` is no mapping, or has a field that ``default`` has not."""
        fields = {} if given is None else given
        if not isinstance(fields, Mapping):
            cls(file, path, {}, default).refuse("", given, "Write fields, one a line: name, colon, value.")
        section = cls(file, path, fields, default)
        for name in section.given:
            if name not in default:
                raise KequnError(f"{file}: there is no field {section.named(str(name))}.", nearest(str(name), default))
        return section

    def named(self, field: str) -> str:
        """The field's full name."""
        return ".".join(part for part in (self.path, field) if part) or "the whole"

    def refuse(self, field: str, value: object, hint: str) -> NoReturn:
        """Raise KequnError about the value of a field."""
        raise KequnError(f"{self.file}: {self.named(field)} may not be {value!r}.", hint)

    def value(self, field: str) -> Any:  # noqa: ANN401 - a file says anything
        """What the file says, else the default; raises KequnError where neither says anything."""
        value = self.given.get(field, self.default[field])
        if value is None:
            raise KequnError(f"{self.file}: {self.named(field)} is missing.", "Give it a value.")
        return value

    def section(self, field: str) -> Section:
        """The section under a field."""
        return Section.of(self.file, self.named(field), self.given.get(field), self.default[field])

    def whole(self, field: str, least: int, most: int) -> int:
        """A whole number between ``least`` and ``most``."""
        value = self.value(field)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.refuse(field, value, f"Give a whole number from {least} to {most}.")
        return value

    def share(self, field: str) -> float:
        """A number from 0 to below 1."""
        value = self.value(field)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
            self.refuse(field, value, "Give a share from 0 to below 1, such as 0.02.")
        return float(value)

    def flag(self, field: str) -> bool:
        """Yes or no."""
        value = self.value(field)
        if not isinstance(value, bool):
            self.refuse(field, value, "Give true or false.")
        return value

    def items(self, field: str) -> list[Any]:
        """A list of anything."""
        value = self.value(field)
        if not isinstance(value, list):
            self.refuse(field, value, "Give a list: [one, another].")
        return value

    def names(self, field: str, known: Sequence[str]) -> tuple[str, ...]:
        """Names out of ``known``, sorted; their order in the file has no meaning."""
        found = self.items(field)
        for name in found:
            if name not in known:
                self.refuse(field, name, nearest(str(name), known))
        return tuple(sorted(set(found)))

    def kinds(self, field: str, classes: Sequence[str]) -> tuple[str, ...]:
        """Product classes out of ``classes``, or class/subtype, sorted."""
        found = self.items(field)
        for name in found:
            if not isinstance(name, str) or name.partition("/")[0] not in classes:
                self.refuse(field, name, nearest(str(name).partition("/")[0], classes))
        return tuple(sorted(set(found)))

    def choice(self, field: str, known: Sequence[str]) -> str:
        """One out of ``known``."""
        value = self.value(field)
        if value not in known:
            self.refuse(field, value, nearest(str(value), known))
        return str(value)

    def clock(self, field: str) -> time:
        """A time of day; YAML reads 21:00 without quotes as 1260 minutes, which is taken as what was meant."""
        value = self.value(field)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MINUTES_A_DAY:
            return time(*divmod(value, 60))
        match = CLOCK.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            self.refuse(field, value, 'Give a time of day in quotes: "21:00".')
        return time(int(match[1]), int(match[2]))

    def dates(self, field: str) -> tuple[date, ...]:
        """Dates, sorted."""
        return tuple(sorted({self._date(field, value) for value in self.items(field)}))

    def _date(self, field: str, value: object) -> date:
        if type(value) is date:
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.refuse(field, value, "Give dates as 2026-02-17.")


def nearest(name: str, known: Sequence[str] | Mapping[str, Any]) -> str:
    """A hint at the nearest known name, else at all of them."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {close[0]}?" if close else f"There are: {', '.join(known)}."
