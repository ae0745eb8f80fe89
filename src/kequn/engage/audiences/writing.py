"""From the drawn form to the rule's text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kequn.engage.audiences.operands import kind_of, literal
from kequn.engage.audiences.operators import OF_KIND, OPERATORS
from kequn.engage.audiences.splitting import is_single, pieces
from kequn.engage.audiences.tree import Condition, Group, Node, Text, tidy
from kequn.engage.language import say
from kequn.errors import KequnError
from kequn.insight.catalogue import Tag

LINE = 100
Tags = Mapping[str, Tag]


def written(tree: Node, tags: Tags) -> str:
    """The rule that ``tree`` draws; empty where it has no condition. Raises KequnError of the first bad one.

    Every nested group stands in parentheses, so that what was drawn as a group is read as one.
    """
    root = tidy(tree)
    texts = [_item(item, tags, alone=len(root.items) == 1) for item in root.items]
    line = f" {root.join} ".join(texts)
    return line if len(line) <= LINE and "\n" not in line else f"\n{root.join} ".join(texts)


def faults(tree: Node, tags: Tags, path: str = "") -> Iterator[tuple[str, KequnError]]:
    """Where conditions cannot be written, with the path of indexes to each (``0.2``)."""
    if isinstance(tree, Group):
        for number, item in enumerate(tree.items):
            yield from faults(item, tags, f"{path}.{number}" if path else str(number))
        return
    try:
        leaf(tree, tags)
    except KequnError as error:
        yield path, error


def leaf(node: Condition | Text, tags: Tags) -> str:
    """One condition as text; raises KequnError for a value that is missing or wrong."""
    if isinstance(node, Text):
        return _piece(node)
    tag = tags.get(node.tag)
    if tag is None:
        raise KequnError(say(f"没有标签 {node.tag}。", f"There is no tag {node.tag}."))
    kind = kind_of(tag)
    if node.op not in OF_KIND[kind]:
        raise KequnError(say("请选择比较方式。", "Choose a comparison."))
    operator = OPERATORS[node.op]
    given = node.values if operator.many < 0 else node.values[: operator.many]
    if len(given) < abs(operator.many):
        raise KequnError(say("请填写数值。", "Fill in a value."))
    values = [literal(value, kind) for value in given]
    # Not str.format over the values: they may hold braces.
    text = operator.form.replace("{tag}", node.tag)
    for name, value in (("{all}", ", ".join(values)), *((f"{{{n}}}", each) for n, each in enumerate(values[:2]))):
        if name in operator.form:
            before, after = text.split(name, 1)
            text = before + value + after
    return text


def _piece(node: Text) -> str:
    if not node.text.strip():
        raise KequnError(say("请填写条件。", "Write a condition."))
    pieces(node.text)  # a piece closes what it opens, so that it cannot reach into its neighbours
    return node.text.strip() + ("\n" if "--" in node.text else "")


def _item(node: Node, tags: Tags, *, alone: bool) -> str:
    if not isinstance(node, Group):
        text = leaf(node, tags)
        return text if alone or not isinstance(node, Text) or is_single(text) else f"({text})"
    inner = f" {node.join} ".join(_item(item, tags, alone=len(node.items) == 1) for item in node.items)
    return f"not ({inner})" if node.negated else f"({inner})"
