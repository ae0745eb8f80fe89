"""Codes of the standard tables in both languages, as the pages about customers show them."""

from __future__ import annotations

from collections.abc import Mapping

from kequn.engage.language import say

PURPOSES = {
    "marketing": ("营销", "Marketing"), "service": ("服务", "Service"),
    "personalisation": ("个性化", "Personalisation"),
}  # fmt: skip
OUTCOMES = {"delivered": ("已送达", "Delivered"), "failed": ("未送达", "Failed"), "unknown": ("未知", "Unknown")}
RESPONSES = {
    "opened": ("打开", "Opened"), "clicked": ("点击", "Clicked"), "interested": ("有意向", "Interested"),
    "bought": ("购买", "Bought"), "refused": ("拒绝", "Refused"), "complained": ("投诉", "Complained"),
    "opted_out": ("退订", "Opted out"),
}  # fmt: skip
RELATIONS = {"household": ("家庭", "Household"), "guarantor": ("担保", "Guarantor"), "employer": ("雇佣", "Employer")}
ASSETS = {
    "deposit": ("存款", "Deposits"), "wealth": ("理财", "Wealth"), "fund": ("基金", "Funds"),
    "insurance": ("保险", "Insurance"), "metal": ("贵金属", "Metals"), "other": ("其他", "Other"),
}  # fmt: skip
MOVES = {"merged": ("归并", "Merged"), "split": ("拆分", "Split"), "renamed": ("换号", "Renumbered")}
FIELDS = {
    "name": ("姓名", "Name"), "mobile": ("手机号", "Mobile"), "id_number": ("证件号码", "Identity number"),
    "email": ("电子邮箱", "E-mail"), "address": ("地址", "Address"),
}  # fmt: skip


def of(words: Mapping[str, tuple[str, str]], code: str | None) -> str:
    """A code in the page's language; the code itself where nothing is known of it."""
    return say(*words.get(code or "", (code or "–", code or "–")))
