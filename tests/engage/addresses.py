"""Every address of the console and who may open it: one table, from which docs/pages.md is written.

``python tests/engage/addresses.py`` writes the page anew.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from kequn.engage.orgs.roles import EVERYONE, FIELD, KNOWING, LABELS, PLANNERS, Role

PAGE = Path(__file__).parent.parent.parent / "docs" / "pages.md"
R = Role
READ_PEOPLE = frozenset({R.ADMINISTRATOR, R.AUDITOR})
READ_RULES = PLANNERS | {R.AUDITOR, R.ADMINISTRATOR}
PROPOSE = frozenset({R.MAKER, R.DEPARTMENT_HEAD})
SEE_PLAN = PLANNERS | {R.AUDITOR, R.BRANCH_MANAGER, R.CHIEF_RM}
READ_AUDIENCES = PLANNERS | {R.BRANCH_MANAGER, R.CHIEF_RM}
MAKE_AUDIENCES = READ_AUDIENCES - {R.APPROVER}
READ_DATA = frozenset({R.DATA_ENGINEER, R.AUDITOR, R.ADMINISTRATOR, R.ANALYST})
KEEP_TOKENS = frozenset({R.ANALYST, R.DATA_ENGINEER, R.ADMINISTRATOR})
DEFINITIONS = KNOWING | {R.DATA_ENGINEER}


@dataclass(frozen=True)
class Address:
    """``roles`` may open it; ``path`` fills its parameters: literally, or by the kind of a thing that has a place
    in the tree (customer, audience, staff, change, entry, token); ``post`` for acts."""

    roles: frozenset[Role]
    path: dict[str, str] = field(default_factory=dict)
    post: bool = False

    @property
    def kind(self) -> str:
        """The kind of thing with a place in the tree, if the address names one."""
        return next((value[1:] for value in self.path.values() if value.startswith("@")), "")


def of(roles: Iterable[Role], *, post: bool = False, **path: str) -> Address:
    """A row of the table."""
    return Address(frozenset(roles), path, post)


ADDRESSES: dict[str, Address] = {
    "home": of(EVERYONE),
    "me": of(EVERYONE),
    "tour_seen": of(EVERYONE, post=True),
    # People and audit
    "people": of(READ_PEOPLE),
    "orgs": of(READ_PEOPLE),
    "staff": of(READ_PEOPLE, number="@staff"),
    "assignments": of(READ_PEOPLE, number="@staff"),
    "staff_add": of({R.ADMINISTRATOR}),
    "staff_change": of({R.ADMINISTRATOR}, number="@staff"),
    "staff_act": of({R.ADMINISTRATOR}, number="@staff", what="off"),
    "audit": of(READ_PEOPLE),
    "audit_entry": of(READ_PEOPLE, number="@entry"),
    "audit_verify": of(READ_PEOPLE),
    # Customers
    "customer_search": of(KNOWING),
    "customer": of(KNOWING, customer_id="@customer"),
    "customer_part": of(KNOWING, customer_id="@customer", part="timeline"),
    "customer_reveal": of(FIELD, customer_id="@customer", field="mobile"),
    # Knowing
    "overview": of(KNOWING),
    "overview_trend": of(KNOWING),
    "tags": of(DEFINITIONS),
    "tag": of(DEFINITIONS, name="aum_month_avg"),
    "tag_lineage": of(DEFINITIONS, name="aum_month_avg"),
    "tiers": of(KNOWING),
    "tier_movers": of(KNOWING),
    "tier_near": of(KNOWING),
    "tier_falling": of(KNOWING),
    "segments": of(KNOWING),
    "segment": of(KNOWING, name="payroll"),
    "white_list": of(KNOWING, name="payroll", target="credit_card"),
    "prospects": of(KNOWING),
    "prospect_rule": of(KNOWING, rule="near_private"),
    "scores": of(DEFINITIONS),
    "score": of(DEFINITIONS, family="attrition"),
    "warned": of(KNOWING),
    # Audiences
    "audiences": of(READ_AUDIENCES),
    "audience_new": of(MAKE_AUDIENCES),
    "audience_form": of(READ_AUDIENCES, post=True),
    "audience_count": of(READ_AUDIENCES),
    "audience_details": of(READ_AUDIENCES),
    "audience_beside": of(READ_AUDIENCES),
    "audience": of(READ_AUDIENCES, pk="@audience"),
    "audience_compare": of(READ_AUDIENCES, pk="@audience"),
    "audience_members": of(READ_AUDIENCES, pk="@audience"),
    "audience_edit": of(MAKE_AUDIENCES, pk="@audience"),
    "audience_clone": of(MAKE_AUDIENCES, pk="@audience", post=True),
    "audience_archive": of(MAKE_AUDIENCES, pk="@audience", post=True),
    # Planning
    "plan": of(SEE_PLAN),
    "plan_campaign": of(SEE_PLAN, name="card_first"),
    "explain": of(KNOWING),
    "explain_part": of(KNOWING, customer_id="@customer"),
    "policy": of(READ_RULES),
    "capacity": of(READ_RULES),
    "changes": of(READ_RULES),
    "change_new": of(PROPOSE, kind="policy"),
    "change": of(READ_RULES, number="@change"),
    "change_rehearsal": of(READ_RULES, number="@change"),
    "change_edit": of(PROPOSE, number="@change"),
    "change_rehearse": of(PROPOSE, number="@change", post=True),
    "change_submit": of(PROPOSE, number="@change", post=True),
    "change_withdraw": of(PROPOSE, number="@change", post=True),
    "change_rebase": of(PROPOSE, number="@change", post=True),
    "change_undo": of(PROPOSE, number="@change", post=True),
    "change_decide": of({R.APPROVER}, number="@change"),
    "change_apply": of({R.APPROVER}, number="@change", post=True),
    # Data
    "nights": of(READ_DATA),
    "jobs": of(READ_DATA),
    "night": of(READ_DATA, key="@night"),
    "deliveries": of(READ_DATA),
    "quarantine": of(READ_DATA),
    "reconciliation": of(READ_DATA),
    "job_start": of({R.DATA_ENGINEER}, post=True, job="intake"),
    # Programs
    "tokens": of(KEEP_TOKENS),
    "token_revoke": of(KEEP_TOKENS, pk="@token", post=True),
    "api_docs": of(EVERYONE),
}


def page() -> str:
    """docs/pages.md."""
    shown = [role for role in Role if role is not Role.TELLER]
    head = "| address | " + " | ".join(LABELS[role][1] for role in shown) + " |"
    lines = [
        "# Pages",
        "<!-- Written by `python tests/engage/addresses.py`; changes belong there. -->",
        INTRODUCTION,
        "",
    ]
    lines += [head, "|---" * (len(shown) + 1) + "|"]
    for name, address in ADDRESSES.items():
        act = " (act)" if address.post else ""
        lines.append(f"| `{name}`{act} | " + " | ".join("x" if role in address.roles else "" for role in shown) + " |")
    return "\n".join(lines) + "\n"


INTRODUCTION = """
Every address of the console by name, and the roles that may open it. Others are answered with 403, people who are not
logged in with the login. What an address shows is cut to what the person looks after, and a customer, audience or
change outside of it is answered with 404, for each of these addresses, each role and each place in the tree: own,
sibling, parent, foreign. The tests walk this table, and an address that it lacks fails them."""

if __name__ == "__main__":
    sys.stdout.write(page() if "--print" in sys.argv else f"{PAGE.write_text(page(), 'utf-8')} characters written\n")
