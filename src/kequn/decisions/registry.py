"""The campaigns of a workspace, and why one of them takes no part tonight."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from sqlglot import exp

from kequn.decisions.campaign import Campaign, Offer
from kequn.decisions.capacity import Capacity
from kequn.decisions.document import Where, read, text_of
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
    origin = f"{FOLDER}/{path.name}"
    return read(Campaign, text_of(path, origin), origin)


def registry(found: Sequence[Campaign | Refused], checks: Checks, day: date) -> Registry:
    """Sort campaigns into those that bid for ``day`` and those that do not; a faulty one never stops the others."""
    refused = [each for each in found if isinstance(each, Refused)]
    read_whole = Counter(each.name for each in found if isinstance(each, Campaign))
    twice = {name for name, count in read_whole.items() if count > 1}
    refused += [Refused(name, "refused", f"Two campaigns are named {name}.", "Rename one.") for name in sorted(twice)]
    sound = [each for each in found if isinstance(each, Campaign) and each.name not in twice]
    faults = {each.name: checks.fault(each, day) for each in sound}
    bidding = [each for each in sound if faults[each.name] is None]
    faults |= checks.audiences(bidding)
    refused += [fault for fault in faults.values() if fault]
    campaigns = [each for each in bidding if faults[each.name] is None]
    return Registry(
        tuple(sorted(campaigns, key=lambda campaign: campaign.name)), tuple(sorted(refused, key=lambda no: no.name))
    )


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
    """What a campaign must agree with: tags, products by id (with their class), departments, classes with a value.

    ``sizes`` tells how many customers there are and how many each of some rules selects.
    """

    definitions: Catalogue
    parameters: Parameters
    products: Mapping[str, str]
    capacity: Capacity
    valued: frozenset[str]
    sizes: Callable[[Sequence[exp.Expr]], tuple[int, list[int]]]

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
        for _, error in self.faults(campaign):
            raise error

    def faults(self, campaign: Campaign) -> Iterator[tuple[Where, KequnError]]:
        """Every such fault with the field that it is about."""
        origin = f"{FOLDER}/{campaign.name}"
        if campaign.department not in self.capacity.departments:
            yield ("department",), _unknown(origin, "department", campaign.department, self.capacity.departments)
        try:
            self.rule(campaign)
        except KequnError as error:
            yield ("audience",), error
        for place, offer in enumerate(campaign.offers):
            for field, fault in self._offer_faults(offer, f"{origin}, offer {offer.name}"):
                yield ("offers", place, field), fault

    def rule(self, campaign: Campaign) -> exp.Expr:
        """The audience as a condition over ``customer``."""
        if campaign.everybody:
            return exp.true()
        origin = f"{FOLDER}/{campaign.name}, audience"
        known = self.definitions
        return compile_rule(campaign.audience, known.types, self.parameters, origin, known.values)

    def _offer_faults(self, offer: Offer, origin: str) -> Iterator[tuple[str, KequnError]]:
        if offer.product is not None and offer.product not in self.products:
            yield "product", _unknown(origin, "product", offer.product, self.products)
            return
        klass = offer.product_class or self.products.get(offer.product or "")
        classes = set(self.products.values())
        if klass is not None and klass not in classes:
            yield "product_class", _unknown(origin, "product class", klass, sorted(classes))
        elif offer.value_yuan is None and klass not in self.valued:
            hint = "Give value_yuan, or fit the scores of values: kequn scores fit value."
            yield "name", KequnError(f"{origin}: no value score speaks for class {klass}.", hint)

    def audiences(self, campaigns: Sequence[Campaign]) -> dict[str, Refused | None]:
        """Refuse who addresses nobody, and who addresses everybody without saying so."""
        if not campaigns:
            return {}
        try:
            everyone, sizes = self.sizes([self.rule(campaign) for campaign in campaigns])
        except KequnError as error:
            if len(campaigns) > 1:  # one rule that cannot be computed would stop them all
                return {name: no for each in campaigns for name, no in self.audiences([each]).items()}
            hint = "Try its rule: kequn audience count RULE."
            return {campaigns[0].name: Refused(campaigns[0].name, "refused", error.message, hint)}
        return {campaign.name: _fit(campaign, size, everyone) for campaign, size in zip(campaigns, sizes, strict=True)}


def _fit(campaign: Campaign, size: int, everyone: int) -> Refused | None:
    if size == 0:
        message = f"Nobody is in the audience of {campaign.name}."
        return Refused(campaign.name, "empty", message, "Try its rule: kequn audience count RULE.")
    if size == everyone and not campaign.everybody:
        message = f"The audience of {campaign.name} is all {everyone} customers."
        hint = "Write audience: everybody if that is meant; it then does not choose by person."
        return Refused(campaign.name, "refused", message, hint)
    return None


def _unknown(origin: str, what: str, name: str, known: Iterable[str]) -> KequnError:
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    return KequnError(
        f"{origin}: there is no {what} {name}.",
        f"Did you mean {close[0]}?" if close else f"Known: {', '.join(names[:12])}.",
    )
