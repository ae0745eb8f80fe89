"""What can be done in a day: channels with cost and capacity, leads of relationship managers, shares of departments."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from importlib import resources
from typing import Annotated

from pydantic import Field, model_validator

from kequn.decisions.campaign import CHANNELS, Channel, Name, Share
from kequn.decisions.document import Strict, read, text_of
from kequn.workspace import Workspace

FILE = "capacity.yaml"
Hour = Annotated[int, Field(ge=0, le=24)]
Leads = dict[str, Annotated[int, Field(ge=0)]]


class ChannelCapacity(Strict):
    """One channel: fen a contact costs, contacts a day (None: no limit), and the hours in which it may be used."""

    zh: str
    en: str
    cost_fen: int = Field(ge=0)
    contacts: int | None = Field(default=None, ge=0)
    from_hour: Hour = 8
    until_hour: Hour = 21
    unit_zh: str = "次"
    unit_en: str = "contact"

    @model_validator(mode="after")
    def _ordered(self) -> ChannelCapacity:
        if self.until_hour <= self.from_hour:
            raise ValueError(f"the channel closes at {self.until_hour}, not after it opens at {self.from_hour}")
        return self


class Department(Strict):
    """A department: its soft floor as a share of all planned marketing contacts."""

    zh: str
    en: str
    floor: Share = 0.0


class Capacity(Strict):
    """Everything that is shared on a day. ``floor_price_fen``: so much value a missing contact of a floor may cost."""

    channels: dict[Channel, ChannelCapacity]
    rm_leads: int | None = Field(default=None, ge=0)
    rm_leads_of: Leads = Field(default_factory=dict)
    branch_leads: int | None = Field(default=None, ge=0)
    branch_leads_of: Leads = Field(default_factory=dict)
    departments: dict[Name, Department] = Field(default_factory=dict)
    floor_price_fen: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _complete(self) -> Capacity:
        missing = [name for name in CHANNELS if name not in self.channels]
        if missing:
            raise ValueError(f"channel {missing[0]} is missing; give it contacts: 0 where it is not used")
        total = sum(Decimal(str(department.floor)) for department in self.departments.values())
        if total > 1:
            raise ValueError(f"the floors of the departments add up to {total:.2f}, more than 1")
        return self

    @property
    def version(self) -> str:
        """Hash of everything that it says."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


def capacity(workspace: Workspace) -> Capacity:
    """The workspace's ``capacity.yaml``, else the one that comes with Kequn; raises KequnError about a wrong field."""
    own = workspace.home / FILE
    if own.is_file():
        return read(Capacity, text_of(own, FILE), FILE)
    return read(Capacity, resources.files(__package__).joinpath(FILE).read_text("utf-8"), FILE)
