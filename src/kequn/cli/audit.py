"""``kequn audit``: is the console's audit chain whole?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kequn.cli.group import help_alone
from kequn.cli.screen import Json, Screen

if TYPE_CHECKING:
    from kequn.engage.audit.verify import Report

app = typer.Typer(invoke_without_command=True, callback=help_alone)
NOT_WHOLE = 1


@app.command(
    help="校验审计链：改、删、截断、重建都会发现 | Verify the chain: edits, deletions, a cut tail, a rebuilt chain"
)
def verify(
    context: typer.Context,
    heads: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="另行保管的头文件副本 | A copy of the heads kept elsewhere"),
    ] = None,
    as_json: Json = False,
) -> int:
    """Say what is wrong with which entry; exit code 1 when something is."""
    from kequn.engage.serving import django

    screen = Screen.of(context, as_json)
    django(screen.workspace())
    report = _verified(screen, heads)
    if screen.json:
        screen.emit(report.data)
    else:
        _show(screen, report)
    return 0 if report.whole else NOT_WHOLE


def _verified(screen: Screen, heads: Path | None) -> Report:
    from django.db import DatabaseError

    from kequn.engage.audit.verify import verify as verified
    from kequn.errors import KequnError

    try:
        with screen.working(screen.say("校验审计链", "Verifying the audit chain")):
            return verified(heads)
    except DatabaseError as error:
        hint = "Start the console once (kequn serve), and check KEQUN_DATABASE_URL."
        raise KequnError(f"The console's database cannot be read ({type(error).__name__}).", hint) from None


def _show(screen: Screen, report: Report) -> None:
    for finding in report.findings:
        screen.line(screen.say(*finding.words), "red")
    if report.more:
        screen.line(screen.say(f"另有 {report.more} 处未列出。", f"{report.more} more are not listed."), "red")
    counted = screen.say(
        f"共 {report.entries} 条记录，头文件 {report.heads} 行。", f"{report.entries} entries, {report.heads} heads. "
    )
    if report.whole:
        screen.line(counted + screen.say("审计链完整。", "The chain is whole."), "green")
    else:
        screen.line(counted + screen.say("审计链不完整。", "The chain is not whole."), "bold red")
