"""``kequn audience``: count or list the customers whom a rule over tags selects."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from kequn.amounts import percent, written
from kequn.cli.group import help_alone
from kequn.cli.options import AsOf, a_day
from kequn.cli.screen import Json, Limit, Screen

app = typer.Typer(invoke_without_command=True)
Rule = Annotated[
    str, typer.Argument(help="规则，例如 \"tier = 'gold' and payroll\" | Rule, e.g. \"tier = 'gold' and payroll\"")
]
COLUMNS = "tier,aum,aum_month_avg,lifecycle_stage"


@app.callback()
def audience(context: typer.Context) -> None:
    """Print the group\'s help unless one of its commands is called."""
    help_alone(context)


@app.command(help="有多少客户 | How many customers")
def count(context: typer.Context, rule: Rule, as_of: AsOf = None, as_json: Json = False) -> None:
    """Count the customers for whom a rule holds."""
    from kequn.insight import audience as audiences

    screen = Screen.of(context, as_json)
    found = audiences.count(screen.workspace(), rule, a_day(as_of))
    share = found.customers / found.of if found.of else None
    if screen.json:
        screen.emit({**asdict(found), "share": share})
        return
    screen.line(
        screen.say(
            f"{found.as_of}：{found.customers:,} 位客户，占全部 {found.of:,} 位的 {percent(share)}",
            f"{found.as_of}: {found.customers:,} customers, {percent(share)} of {found.of:,}",
        )
    )


@app.command("list", help="都是哪些客户 | Which customers")
def list_(
    context: typer.Context,
    *,
    rule: Rule,
    columns: Annotated[str, typer.Option(help="标签，用逗号分隔 | Tags, separated by commas")] = COLUMNS,
    limit: Limit = 20,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """List customers for whom a rule holds, by customer_id."""
    from kequn.insight import audience as audiences
    from kequn.insight.reading import definitions

    screen = Screen.of(context, as_json)
    wanted = [name.strip() for name in columns.split(",") if name.strip()]
    found = audiences.rows(screen.workspace(), rule, wanted, limit, a_day(as_of))
    if screen.json:
        screen.emit(asdict(found))
        return
    tags = definitions(screen.workspace()).tags
    heads = ["customer_id", *(screen.say(tags[name].zh, tags[name].en) for name in found.columns[1:])]
    rows = [
        [str(row["customer_id"])]
        + [written(row[name], tags[name].unit, screen.language, tags[name].values) for name in found.columns[1:]]
        for row in found.rows
    ]
    title = screen.say(f"目标客群 {found.as_of}（前 {len(rows)} 位）", f"Audience {found.as_of} (first {len(rows)})")
    screen.table(title, heads, rows)
