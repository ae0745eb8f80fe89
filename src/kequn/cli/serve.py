"""``kequn serve``: the console's web server and scheduler."""

from __future__ import annotations

import socket
from typing import Annotated

import typer

from kequn.cli.screen import Json, Screen
from kequn.errors import KequnError


def serve(
    context: typer.Context,
    *,
    host: Annotated[str, typer.Option(help="监听地址 | Address to listen on")] = "",
    port: Annotated[int, typer.Option(min=0, max=65535, help="端口 | Port")] = 0,
    as_json: Json = False,
) -> None:
    """Bring the database up to date, then serve until stopped."""
    from kequn.engage import serving

    screen = Screen.of(context, as_json)
    with screen.working(screen.say("准备工作台", "Preparing the console")):
        serving.prepare(screen.workspace())
        serving.directory()
    start(screen, host, port)


def start(screen: Screen, host: str, port: int) -> None:
    """Serve a console that is prepared; raises KequnError where the port is taken."""
    from kequn.engage import serving

    workspace = screen.workspace()
    host = host or workspace.settings.text("console.host")
    port = port or workspace.settings.integer("console.port")
    _free(host, port)
    address = f"http://{host}:{port}"
    if screen.json:
        screen.emit({"address": address})
    else:
        screen.line(screen.say(f"工作台：{address}（Ctrl-C 停止）", f"Console: {address} (Ctrl-C stops it)"), "bold")
    serving.run(workspace, host, port)


def _free(host: str, port: int) -> None:
    """A server that cannot listen would say so in the midst of its start."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise KequnError(
                f"Cannot listen on {host}:{port}: {error.strerror}.", "Choose another: kequn serve --port 8001."
            ) from None
