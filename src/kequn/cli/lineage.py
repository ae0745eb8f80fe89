"""``kequn lineage``: from which source tables and columns a tag is computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated

import typer

from kequn.cli.screen import Json, Screen

ANY_DAY = date(2000, 1, 1)  # a definition reads the same columns on every day


def lineage(
    context: typer.Context,
    tag: Annotated[str, typer.Argument(help="标签或客群 | Tag or segment")],
    as_json: Json = False,
) -> None:
    """Show the source columns of a tag."""
    from kequn.engine.macros import Parameters
    from kequn.insight.origins import origins
    from kequn.insight.reading import definitions

    screen = Screen.of(context, as_json)
    workspace = screen.workspace()
    found = origins(definitions(workspace), Parameters(ANY_DAY, workspace.settings), tag)
    if screen.json:
        screen.emit({"tag": tag, "values": _pairs(found.values), "conditions": _pairs(found.conditions)})
        return
    screen.table(
        screen.say(f"{tag} 的来源", f"Where {tag} comes from"),
        [
            screen.say("表", "table"),
            screen.say("字段", "column"),
            screen.say("名称", "label"),
            screen.say("用途", "use"),
        ],
        [
            *_rows(screen, found.values, screen.say("取值", "value")),
            *_rows(screen, found.conditions - found.values, screen.say("条件", "condition")),
        ],
        left=4,
    )


def _rows(screen: Screen, pairs: Iterable[tuple[str, str]], use: str) -> Iterator[list[str]]:
    from kequn.bank.contract import column_words

    words = column_words()
    for table, column in sorted(pairs):
        yield [table, column, screen.say(*words.get((table, column), ("", ""))), use]


def _pairs(found: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"table": table, "column": column} for table, column in sorted(found)]
