"""The terms of a policy: what a bank allows, as frozen data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, time
from functools import cached_property

from kequn.decisions.bids import SERVICE

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Risk signals, the gravest first: facts carry the gravest that stands.
SIGNALS = ("deceased", "minor", "money_laundering", "fraud", "delinquency", "open_complaint")
# What a risk signal excludes from.
NOTHING, MARKETING_ONLY, EVERYTHING = SCOPES = ("nothing", "marketing", "everything")


@dataclass(frozen=True)
class Day:
    """The planned day, in the customer's local calendar, and whether it is a public holiday."""

    on: date
    holiday: bool


@dataclass(frozen=True)
class Cap:
    """At most ``limit`` marketing contacts in ``days`` days, the planned one included; no channels: over all."""

    name: str
    limit: int
    days: int
    channels: tuple[str, ...]


@dataclass(frozen=True)
class Hours:
    """Local hours from ``start`` until before ``end``, over midnight where ``end`` is the earlier; equal: none."""

    start: time
    end: time

    def contain(self, moment: time) -> bool:
        """Whether ``moment`` lies within."""
        if self.start <= self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end


@dataclass(frozen=True)
class QuietDays:
    """Days without marketing."""

    dates: tuple[date, ...]
    weekdays: tuple[str, ...]

    def contain(self, day: date) -> bool:
        """Whether ``day`` is one of them."""
        return day in self.dates or WEEKDAYS[day.weekday()] in self.weekdays


@dataclass(frozen=True)
class Calls:
    """Which channels are calls, and whether they may be made on public holidays."""

    channels: tuple[str, ...]
    on_public_holidays: bool


@dataclass(frozen=True)
class Silence:
    """For how many days, the day itself included, a refusal silences an offer and a complaint everything."""

    refused_days: int
    complained_days: int


@dataclass(frozen=True)
class Private:
    """Tiers that private products are for, and the channels that may speak of them."""

    tiers: tuple[str, ...]
    channels: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """The hard rules of a bank as data; ``default.yaml`` says what each field means."""

    contacts_per_night: int
    caps: tuple[Cap, ...]
    quiet_hours: Hours
    quiet_days: QuietDays
    calls: Calls
    silence: Silence
    risk_signals: Mapping[str, str]
    assessment_valid_months: int
    private: Private
    held_once: tuple[str, ...]
    funded: tuple[str, ...]
    universal_control_share: float
    service_exempt: tuple[str, ...]

    @cached_property
    def version(self) -> str:
        """First 12 hex digits of SHA-256 over the content: equal terms have equal versions, however written."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]

    @property
    def wide_caps(self) -> tuple[Cap, ...]:
        """Caps over all channels."""
        return tuple(cap for cap in self.caps if not cap.channels)

    @property
    def narrow_caps(self) -> tuple[Cap, ...]:
        """Caps over some channels."""
        return tuple(cap for cap in self.caps if cap.channels)

    def exempts(self, purpose: str, rule: str) -> bool:
        """Whether ``rule`` does not hold for a campaign of this purpose."""
        return purpose == SERVICE and rule in self.service_exempt
