"""``kequn quarantine``: rows that were not loaded, each with its reason and position."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from kequn.amounts import plain
from kequn.cli.options import a_day
from kequn.cli.screen import Json, Limit, Screen


def quarantine(
    context: typer.Context,
    *,
    source: Annotated[str | None, typer.Option(help="来源系统 | Source system")] = None,
    table: Annotated[str | None, typer.Option(help="标准表 | Standard table")] = None,
    date: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="交付日期 | Day of the delivery")] = None,
    reason: Annotated[str | None, typer.Option(help="原因 | Reason")] = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List quarantined rows, C2 values masked."""
    from kequn.bank import quarantine as shelf

    screen = Screen.of(context, as_json)
    found = [
        asdict(row)
        for row in shelf.list(
            screen.workspace(), source=source, table=table, day=a_day(date), reason=reason, limit=limit
        )
    ]
    if screen.json:
        screen.emit(found)
        return
    say = screen.say
    if not found:
        screen.line(say("没有被隔离的行。", "No row is in quarantine."))
        return
    heads = [
        say("来源", "source"), say("表", "table"), say("交付", "day"), say("文件", "file"), say("行", "row"),
        say("原因", "reason"), say("字段", "column"), say("原值", "value"), say("最接近", "nearest"),
    ]  # fmt: skip
    names = ("source", "table", "day", "file", "row", "reason", "column", "value", "nearest")
    screen.table(say("隔离区", "Quarantine"), heads, [[plain(row[name]) for name in names] for row in found], left=9)
