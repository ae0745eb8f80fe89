"""``kequn load``: files of source systems become standard tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from kequn.amounts import plain
from kequn.cli.options import a_day
from kequn.cli.progress import bars
from kequn.cli.screen import Json, Screen
from kequn.errors import KequnError

STATUS = {
    "loaded": ("已装载", "loaded"),
    "refused": ("拒收", "refused"),
    "duplicate": ("重复", "duplicate"),
    "late": ("迟到", "late"),
    "lookup": ("查找用", "lookup"),
    "unknown": ("未登记", "unknown"),
}


def load(
    context: typer.Context,
    source: Annotated[str | None, typer.Argument(help="来源系统 | Source system")] = None,
    path: Annotated[Path | None, typer.Argument(help="文件所在目录 | Folder with its files")] = None,
    date: Annotated[
        str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="交付日期 | Day of the delivery")
    ] = None,
    as_json: Json = False,
) -> None:
    """Load one folder of a source, or all deliveries that have landed."""
    from kequn.bank.load import load as load_folder
    from kequn.bank.load import load_landed

    screen = Screen.of(context, as_json)
    if source and path is None:
        raise KequnError(f"Which folder holds the files of {source}?", "Write: kequn load SOURCE PATH.")
    if path is not None and not path.is_dir():
        raise KequnError(f"There is no folder {path}.", "Give the folder that holds the source's files.")
    day = a_day(date)
    with bars(screen) as advance:
        if source and path:
            report = load_folder(screen.workspace(), source, path, day, advance)
        else:
            report = load_landed(screen.workspace(), day, advance)
    _show(screen, report.as_dict())


def _show(screen: Screen, report: dict[str, Any]) -> None:
    if screen.json:
        screen.emit(report)
    elif not report["files"]:
        screen.line(screen.say("没有新的到达文件。", "Nothing new has landed."))
    else:
        show_files(screen, report["files"])
        if any(file["quarantined"] for file in report["files"]):
            screen.line(screen.say("查看被隔离的行：kequn quarantine", "See the rows set aside: kequn quarantine"))
    if any(file["status"] == "refused" for file in report["files"]):
        raise typer.Exit(1)


def show_files(screen: Screen, files: list[dict[str, Any]]) -> None:
    """The account of each file: rows in = loaded + quarantined + duplicate."""
    say = screen.say
    heads = [
        say("来源", "source"), say("表", "table"), say("文件", "file"), say("结果", "status"), say("行数", "rows"),
        say("装载", "loaded"), say("隔离", "quarantined"), say("重复", "duplicate"), say("秒", "seconds"),
    ]  # fmt: skip
    rows = [
        [
            file["source"], file["table"], file["file"], say(*STATUS.get(file["status"], (file["status"],) * 2)),
            *(plain(file[name]) for name in ("rows_in", "loaded", "quarantined", "duplicate")),
            f"{file['seconds']:.1f}",
        ]
        for file in files
    ]  # fmt: skip
    screen.table(say("装载", "Loaded"), heads, rows, left=4)
    for file in files:
        if file["message"] and file["status"] != "lookup":
            screen.line(f"{file['source']}/{file['table']} {file['file']}: {file['message']}", "yellow")
