"""``kequn customers``: the vault of clear values behind the console."""

from __future__ import annotations

from typing import Annotated

import typer

from kequn.cli.group import help_alone
from kequn.cli.screen import Json, Screen
from kequn.errors import KequnError

app = typer.Typer(invoke_without_command=True, callback=help_alone)


@app.command("load", help="把最新夜批的客户装入工作台 | Bring the newest night's customers into the console")
def load(context: typer.Context, as_json: Json = False) -> None:
    """Load the vault and the assignments of the newest night."""
    from kequn.engage.serving import prepare

    screen = Screen.of(context, as_json)
    workspace = screen.workspace()
    prepare(workspace)
    from kequn.engage.customers.load import load as loaded
    from kequn.engage.site.night import newest

    night = newest(workspace)
    if night is None:
        raise KequnError("No night is published yet.", "Run: kequn night")
    with screen.working(screen.say("装载客户", "Loading customers")):
        found = loaded(night)
    if screen.json:
        screen.emit({"customers": found.customers, "changed": found.vault.changed, "gone": found.vault.gone,
                     "seconds": found.seconds})  # fmt: skip
        return
    screen.line(
        screen.say(
            f"{found.customers:,} 位客户，更新 {found.vault.changed:,}，移除 {found.vault.gone:,}，"
            f"{found.seconds:.1f} 秒",
            f"{found.customers:,} customers, {found.vault.changed:,} changed, {found.vault.gone:,} removed,"
            f" {found.seconds:.1f} s",
        )
    )


@app.command("rotate", help="用当前密钥重新加密客户字段 | Seal clear values anew with the current key")
def rotate(
    context: typer.Context,
    fresh: Annotated[bool, typer.Option("--new-key", help="先生成一把新密钥 | Make a new key first")] = False,
    as_json: Json = False,
) -> None:
    """Re-seal what is sealed with an older key or another algorithm."""
    from kequn.engage.serving import prepare

    screen = Screen.of(context, as_json)
    workspace = screen.workspace()
    prepare(workspace)
    from kequn.engage.customers.cipher import fresh_key, ring
    from kequn.engage.customers.rotate import rotate as rotated

    if fresh:
        fresh_key(workspace)
    with screen.working(screen.say("重新加密", "Sealing anew")):
        done = rotated()
    name = ring(workspace).current
    if screen.json:
        screen.emit({"resealed": done, "key": name})
        return
    screen.line(
        screen.say(f"{done:,} 位客户已用密钥 {name} 重新加密。", f"{done:,} customers are sealed anew with key {name}.")
    )
