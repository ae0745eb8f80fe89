"""``kequn campaign``: the campaigns of a night, checks of their files, and what became of an audience."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from kequn.amounts import percent, plain
from kequn.cli.group import help_alone
from kequn.cli.options import AsOf, a_day
from kequn.cli.screen import Json, Screen

app = typer.Typer(invoke_without_command=True)
BAR = 40
# Steps that say how many are left; the others say how many went.
LEFT = ("audience", "eligible", "planned")


@app.callback()
def campaign(context: typer.Context) -> None:
    """Print the group's help unless one of its commands is called."""
    help_alone(context)


@app.command("list", help="一夜的活动：状态、起止、客群与计划 | Campaigns of a night: status, window, sizes")
def listed(context: typer.Context, as_of: AsOf = None, as_json: Json = False) -> None:
    """List campaigns, also those that no night has seen yet."""
    from kequn.cli.settle import show_campaigns
    from kequn.decisions.overview import campaign_list

    screen = Screen.of(context, as_json)
    rows = campaign_list(screen.workspace(), a_day(as_of))
    if screen.json:
        screen.emit(rows)
    elif rows:
        show_campaigns(screen, rows)
    else:
        screen.line(
            screen.say(
                "还没有活动。在工作目录的 campaigns/ 放一个文件（写法见 docs/campaigns.md）。",
                "There are no campaigns yet. Put a file into campaigns/ of the workspace (see docs/campaigns.md).",
            )
        )


@app.command(help="检查活动文件：每个问题都指明文件、行和改法 | Check campaign files: every problem with file and line")
def check(
    context: typer.Context,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="活动文件，默认全部 | Files, default all")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check campaign files; exit code 1 where a campaign would take no part."""
    from kequn.decisions.check import check as checked

    screen = Screen.of(context, as_json)
    found = checked(screen.workspace(), files or None)
    if screen.json:
        screen.emit(asdict(found))
    else:
        for problem in found.problems:
            place = f"{problem.file}:{problem.line}" if problem.line else problem.file
            screen.line(f"{place}  {problem.message} {problem.hint}".rstrip(), "red" if problem.stops else "yellow")
        count, bad = len(found.files), sum(problem.stops for problem in found.problems)
        screen.line(
            screen.say(f"检查了 {count} 个文件：{bad} 个问题", f"Files checked: {count}, problems: {bad}"),
            "red" if bad else "green",
        )
        if found.as_of is None:
            screen.line(
                screen.say(
                    "还没有发布过夜批：产品、标签和客群人数未检查。",
                    "No night is published yet: products, tags and sizes of audiences were not checked.",
                ),
                "dim",
            )
    if found.faulty:
        raise typer.Exit(1)


@app.command(help="一个活动从目标客群到计划的漏斗 | From a campaign's audience to its plan, step by step")
def funnel(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="活动名 | Campaign")],
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show the steps of a campaign's funnel."""
    from kequn.decisions.overview import funnel as steps

    screen = Screen.of(context, as_json)
    rows = steps(screen.workspace(), name, a_day(as_of))
    if screen.json:
        screen.emit(rows)
    else:
        show_funnel(screen, name, rows)


def show_funnel(screen: Screen, name: str, rows: list[dict[str, Any]]) -> None:
    """Steps with counts, shares of the audience, and bars."""
    say = screen.say
    heads = [say("步骤", "step"), "", say("客户", "customers"), say("占目标客群", "of the audience")]
    cells = [
        [say(row["zh"], row["en"]) if row["code"] in LEFT else f"  − {say(row['zh'], row['en'])}",
         "█" * round(BAR * (row["share"] or 0)), plain(row["customers"]), percent(row["share"])]
        for row in rows
    ]  # fmt: skip
    screen.table(say(f"漏斗 {name}", f"Funnel of {name}"), heads, cells, left=2)


def show_all_funnels(screen: Screen, rows: list[dict[str, Any]]) -> None:
    """One line a campaign: audience, eligible, planned, each with its share of the audience."""
    say = screen.say
    heads = [say("活动", "campaign"), say("名称", "label"), "", say("目标客群", "audience"),
             say("可触达", "eligible"), "", say("列入计划", "planned"), ""]  # fmt: skip
    cells = []
    for row in rows:
        whole = row["audience"] or 0
        shares = [(row[step] or 0) / whole if whole else 0.0 for step in ("eligible", "planned")]
        eligible, planned = (round(share * BAR / 2) for share in shares)
        cells.append([
            row["campaign"], say(row["zh"] or "", row["en"] or ""), "█" * planned + "░" * (eligible - planned),
            plain(row["audience"]), plain(row["eligible"]), percent(shares[0]), plain(row["planned"]),
            percent(shares[1]),
        ])  # fmt: skip
    title = say("活动漏斗（█ 计划，░ 可触达未入选）", "Funnels (█ planned, ░ eligible and not chosen)")
    screen.table(title, heads, cells, left=3)
