"""What the builder's script knows: tags with their kinds and codes, comparisons, and the words of the language."""

from __future__ import annotations

from typing import Any

from kequn.engage.audiences.counting import Looker
from kequn.engage.audiences.operands import kind_of
from kequn.engage.audiences.operators import OF_KIND, OPERATORS
from kequn.engage.language import say
from kequn.insight.catalogue import Tag

DIMENSIONS: dict[str, tuple[str, str]] = {
    "profile": ("基本信息", "Profile"), "asset": ("资产", "Assets"), "product": ("产品", "Products"),
    "income": ("收入", "Income"), "spending": ("消费", "Spending"), "loan": ("贷款", "Loans"),
    "card": ("信用卡", "Cards"),
    "app": ("手机银行", "App"), "activity": ("活跃", "Activity"), "merchant": ("商户", "Merchants"),
    "relation": ("关系", "Relations"), "contact": ("触达", "Contacts"), "risk": ("风险与授权", "Risk and consent"),
    "outside": ("行外", "Outside"), "lifecycle": ("客户旅程", "Lifecycle"), "tier": ("分层", "Tier"),
    "segment": ("客群", "Segments"),
}  # fmt: skip
# Words of the language beside tags: how they read and what they do.
WORDS = (
    ("and", "且", "both hold"), ("or", "或", "one holds"), ("not", "非", "does not hold"),
    ("between", "介于 … and …", "between … and …"), ("in", "属于 (…)", "is one of (…)"),
    ("is null", "未知", "is unknown"),
    ("is not null", "已知", "is known"), ("yuan()", "元（金额）", "an amount in yuan"),
    ("as_of()", "业务日", "the business date"), ("add_days()", "某日加减天数", "a day and so many more"),
    ("days_between()", "两日相隔天数", "days between two dates"), ("setting()", "参数", "a setting"),
)  # fmt: skip


def vocabulary(looker: Looker) -> dict[str, Any]:
    """For the page: ``tags`` in the catalogue's order by dimension, ``ops`` by kind, ``words``."""
    there = looker.night.columns["customer"]
    tags = [tag for tag in looker.known.tags.values() if tag.name in there]
    order = list(DIMENSIONS)
    tags.sort(key=lambda tag: order.index(tag.dimension))
    return {
        "tags": [_tag(tag) for tag in tags],
        "ops": {kind: [[op, _label(op, kind), OPERATORS[op].many] for op in ops] for kind, ops in OF_KIND.items()},
        "words": [[word, say(zh, en)] for word, zh, en in WORDS],
    }


def _tag(tag: Tag) -> dict[str, Any]:
    return {
        "name": tag.name, "label": say(tag.zh, tag.en), "other": say(tag.en, tag.zh), "kind": kind_of(tag),
        "group": say(*DIMENSIONS[tag.dimension]), "note": say(tag.description_zh, tag.description_en),
        "unit": _unit(tag), "values": [[code, say(*labels)] for code, labels in tag.values.items()],
    }  # fmt: skip


def _unit(tag: Tag) -> str:
    if tag.unit == "fen":
        return say("元", "yuan")
    units = {"days": ("天", "days"), "months": ("个月", "months"), "share": ("%", "%"), "percent": ("%", "%")}
    return say(*units.get(tag.unit, ("", "")))


def _label(op: str, kind: str) -> str:
    """Days are before and after, not more and less."""
    days = {
        "ge": ("不早于", "on or after"),
        "le": ("不晚于", "on or before"),
        "gt": ("晚于", "after"),
        "lt": ("早于", "before"),
    }
    if kind == "date" and op in days:
        return say(*days[op])
    return say(OPERATORS[op].zh, OPERATORS[op].en)
