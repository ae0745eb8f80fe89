"""Who a customer is: what the night says, masked values of the vault, names of outlet and manager, the ladder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from kequn.amounts import FEN
from kequn.engage.customers.vault import masked_values
from kequn.engage.language import say
from kequn.engage.orgs.models import Org, Staff
from kequn.engage.site import figures
from kequn.engage.site.night import Night
from kequn.insight.catalogue import Catalogue
from kequn.insight.reading import definitions

SHOWN = (
    "customer_id", "age", "sex", "region", "education_level", "occupation", "marital", "tenure_months", "org_id",
    "branch_id", "staff_id", "party_count", "lifecycle_stage", "tier", "tier_rank", "tier_next", "tier_gap",
    "tier_near",
    "tier_deposit_needed", "tier_hold_needed", "tier_move", "tier_last_month", "tier_earned", "tier_bound",
    "tier_next_bound", "aum", "aum_month_avg", "aum_last_month_avg", "aum_quarter_avg", "aum_trend_90d",
    "aum_trend_90d_share", "maturing_30d_fen", "next_maturity_on", "household_size", "household_aum", "product_count",
    "days_since_contact", "contacts_30d", "personalisation_refused", "risk_signal", "risk_signal_kind",
    "risk_tolerance",
    "days_since_assessment", "assessment_valid", "open_complaint", "opted_out", "days_since_login", "app_user",
    "loan_balance", "pay_last_fen", "monthly_payment",
)  # fmt: skip
FACTS = ("age", "sex", "region", "tenure_months", "lifecycle_stage", "occupation", "education_level", "marital")
MONEY = (
    "aum_month_avg", "aum_quarter_avg", "aum_trend_90d", "household_aum", "maturing_30d_fen", "next_maturity_on",
    "pay_last_fen", "loan_balance",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One step of the ladder: its tier, the average that it begins at in fen, and how the customer stands to it."""

    tier: str
    bound: int
    state: str  # below, here, next or above


@dataclass(frozen=True)
class Who:
    """One customer as the person may see it."""

    row: dict[str, Any]
    values: dict[str, str]
    steps: list[Step]
    outlet: Org | None
    branch: Org | None
    manager: str
    segments: list[str]

    @property
    def customer_id(self) -> int:
        return int(self.row["customer_id"])


def who(night: Night, user: Staff, customer_id: int) -> Who | None:
    """The customer, or None where the night has none with this id whom the person looks after."""
    known = definitions(night.workspace)
    scope, values = user.scope.condition("customer")
    columns = night.columns.get("customer", {})
    shown = [name for name in (*SHOWN, *known.segments) if name in columns]
    listed = ", ".join(f'customer."{name}"' for name in shown)
    row = night.row(f"SELECT {listed} FROM customer WHERE customer_id = $id AND {scope}", id=customer_id, **values)
    if row is None:
        return None
    row = dict.fromkeys(SHOWN) | row
    orgs = Org.objects.in_bulk([each for each in (row["org_id"], row["branch_id"]) if each])
    manager = Staff.objects.filter(username=row["staff_id"]).first() if row["staff_id"] else None
    return Who(
        row, masked_values([customer_id]).get(customer_id, {}), _ladder(known, row), orgs.get(row["org_id"]),
        orgs.get(row["branch_id"]), str(manager or row["staff_id"] or ""),
        [name for name in known.segments if row.get(name)],
    )  # fmt: skip


def in_scope(night: Night, user: Staff, customer_id: int) -> bool:
    """Whether the night has this customer and the person looks after them."""
    scope, values = user.scope.condition("customer")
    found = night.value(f"SELECT 1 FROM customer WHERE customer_id = $id AND {scope}", id=customer_id, **values)
    return found is not None


def tag_facts(night: Night, who: Who, names: tuple[str, ...]) -> list[dict[str, str]]:
    """Name, label and value in words of some tags that the customer has a value of."""
    tags = definitions(night.workspace).tags
    return [
        {
            "name": name,
            "label": say(tags[name].zh, tags[name].en),
            "value": figures.tag(who.row[name], tags[name].unit, tags[name].values),
        }
        for name in names
        if name in tags and who.row[name] is not None
    ]


def _ladder(known: Catalogue, row: dict[str, Any]) -> list[Step]:
    """All tiers from the lowest; the customer stands on one, and the next is what the month's average aims at."""
    bounds = settings.WORKSPACE.settings
    rank = row["tier_rank"] or 0
    steps = []
    for place, tier in enumerate(known.tags["tier"].values):
        bound = 0 if place == 0 else bounds.integer(f"tiers.{tier}_yuan") * FEN
        state = (
            "here" if place == rank else "below" if place < rank else "next" if tier == row["tier_next"] else "above"
        )
        steps.append(Step(tier, bound, state))
    return steps
