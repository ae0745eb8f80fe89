"""Rules and their differences in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from kequn.engage.audiences.drawing import drawn, same
from kequn.engage.audiences.operands import Kind, kind_of
from kequn.engage.audiences.operators import OPERATORS
from kequn.engage.audiences.tree import Condition, Group, Node, Text
from kequn.engage.audiences.writing import Tags
from kequn.engage.language import say
from kequn.engage.site.figures import currency, money
from kequn.errors import KequnError
from kequn.insight.catalogue import Tag


@dataclass(frozen=True)
class Line:
    """A condition in words, so many groups deep."""

    text: str
    depth: int


def lines(rule: str, tags: Tags) -> list[Line]:
    """The rule in words, one condition a line."""
    return list(_lines(_drawn(rule, tags), tags, 0))


def differences(before: str, after: str, tags: Tags) -> dict[str, list[str]]:
    """Conditions that were ``added`` and ``removed``; ``moved`` says that only their grouping differs."""
    old, new = (Counter(_conditions(_drawn(rule, tags), tags)) for rule in (before, after))
    added, removed = sorted((new - old).elements()), sorted((old - new).elements())
    moved = not added and not removed and not same(before, after)
    told = [say("条件相同，组合方式不同", "The same conditions, grouped differently")] if moved else []
    return {"added": added, "removed": removed, "moved": told}


def phrase(node: Condition | Text, tags: Tags) -> str:
    """One condition in words."""
    if isinstance(node, Text) or node.tag not in tags:
        return node.text if isinstance(node, Text) else node.tag
    tag = tags[node.tag]
    label = say(tag.zh, tag.en)
    if kind_of(tag) == "flag" and node.op in ("yes", "no"):
        return label if node.op == "yes" else say(f"非{label}", f"not {label}")
    operator = OPERATORS[node.op]
    values = [_value(value, kind_of(tag), tag) for value in node.values]
    joined = say(" 至 ", " to ").join(values) if node.op == "between" else say("、", ", ").join(values)
    return f"{label} {say(operator.zh, operator.en)} {joined}".rstrip()


def _drawn(rule: str, tags: Tags) -> Group:
    try:
        return drawn(rule, tags)
    except KequnError:
        return Group("and", (Text(rule),))


def _lines(group: Group, tags: Tags, depth: int) -> Iterator[Line]:
    for number, item in enumerate(group.items):
        word = "" if number == 0 else say("且 ", "and ") if group.join == "and" else say("或 ", "or ")
        if isinstance(item, Group):
            yield Line(word + _heading(item), depth)
            yield from _lines(item, tags, depth + 1)
        else:
            yield Line(word + phrase(item, tags), depth)


def _heading(group: Group) -> str:
    if group.negated:
        return say("以下不成立：", "not the following:")
    return say("以下全部满足：", "all of:") if group.join == "and" else say("以下任一满足：", "any of:")


def _conditions(node: Node, tags: Tags, negated: bool = False) -> Iterator[str]:
    if isinstance(node, Group):
        for item in node.items:
            yield from _conditions(item, tags, negated ^ node.negated)
    else:
        text = phrase(node, tags)
        yield say(f"不满足：{text}", f"not: {text}") if negated else text


def _value(value: str, kind: Kind, tag: Tag) -> str:
    if kind == "money":
        whole = value.replace(",", "")
        known = whole.replace(".", "", 1).lstrip("-").isdigit()
        return f"{money(round(Decimal(whole) * 100))} {currency()}" if known else value
    if kind == "share" or tag.unit == "percent":
        return f"{value}%"
    return say(*tag.values[value]) if value in tag.values else value
