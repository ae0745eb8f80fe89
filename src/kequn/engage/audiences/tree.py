"""The drawn form of a rule: conditions on tags, pieces of text, and groups of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from kequn.engage.language import say
from kequn.errors import KequnError

Join = Literal["and", "or"]
DEPTH_MOST = 20
NODES_MOST = 1_000


@dataclass(frozen=True)
class Condition:
    """A tag compared with values, which are written as a person types them (see ``operands``)."""

    tag: str
    op: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Text:
    """A piece of the rule that the drawn form has no fields for, as it was written."""

    text: str


@dataclass(frozen=True)
class Group:
    """Items of which all (``and``) or any (``or``) hold; ``negated``: it is not so."""

    join: Join
    items: tuple[Node, ...]
    negated: bool = False


Node: TypeAlias = Condition | Text | Group


def tidy(node: Node) -> Group:
    """The same tree in the one form that text gives back: no empty groups, no group of one but a negated one.

    The root is a group that is not negated.
    """
    found = _tidy(node)
    if isinstance(found, Group) and not found.negated:
        return found
    return Group("and", (found,) if found else ())


def _tidy(node: Node) -> Node | None:
    if not isinstance(node, Group):
        return node
    items = tuple(item for item in map(_tidy, node.items) if item)
    if not items:
        return None
    if len(items) > 1:
        return Group(node.join, items, node.negated)
    only = items[0]
    if not node.negated:
        return only
    if isinstance(only, Group) and not only.negated:
        return Group(only.join, only.items, negated=True)
    return _opposite(only) or Group("and", (only,), negated=True)


OPPOSITES = {"yes": "no", "in": "not_in", "unknown": "known"}


def _opposite(node: Node) -> Node | None:
    """What ``not`` before a condition makes of it, where that is a condition itself."""
    if isinstance(node, Condition) and node.op in OPPOSITES:
        return Condition(node.tag, OPPOSITES[node.op], node.values)
    return None


def as_json(node: Node) -> dict[str, Any]:
    """The node as the page's script holds it."""
    if isinstance(node, Condition):
        return {"tag": node.tag, "op": node.op, "values": list(node.values)}
    if isinstance(node, Text):
        return {"text": node.text}
    return {"join": node.join, "not": node.negated, "items": [as_json(item) for item in node.items]}


def from_json(given: Any, depth: int = 0) -> Node:
    """The node that ``as_json`` gives; raises KequnError for anything else, or for too much of it."""
    if not isinstance(given, dict) or depth > DEPTH_MOST:
        raise KequnError(say("条件的格式不正确或嵌套过深。", "The conditions are malformed or nested too deeply."))
    if isinstance(given.get("items"), list):
        return _group(given, depth)
    if isinstance(given.get("text"), str):
        return Text(given["text"])
    tag, op, values = given.get("tag"), given.get("op"), given.get("values", [])
    if not isinstance(tag, str) or not isinstance(op, str) or not isinstance(values, list):
        raise KequnError(say("条件的格式不正确。", "A condition is malformed."))
    return Condition(tag, op, tuple(str(value) for value in values))


def _group(given: dict[str, Any], depth: int) -> Group:
    if len(given["items"]) > NODES_MOST or given.get("join") not in ("and", "or"):
        raise KequnError(say("一组条件过多或格式不正确。", "A group is malformed or holds too many conditions."))
    items = tuple(from_json(item, depth + 1) for item in given["items"])
    return Group(given["join"], items, bool(given.get("not")))
