"""``kequn lineage``: from which source tables and columns a tag is computed."""

from __future__ import annotations

from typing import Annotated

import typer

from kequn.cli.screen import Json, Screen


def lineage(
    context: typer.Context,
    tag: Annotated[str, typer.Argument(help="标签或客群 | Tag or segment")],
    as_json: Json = False,
) -> None:
    """Show the source columns of a tag."""
    from kequn.bank.contract import contracts
    from kequn.insight.origins import origins

    screen = Screen.of(context, as_json)
    found = sorted(origins(screen.workspace(), tag))
    if screen.json:
        screen.emit({"tag": tag, "columns": [{"table": table, "column": column} for table, column in found]})
        return
    labels = {
        (table, column.stored_name): screen.say(column.zh, column.en)
        for table, contract in contracts().items()
        for column in contract.columns
    }
    heads = [screen.say("表", "table"), screen.say("字段", "column"), screen.say("名称", "label")]
    rows = [[table, column, labels.get((table, column), "")] for table, column in found]
    screen.table(screen.say(f"{tag} 的来源", f"Where {tag} comes from"), heads, rows, left=3)
