"""Which pages the bench of the console asks for, as whom, and the audiences that it counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

HEAD, MANAGER, RM, ANALYST, ENGINEER = "department_head", "branch_manager", "rm", "analyst", "data_engineer"
# Audiences that a table of a dozen columns can count too.
AUDIENCES = [
    "tier in ('gold', 'platinum') and payroll and not credit_card",
    "aum_month_avg >= 20000000 and age between 35 and 55",
    "silver and has_time_deposit",
    "merchant and not has_wealth",
    "mobile_banking and tier_near",
]


RULE = AUDIENCES[0]


@dataclass(frozen=True)
class Asked:
    """A page by the name of its address, the role that asks, and parameters; ``{customer}`` and the like are filled."""

    name: str
    view: str
    role: str
    path: dict[str, str] = field(default_factory=dict)
    query: str = ""

    def address(self, values: dict[str, Any]) -> str:
        """The address with ``values`` (customer: of the head's bank; own: of the RM's portfolio) filled in."""
        from django.urls import reverse

        filled = {name: values.get(value, value) for name, value in self.path.items()}
        return reverse(self.view, kwargs=filled) + self.query


PAGES = (
    Asked("overview", "overview", HEAD),
    Asked("overview of a branch", "overview", MANAGER),
    Asked("portfolio of an RM", "customer_search", RM),
    Asked("customers", "customer_search", HEAD),
    Asked("customer 360", "customer", HEAD, {"customer_id": "customer"}),
    Asked("customer 360 of an RM", "customer", RM, {"customer_id": "own"}),
    *(
        Asked(f"... its part {part}", "customer_part", HEAD, {"customer_id": "customer", "part": part})
        for part in ("wealth", "holdings", "scores", "plan", "timeline", "ties")
    ),
    Asked("tags", "tags", ANALYST),
    Asked("tag", "tag", ANALYST, {"name": "aum_month_avg"}),
    Asked("tiers", "tiers", HEAD),
    Asked("segments", "segments", HEAD),
    Asked("segment", "segment", HEAD, {"name": "payroll"}),
    Asked("prospects", "prospects", HEAD),
    Asked("prospect list", "prospect_rule", MANAGER, {"rule": "near_private"}),
    Asked("scores", "scores", ANALYST),
    Asked("audiences", "audiences", ANALYST),
    Asked("audience builder", "audience_new", ANALYST),
    Asked("... its part details", "audience_details", ANALYST, query=f"?rule={quote(RULE)}"),
    Asked("... its part beside", "audience_beside", ANALYST, query=f"?rule={quote(RULE)}"),
    Asked("plan", "plan", HEAD),
    Asked("policy", "policy", HEAD),
    Asked("changes", "changes", HEAD),
    Asked("nights", "nights", ENGINEER),
    Asked("quarantine", "quarantine", ENGINEER),
    Asked("audit", "audit", "auditor"),
    Asked("people", "people", "administrator"),
)


def count_address() -> str:
    """Where a rule is counted."""
    from django.urls import reverse

    return reverse("audience_count")


def arguments(rm: str) -> dict[str, Any]:
    """A customer with much on the page: the richest of the bank, and the richest of ``rm``."""
    from django.conf import settings

    from kequn.engage.site.night import newest

    night = newest(settings.WORKSPACE)
    assert night
    richest = "SELECT customer_id FROM customer WHERE {} ORDER BY aum DESC, customer_id LIMIT 1"
    own = night.value(richest.format("staff_id = $rm"), rm=rm)
    return {"customer": night.value(richest.format("TRUE")), "own": own}


def size(rule: str) -> int:
    """How many customers of the whole bank ``rule`` selects."""
    from django.conf import settings

    from kequn.insight.audience import count

    return count(settings.WORKSPACE, rule).customers
