"""The roles of staff, as the standard table ``staff`` names them."""

from __future__ import annotations

from enum import StrEnum

from kequn.engage.language import say


class Role(StrEnum):
    """What a member of staff does; decides which pages there are for them."""

    RM = "rm"
    CHIEF_RM = "chief_rm"
    BRANCH_MANAGER = "branch_manager"
    ANALYST = "analyst"
    MAKER = "maker"
    APPROVER = "approver"
    DEPARTMENT_HEAD = "department_head"
    DATA_ENGINEER = "data_engineer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    TELLER = "teller"

    @property
    def label(self) -> str:
        """The role in the page's language."""
        return say(*LABELS[self])


LABELS = {
    Role.RM: ("客户经理", "Relationship manager"),
    Role.CHIEF_RM: ("首席客户经理", "Chief RM"),
    Role.BRANCH_MANAGER: ("支行长", "Branch manager"),
    Role.ANALYST: ("数据分析", "Analyst"),
    Role.MAKER: ("活动经办", "Campaign maker"),
    Role.APPROVER: ("审批", "Approver"),
    Role.DEPARTMENT_HEAD: ("条线负责人", "Department head"),
    Role.DATA_ENGINEER: ("数据工程", "Data engineer"),
    Role.AUDITOR: ("审计", "Auditor"),
    Role.ADMINISTRATOR: ("管理员", "Administrator"),
    Role.TELLER: ("柜员", "Teller"),
}

# Groups that pages are opened to. A teller has no page of the console yet.
FIELD = frozenset({Role.RM, Role.CHIEF_RM, Role.BRANCH_MANAGER})
PLANNERS = frozenset({Role.ANALYST, Role.MAKER, Role.APPROVER, Role.DEPARTMENT_HEAD})
KNOWING = FIELD | PLANNERS | {Role.AUDITOR}
BACK_OFFICE = frozenset({Role.DATA_ENGINEER, Role.AUDITOR, Role.ADMINISTRATOR})
EVERYONE = frozenset(Role) - {Role.TELLER}
