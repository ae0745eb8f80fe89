"""The campaigns of a workspace, and why one of them takes no part tonight."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from kequn.decisions.campaign import Campaign
from kequn.decisions.capacity import Capacity
from kequn.decisions.document import read
from kequn.engine.macros import Parameters
from kequn.errors import KequnError
from kequn.insight.catalogue import Catalogue
from kequn.insight.rules import compile_rule
from kequn.workspace import Workspace

FOLDER = "campaigns"
Status = Literal["planned", "refused", "waiting", "expired", "empty"]


@dataclass(frozen=True)
class Refused:
    """A campaign file that takes no part, the status that says so, and the message for its owner."""

    name: str
    status: Status
    message: str
    hint: str = ""


@dataclass(frozen=True)
class Registry:
    """What bids tonight, and what does not."""

    campaigns: tuple[Campaign, ...]
    refused: tuple[Refused, ...]


def files(workspace: Workspace) -> list[Path]:
    """The campaign files of the workspace, by name."""
    return sorted(workspace.own(FOLDER).glob("*.yaml"))


def load(path: Path) -> Campaign:
    """One campaign; raises KequnError that names file, line and field."""
    return read(Campaign, path.read_text("utf-8"), f"{FOLDER}/{path.name}")


def registry(found: Iterable[Campaign | Refused], checks: Checks, day: date) -> Registry:
    """Sort campaigns into those that bid for ``day`` and those that do not; a faulty one never stops the others."""
    all_found = list(found)
    twice = {name for name, count in Counter(each.name for each in all_found).items() if count > 1}
    campaigns: list[Campaign] = []
    refused: list[Refused] = []
    for each in all_found:
        if isinstance(each, Refused):
            refused.append(each)
        elif each.name in twice:
            refused.append(
                Refused(each.name, "refused", f"Two campaigns are named {each.name}.", "Rename one of them.")
            )
        else:
            no = checks.fault(each, day)
            refused += [no] if no else []
            campaigns += [] if no else [each]
    ordered = sorted(campaigns, key=lambda campaign: campaign.name)
    return Registry(tuple(ordered), tuple(sorted(refused, key=lambda no: no.name)))


def read_all(paths: Sequence[Path]) -> list[Campaign | Refused]:
    """Every file as a campaign, or as the fault that it has."""
    found: list[Campaign | Refused] = []
    for path in paths:
        try:
            found.append(load(path))
        except KequnError as error:
            found.append(Refused(path.stem, "refused", error.message, error.hint))
    return found


@dataclass(frozen=True)
class Checks:
    """What a campaign must agree with: tags, products by id (with their class), departments, classes with a value."""

    definitions: Catalogue
    parameters: Parameters
    products: dict[str, str]
    capacity: Capacity
    valued: Collection[str]

    def fault(self, campaign: Campaign, day: date) -> Refused | None:
        """Why the campaign cannot bid for ``day``; None where it can."""
        if campaign.ends < day:
            return Refused(campaign.name, "expired", f"The window of {campaign.name} ended on {campaign.ends}.")
        try:
            self.check(campaign)
        except KequnError as error:
            return Refused(campaign.name, "refused", error.message, error.hint)
        if campaign.starts > day:
            return Refused(campaign.name, "waiting", f"{campaign.name} starts on {campaign.starts}.")
        return None

    def check(self, campaign: Campaign) -> None:
        """Raise KequnError for an unknown tag, product, class or department, or an offer without a value."""
        origin = f"{FOLDER}/{campaign.name}"
        if campaign.department not in self.capacity.departments:
            known = self.capacity.departments
            raise _unknown(origin, "department", campaign.department, known)
        if not campaign.everybody:
            definitions = self.definitions
            compile_rule(
                campaign.audience, definitions.types, self.parameters, f"{origin}, audience", definitions.values
            )
        for offer in campaign.offers:
            if offer.product is not None and offer.product not in self.products:
                raise _unknown(f"{origin}, offer {offer.name}", "product", offer.product, self.products)
            klass = offer.product_class or self.products.get(offer.product or "")
            if klass is not None and klass not in set(self.products.values()):
                raise _unknown(f"{origin}, offer {offer.name}", "product class", klass, set(self.products.values()))
            if offer.value_yuan is None and klass not in self.valued:
                raise KequnError(
                    f"{origin}, offer {offer.name}: no value score speaks for class {klass}.",
                    "Give value_yuan, or fit the value scores: kequn scores fit value.",
                )


def _unknown(origin: str, what: str, name: str, known: Iterable[str]) -> KequnError:
    close = difflib.get_close_matches(name, list(known), n=1)
    return KequnError(f"{origin}: there is no {what} {name}.", f"Did you mean {close[0]}?" if close else "")
