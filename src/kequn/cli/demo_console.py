"""The demo's console: settings for one machine, one login for each role, and the server where somebody watches."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from kequn.cli.screen import Screen

if TYPE_CHECKING:
    from kequn.workspace import Workspace

FILE = "kequn.toml"
# Plain HTTP on this machine, and no second factor: for made-up customers only.
SETTINGS = "[console]\nhttps = false\nsecond_factor = false\n"
NO_SERVE = "KEQUN_NO_SERVE"


def settings(workspace: Workspace) -> list[str]:
    """Write the settings of a console to try out, unless the workspace has its own; returns the files written."""
    file = workspace.home / FILE
    if file.exists():
        return []
    file.write_text(SETTINGS, "utf-8")
    return [FILE]


def logins(screen: Screen) -> list[dict[str, Any]]:
    """Prepare the console and give one member of staff of each role a new random password."""
    from kequn.engage import serving

    with screen.working(screen.say("准备工作台", "Preparing the console")):
        serving.prepare(screen.workspace())
        serving.directory()
        from kequn.engage.orgs.access import new_password, one_of_each_role

        return [
            {"login": staff.username, "password": new_password(staff), "role": staff.role,
             "org": {"zh": staff.org.name_zh, "en": staff.org.name_en} if staff.org else None}
            for staff in one_of_each_role()
        ]  # fmt: skip


def show_logins(screen: Screen, rows: list[dict[str, Any]]) -> None:
    """Print the logins, this once."""
    from kequn.engage.orgs.roles import LABELS, Role

    say = screen.say
    heads = [say("岗位", "role"), say("工号", "login"), say("密码", "password"), say("机构", "org")]
    cells = [
        [say(*LABELS[Role(row["role"])]), row["login"], row["password"],
         say(row["org"]["zh"], row["org"]["en"] or row["org"]["zh"])]
        for row in rows
    ]  # fmt: skip
    screen.table(say("工作台登录（只显示这一次）", "Logins of the console (shown only now)"), heads, cells, left=4)


def serve_if_watched(screen: Screen) -> None:
    """Serve until stopped on a terminal; elsewhere, or with KEQUN_NO_SERVE=1, say how."""
    from kequn.cli.serve import start

    if sys.stdout.isatty() and os.environ.get(NO_SERVE) != "1":
        start(screen, "", 0)
        return
    home = screen.workspace().home
    screen.line(
        screen.say(f"启动工作台：kequn --home {home} serve", f"Start the console: kequn --home {home} serve"), "green"
    )
