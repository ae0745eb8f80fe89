"""The comparisons of the drawn form: which a kind of tag has, their words, and how the rule language writes them."""

from __future__ import annotations

from dataclasses import dataclass

from kequn.engage.audiences.operands import Kind


@dataclass(frozen=True)
class Operator:
    """``many``: how many values it takes (-1: one or more); ``form``: its text over {tag}, {0}, {1} or {all}."""

    many: int
    zh: str
    en: str
    form: str


OPERATORS: dict[str, Operator] = {
    "yes": Operator(0, "是", "yes", "{tag}"),
    "no": Operator(0, "否", "no", "not {tag}"),
    "between": Operator(2, "介于", "between", "{tag} between {0} and {1}"),
    "ge": Operator(1, "不少于", "at least", "{tag} >= {0}"),
    "le": Operator(1, "不超过", "at most", "{tag} <= {0}"),
    "gt": Operator(1, "大于", "more than", "{tag} > {0}"),
    "lt": Operator(1, "小于", "less than", "{tag} < {0}"),
    "eq": Operator(1, "等于", "equals", "{tag} = {0}"),
    "ne": Operator(1, "不等于", "is not", "{tag} <> {0}"),
    "in": Operator(-1, "属于", "is one of", "{tag} in ({all})"),
    "not_in": Operator(-1, "不属于", "is none of", "{tag} not in ({all})"),
    "starts": Operator(1, "开头是", "starts with", "starts_with({tag}, {0})"),
    "contains": Operator(1, "包含", "contains", "contains({tag}, {0})"),
    "unknown": Operator(0, "未知", "is unknown", "{tag} is null"),
    "known": Operator(0, "已知", "is known", "{tag} is not null"),
}
_ORDERED = ("between", "ge", "le", "gt", "lt", "eq", "ne", "unknown", "known")
OF_KIND: dict[Kind, tuple[str, ...]] = {
    "number": _ORDERED,
    "money": _ORDERED,
    "share": _ORDERED,
    "date": _ORDERED,
    "code": ("in", "not_in", "eq", "ne", "unknown", "known"),
    "text": ("eq", "ne", "in", "not_in", "starts", "contains", "unknown", "known"),
    "flag": ("yes", "no", "unknown", "known"),
}
