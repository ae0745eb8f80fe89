"""The actions of the audit chain in both languages."""

from __future__ import annotations

ACTIONS: dict[str, tuple[str, str]] = {
    "login": ("登录", "Logged in"),
    "login_failed": ("登录失败", "Login failed"),
    "logout": ("退出", "Logged out"),
    "reveal": ("查看明文", "Revealed a masked field"),
    "export": ("导出", "Exported"),
    "export_refused": ("导出被拒", "Was refused an export"),
    "change": ("修改", "Changed"),
    "submit": ("提交审批", "Submitted for approval"),
    "approve": ("批准", "Approved"),
    "reject": ("驳回", "Rejected"),
    "withdraw": ("撤回", "Withdrew"),
    "token": ("签发令牌", "Issued a token"),
}
