"""The audit chain in words: what was done, on what, with which particulars, in both languages."""

from __future__ import annotations

from typing import Any

from django.urls import NoReverseMatch, resolve, reverse

from kequn.engage.language import say
from kequn.engage.orgs.guard import roles_of
from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import Role

ACTIONS: dict[str, tuple[str, str]] = {
    "login": ("登录", "Logged in"),
    "login_failed": ("登录失败", "Login failed"),
    "login_locked": ("登录被锁定", "Login was locked"),
    "logout": ("退出", "Logged out"),
    "password": ("修改密码", "Changed the password"),
    "factor": ("变更第二验证", "Changed the second factor"),
    "reveal": ("查看明文", "Revealed a masked field"),
    "export": ("导出", "Exported"),
    "export_refused": ("导出被拒", "Was refused an export"),
    "change": ("修改", "Changed"),
    "submit": ("提交审批", "Submitted for approval"),
    "approve": ("批准", "Approved"),
    "reject": ("驳回", "Rejected"),
    "withdraw": ("撤回", "Withdrew"),
    "token": ("签发令牌", "Issued a token"),
    "staff_added": ("新增人员", "Added a member of staff"),
    "staff_changed": ("变更人员", "Changed a member of staff"),
    "staff_off": ("停用账号", "Switched an account off"),
    "staff_on": ("启用账号", "Switched an account on"),
    "staff_password": ("重发一次性密码", "Gave a one-time password"),
    "staff_factor": ("重置第二验证", "Reset a second factor"),
    "verify": ("校验审计链", "Verified the audit chain"),
}
SUBJECTS: dict[str, tuple[str, str]] = {
    "customer": ("客户", "Customer"),
    "staff": ("人员", "Staff"),
    "list": ("名单", "List"),
    "audience": ("目标客群", "Audience"),
    "change": ("变更单", "Change"),
    "policy": ("触达规则", "Contact policy"),
    "campaign": ("活动", "Campaign"),
    "token": ("令牌", "Token"),
    "name": ("未知工号", "Unknown number"),
    "chain": ("审计链", "Audit chain"),
}
# The page that shows a subject of a kind, by the name of its URL, which takes the subject's id.
PAGES = {"customer": "customer", "staff": "staff", "audience": "audience", "change": "change", "campaign": "campaign"}
PARTICULARS: dict[str, tuple[str, str]] = {
    "purpose": ("用途", "Purpose"),
    "format": ("格式", "Format"),
    "rows": ("行数", "Rows"),
    "columns": ("列", "Columns"),
    "filters": ("筛选", "Filters"),
    "sha256": ("文件指纹", "File digest"),
    "field": ("字段", "Field"),
    "fields": ("字段", "Fields"),
    "method": ("方式", "By"),
    "address": ("网络地址", "Network address"),
    "role": ("岗位", "Role"),
    "org": ("机构", "Org"),
    "department": ("部门", "Department"),
    "before": ("原值", "Before"),
    "after": ("新值", "After"),
    "reason": ("原因", "Reason"),
    "note": ("说明", "Note"),
    "version": ("版本", "Version"),
    "name": ("名称", "Name"),
    "rule": ("规则", "Rule"),
    "what": ("内容", "What"),
    "is_active": ("启用", "Account on"),
    "by_hand": ("手工维护", "Kept by hand"),
    "entries": ("条数", "Entries"),
    "whole": ("完整", "Whole"),
    "findings": ("发现", "Findings"),
    "more": ("未列出", "Not listed"),
    "seconds": ("用时（秒）", "Seconds"),
    "heads": ("头文件行数", "Heads"),
    "expires": ("到期", "Expires"),
}


VALUES: dict[str, tuple[str, str]] = {
    "password": ("密码", "password"),
    "mfa": ("验证码", "code"),
    "socialaccount": ("单点登录", "single sign-on"),
    "mobile": ("手机号", "mobile"),
    "id_number": ("证件号", "identity number"),
    "name": ("姓名", "name"),
    "account_number": ("账号", "account number"),
    "totp added": ("启用验证器", "authenticator set up"),
    "totp removed": ("停用验证器", "authenticator taken away"),
    "recovery_codes added": ("生成恢复码", "recovery codes made"),
    "recovery_codes removed": ("删除恢复码", "recovery codes taken away"),
    "recovery_codes reset": ("重新生成恢复码", "recovery codes made anew"),
    "by_hand": ("手工维护", "kept by hand"),
    "True": ("是", "yes"),
    "False": ("否", "no"),
    "None": ("–", "–"),
}


def action(name: str) -> str:
    """What was done; a name without words stands for itself."""
    return say(*ACTIONS[name]) if name in ACTIONS else name


def subject(text: str) -> str:
    """On what: ``customer:7`` as the kind in words and the id."""
    kind, _, identity = text.partition(":")
    return f"{say(*SUBJECTS[kind])} {identity}".strip() if kind in SUBJECTS else text


def particulars(detail: dict[str, Any]) -> list[tuple[str, str]]:
    """Name and value of each particular."""
    return [(particular(name), written(value)) for name, value in detail.items() if value not in ("", None, [], {})]


def particular(name: str) -> str:
    """The name of a particular; one without words stands for itself."""
    return say(*PARTICULARS[name]) if name in PARTICULARS else name


def page_of(text: str, user: Staff) -> str:
    """The address of the subject's page; empty where there is none or the user may not open it."""
    kind, _, identity = text.partition(":")
    if kind not in PAGES or not identity:
        return ""
    try:
        address = reverse(PAGES[kind], args=[identity])
    except NoReverseMatch:
        return ""
    return address if user.duty in roles_of(resolve(address).func) else ""


def written(value: Any) -> str:
    """The value of a particular."""
    if isinstance(value, bool):
        return say("是", "yes") if value else say("否", "no")
    if isinstance(value, dict):
        parts = ((particular(name), each) for name, each in value.items())
        return say("，", ", ").join(f"{name} {written(each)}" for name, each in parts if each not in ("", None))
    if isinstance(value, list):
        return say("、", ", ").join(written(each) for each in value)
    if isinstance(value, str) and value in VALUES:
        return say(*VALUES[value])
    if isinstance(value, str) and value in set(Role):
        return Role(value).label
    return f"{value:,}" if isinstance(value, int) else str(value)
