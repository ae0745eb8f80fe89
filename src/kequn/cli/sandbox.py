"""``kequn sandbox create``: land the files of a made-up bank."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer

from kequn.amounts import percent
from kequn.cli.group import help_alone
from kequn.cli.options import a_day
from kequn.cli.progress import bars
from kequn.cli.screen import Json, Screen

app = typer.Typer(invoke_without_command=True)


@app.callback()
def sandbox(context: typer.Context) -> None:
    """Print the group\'s help unless one of its commands is called."""
    help_alone(context)


@app.command(help="造一家样板银行并落地其文件 | Make up a bank and land its files")
def create(
    context: typer.Context,
    *,
    customers: Annotated[int, typer.Option(min=1, help="客户数 | Customers")] = 50_000,
    months: Annotated[int, typer.Option(min=2, help="月数 | Months")] = 14,
    seed: Annotated[int, typer.Option(help="随机种子 | Seed: the same gives the same bank")] = 1,
    end: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="最后一天，须为月末 | Last day, a month's end")
    ] = None,
    as_json: Json = False,
) -> None:
    """Create a sandbox bank in the workspace's landing folder."""
    screen = Screen.of(context, as_json)
    made = make(screen, customers, months, seed, a_day(end))
    if screen.json:
        screen.emit(made)
    else:
        show_made(screen, made)
        screen.line(screen.say("下一步：kequn night", "Next: kequn night"))


def make(screen: Screen, customers: int, months: int, seed: int, end: date | None = None) -> dict[str, Any]:
    """Create the bank with a progress bar, and its campaigns; returns what was landed, and ``decided``: files."""
    from kequn.sandbox.create import create as create_bank
    from kequn.sandbox.decided import decide

    workspace = screen.workspace()
    with bars(screen) as advance:
        made = create_bank(workspace, customers, months, seed, end, advance).as_dict()
    return made | {"decided": [str(file.relative_to(workspace.home)) for file in decide(workspace, customers)]}


def show_made(screen: Screen, made: dict[str, Any]) -> None:
    """Size, period and skew of the bank."""
    rows, seconds = sum(made["rows"].values()), made["seconds"]
    share = percent(made["top_2_percent_share"])
    screen.line(
        screen.say(
            f"样板银行：{made['customers']:,} 位客户，{made['first']} 至 {made['end']}，{rows:,} 行，{seconds:.0f} 秒；"
            f"最富的 2% 客户持有 {share} 的金融资产。",
            f"The sandbox: {made['customers']:,} customers, {made['first']} to {made['end']}, {rows:,} rows in"
            f" {seconds:.0f} s; the richest 2% hold {share} of AUM.",
        ),
        "green",
    )
    if made["decided"]:
        names = ", ".join(made["decided"])
        screen.line(screen.say(f"已写入 {names}", f"Written: {names}"), "dim")
