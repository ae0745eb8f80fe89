"""``kequn night`` and ``kequn nights``: run one night, and see the published ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kequn.amounts import plain
from kequn.cli.options import AsOf, a_day
from kequn.cli.screen import Json, Screen

if TYPE_CHECKING:
    from datetime import date

    from kequn.engine.build import Stage
    from kequn.night import NightReport


def night(
    context: typer.Context,
    as_of: AsOf = None,
    engine: Annotated[str | None, typer.Option("--engine", help="duckdb 或 spark | duckdb or spark")] = None,
    full: Annotated[bool, typer.Option("--full", help="全部重算 | Compute everything anew")] = False,
    as_json: Json = False,
) -> None:
    """Run the night of a business date and publish it."""
    screen = Screen.of(context, as_json)
    report = run_night(screen, a_day(as_of), engine, full)
    if screen.json:
        screen.emit(report.as_dict())
    else:
        show_stages(screen, report)


def run_night(screen: Screen, as_of: date | None, engine: str | None = None, full: bool = False) -> NightReport:
    """Run a night and show what it works on meanwhile."""
    from kequn.night import run

    with screen.working(screen.say("夜批开始", "The night begins")) as status:

        def finished(stage: Stage) -> None:
            status.update(f"{stage.name}  {stage.rows:,}")

        return run(screen.workspace(), as_of, engine, full, finished)


def show_stages(screen: Screen, report: NightReport) -> None:
    """Every stage with its rows and seconds, and what is published now."""
    say = screen.say
    rows = [
        [stage.name, say("沿用", "reused") if stage.reused else "", plain(stage.rows), f"{stage.seconds:.2f}"]
        for stage in report.stages
    ]
    heads = [say("步骤", "stage"), "", say("行数", "rows"), say("秒", "seconds")]
    screen.table(say(f"夜批 {report.as_of}", f"Night of {report.as_of}"), heads, rows, left=2)
    loaded = report.loaded
    for file in loaded.refused:
        screen.line(f"{file.source}/{file.table} {file.file}: {file.message}", "yellow")
    if loaded.files:
        screen.line(
            say(
                f"到达 {loaded.rows_in:,} 行：装载 {loaded.loaded:,}，隔离 {loaded.quarantined:,}，"
                f"重复 {loaded.duplicate:,}",
                f"{loaded.rows_in:,} rows landed: {loaded.loaded:,} loaded, {loaded.quarantined:,} quarantined,"
                f" {loaded.duplicate:,} duplicate",
            )
        )
    _show_decided(screen, report)
    customers, seconds = plain(report.tables.get("customer", 0)), f"{report.seconds:.1f}"
    screen.line(
        say(
            f"已发布 {report.as_of}：{customers} 位客户，{seconds} 秒（{report.engine}）",
            f"Published {report.as_of}: {customers} customers in {seconds} s ({report.engine})",
        ),
        "green",
    )


def _show_decided(screen: Screen, report: NightReport) -> None:
    """What was planned, or why nothing was; campaigns that take no part, so that their owners see why."""
    from kequn.cli.settle import show_refused, show_worth
    from kequn.decisions.overview import overview

    if "settlement" not in report.tables:
        return
    found = overview(screen.workspace(), report.as_of)
    show_refused(screen, found.campaigns)
    show_worth(screen, found)


def nights(context: typer.Context, as_json: Json = False) -> None:
    """List the published nights, oldest first."""
    from kequn.engine import publish

    screen = Screen.of(context, as_json)
    workspace = screen.workspace()
    found = publish.nights(workspace)
    newest = publish.current(workspace)
    rows = [
        {
            "as_of": each.as_of,
            "night": each.folder.name,
            "engine": each.manifest["engine"],
            "current": newest is not None and each.folder == newest.folder,
            "tables": {name: entry["rows"] for name, entry in each.manifest["tables"].items()},
        }
        for each in found
    ]
    if screen.json:
        screen.emit(rows)
        return
    say = screen.say
    if not rows:
        screen.line(say("还没有发布过夜批。运行：kequn night", "No night is published yet. Run: kequn night"))
        return
    heads = [say("业务日期", "as of"), say("目录", "folder"), say("引擎", "engine"), "", say("客户", "customers")]
    cells = [
        [
            str(row["as_of"]), str(row["night"]), str(row["engine"]), say("当前", "current") if row["current"] else "",
            plain(row["tables"].get("customer")),
        ]
        for row in rows
    ]  # fmt: skip
    screen.table(say("夜批", "Nights"), heads, cells, left=4)
