"""What a score says in words of both languages (zh, en): levels, reasons, hours, classes of products."""

from __future__ import annotations

LEVELS = {
    "none": ("无预警", "no warning"),
    "watch": ("关注", "watch"),
    "warn": ("预警", "warning"),
    "urgent": ("紧急", "urgent"),
}
REASONS = {
    "best": ("首选", "best"), "next_best": ("首选不可达，取次优", "best is out of reach: next best"),
    "ranked": ("", ""), "no_consent": ("未授权", "no consent"), "no_mobile": ("无手机号", "no mobile"),
    "no_app_user": ("未用掌银", "does not use the app"), "no_staff_id": ("无客户经理", "no RM"),
    "no_email": ("无邮箱", "no e-mail"), "opted_out": ("已退订", "opted out"),
    "no_channel_allowed": ("无可用渠道", "no channel is allowed"),
}  # fmt: skip
DAYPARTS = {
    "any": ("任意时段", "any hour"), "morning": ("上午", "morning"), "midday": ("中午", "midday"),
    "afternoon": ("下午", "afternoon"), "evening": ("晚间", "evening"),
}  # fmt: skip
CLASSES = {
    "deposit": ("存款", "deposit"), "wealth": ("理财", "wealth"), "fund": ("基金", "fund"),
    "insurance": ("保险", "insurance"), "metal": ("贵金属", "precious metal"), "loan": ("贷款", "loan"),
    "card": ("信用卡", "credit card"), "service": ("服务", "service"),
}  # fmt: skip
