"""Names of channels and risk signals in both languages: the same on every page."""

from __future__ import annotations

CHANNELS = {
    "sms": ("短信", "SMS"), "rcs": ("5G消息", "5G message"), "wecom": ("企业微信", "WeCom"),
    "ai_call": ("智能外呼", "AI call"), "agent_call": ("人工外呼", "Agent call"), "app": ("手机银行", "App"),
    "popup": ("柜面弹屏", "Counter pop-up"), "rm": ("客户经理", "RM"), "email": ("邮件", "E-mail"),
}  # fmt: skip
SIGNAL_NAMES = {
    "deceased": ("身故", "Deceased"), "minor": ("未成年", "Minor"),
    "money_laundering": ("洗钱风险", "Money laundering"), "fraud": ("欺诈风险", "Fraud"),
    "delinquency": ("逾期", "Delinquency"), "open_complaint": ("投诉未结", "Open complaint"),
}  # fmt: skip
