"""``kequn catalogue``: all tags, segments and prospect rules, or one of them in full."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kequn.cli.screen import Json, Screen
from kequn.errors import KequnError

if TYPE_CHECKING:
    from kequn.insight.catalogue import Catalogue, Tag

DIMENSIONS = {
    "profile": "基本信息", "asset": "资产", "product": "产品", "income": "收入", "spending": "消费", "loan": "贷款",
    "card": "银行卡", "app": "掌银行为", "activity": "活跃", "merchant": "商户", "relation": "关系", "contact": "触达",
    "risk": "风险与授权", "outside": "行外", "lifecycle": "客户旅程", "tier": "层级", "segment": "客群",
}  # fmt: skip


def catalogue(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="标签、客群或规则名 | Name of a tag, segment or rule")] = None,
    dimension: Annotated[str | None, typer.Option(help="只看某一维度 | Only this dimension")] = None,
    as_json: Json = False,
) -> None:
    """Show what is defined: built in and in the workspace."""
    from kequn.insight.reading import definitions as read

    screen = Screen.of(context, as_json)
    known = read(screen.workspace())
    if name:
        _one(screen, known, name)
    else:
        _all(screen, known, dimension)


def _one(screen: Screen, definitions: Catalogue, name: str) -> None:
    kinds: dict[str, dict[str, Any]] = {
        "segment": dict(definitions.segments), "prospect": dict(definitions.prospects), "tag": definitions.tags,
    }  # fmt: skip
    for kind, things in kinds.items():
        if name in things:
            fields = {"kind": kind, **things[name].model_dump(mode="json")}
            if screen.json:
                screen.emit(fields)
            else:
                _show_fields(screen, name, fields)
            return
    known = [known for things in kinds.values() for known in things]
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {close[0]}?" if close else "See all: kequn catalogue."
    raise KequnError(f"There is no tag, segment or prospect rule {name}.", hint)


def _show_fields(screen: Screen, name: str, fields: dict[str, Any]) -> None:
    rows = [[field, _text(value)] for field, value in fields.items() if value not in (None, {}, [])]
    screen.table(name, [screen.say("属性", "field"), screen.say("内容", "value")], rows, left=2)


def _text(value: object) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{code}: {_text(labels)}" for code, labels in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _all(screen: Screen, definitions: Catalogue, dimension: str | None) -> None:
    tags = [tag for tag in definitions.tags.values() if dimension in (None, tag.dimension)]
    if not tags:
        raise KequnError(f"There is no dimension {dimension}.", f"There are: {', '.join(DIMENSIONS)}.")
    if screen.json:
        screen.emit(_whole(definitions, tags, dimension))
        return
    say = screen.say
    heads = [say("名称", "name"), say("标签", "label"), say("单位", "unit"), say("说明", "meaning")]
    for each, label in DIMENSIONS.items():
        rows = [
            [tag.name, say(tag.zh, tag.en), tag.unit, _meaning(screen, tag)] for tag in tags if tag.dimension == each
        ]
        if rows:
            screen.table(f"{say(label, each)}  {len(rows)}", heads, rows, left=4)
    if dimension is None and definitions.prospects:
        rows = [[rule.name, say(rule.zh, rule.en), rule.condition] for rule in definitions.prospects.values()]
        screen.table(say("潜客规则", "prospect rules"), [*heads[:2], say("条件", "condition")], rows, left=3)


def _whole(definitions: Catalogue, tags: list[Tag], dimension: str | None) -> dict[str, Any]:
    return {
        "tags": [tag.model_dump(mode="json") for tag in tags],
        "segments": [each.model_dump(mode="json") for each in definitions.segments.values()] if not dimension else [],
        "prospects": [each.model_dump(mode="json") for each in definitions.prospects.values()] if not dimension else [],
    }


def _meaning(screen: Screen, tag: Tag) -> str:
    return screen.say(tag.description_zh, tag.description_en)
