"""``kequn serve``: the console's web server and scheduler."""

from __future__ import annotations

from typing import Annotated

import typer

from kequn.cli.screen import Screen


def serve(
    context: typer.Context,
    *,
    host: Annotated[str, typer.Option(help="监听地址 | Address to listen on")] = "",
    port: Annotated[int, typer.Option(min=0, max=65535, help="端口 | Port")] = 0,
) -> None:
    """Bring the database up to date, then serve until stopped."""
    from kequn.engage.serving import prepare, run

    screen = Screen.of(context, False)
    workspace = screen.workspace()
    with screen.working(screen.say("准备数据库", "Preparing the database")):
        prepare(workspace)
    where = (host or workspace.settings.text("console.host"), port or workspace.settings.integer("console.port"))
    screen.line(screen.say(f"工作台：http://{where[0]}:{where[1]}", f"Console: http://{where[0]}:{where[1]}"), "bold")
    run(workspace, *where)
