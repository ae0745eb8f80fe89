"""``kequn tiers``: the ladder today, and who moved between two months."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from kequn.amounts import percent, yuan
from kequn.cli.group import alone
from kequn.cli.options import AsOf, a_day, a_month
from kequn.cli.screen import Json, Limit, Screen

app = typer.Typer(invoke_without_command=True)


@app.callback()
def tiers(context: typer.Context, as_of: AsOf = None, as_json: Json = False) -> None:
    """Show customers and AUM of each tier, unless a command of the group is called."""
    if not alone(context):
        return
    from kequn.insight import lists

    screen = Screen.of(context, as_json)
    found = lists.ladder(screen.workspace(), a_day(as_of))
    if screen.json:
        screen.emit({"as_of": found.as_of, "tiers": found.rows})
    else:
        show_ladder(screen, found.rows, str(found.as_of))


def show_ladder(screen: Screen, rows: list[dict[str, Any]], as_of: str) -> None:
    """One row a tier, the highest first."""
    say, name = screen.say, tier_names(screen)
    heads = [
        say("层级", "tier"), screen.money("月日均起", "from"), say("客户", "customers"), say("客户占比", "share"),
        screen.money("金融资产", "AUM"), say("资产占比", "AUM share"), say("临界", "near the next"),
    ]  # fmt: skip
    cells = [
        [
            name[row["tier"]], yuan(row["from_fen"], screen.language), f"{row['customers']:,}",
            percent(row["customer_share"]), yuan(row["aum_fen"], screen.language), percent(row["aum_share"]),
            f"{row['near']:,}",
        ]
        for row in rows
    ]  # fmt: skip
    screen.table(say(f"客户分层 {as_of}", f"Tiers {as_of}"), heads, cells)


@app.command(help="两个月之间的升降矩阵 | Transition matrix between two months")
def moves(
    context: typer.Context,
    *,
    from_month: Annotated[str, typer.Argument(metavar="FROM", help="起始月 YYYY-MM | From month YYYY-MM")],
    to_month: Annotated[str, typer.Argument(metavar="TO", help="终止月 YYYY-MM | To month YYYY-MM")],
    who: Annotated[
        str | None, typer.Option("--who", metavar="up|down", help="列出升(up)或降(down)的客户 | List who rose or fell")
    ] = None,
    limit: Limit = 20,
    as_json: Json = False,
) -> None:
    """Show how customers moved between the tiers of two months' ends."""
    from kequn.insight import lists

    screen = Screen.of(context, as_json)
    workspace, months = screen.workspace(), (a_month(from_month), a_month(to_month))
    found = lists.moves(workspace, *months)
    people = lists.movers(workspace, *months, who, limit) if who else None
    if screen.json:
        listed = {} if people is None else {"customers": people}
        screen.emit({"from": from_month, "to": to_month, "moves": found, **listed})
        return
    show_moves(screen, found, from_month, to_month)
    if people is not None:
        _show_people(screen, people)


def show_moves(screen: Screen, rows: list[dict[str, Any]], before: str, after: str) -> None:
    """A square: the earlier month's tiers down, the later month's across."""
    name = tier_names(screen)
    counts = {(row["tier_from"], row["tier_to"]): row["customers"] for row in rows}
    cells = [[name[old], *(f"{counts.get((old, new), 0):,}" for new in name)] for old in name]
    title = screen.say(f"层级升降 {before}（行） → {after}（列）", f"Tier moves {before} (down) to {after} (across)")
    screen.table(title, ["", *name.values()], cells)


def _show_people(screen: Screen, people: list[dict[str, Any]]) -> None:
    say, name = screen.say, tier_names(screen)
    heads = [
        "customer_id", say("原层级", "from"), say("现层级", "to"), say("支行", "branch"), say("客户经理", "RM"),
        screen.money("原月日均", "average then"), screen.money("现月日均", "average now"),
    ]  # fmt: skip
    cells = [
        [
            str(row["customer_id"]), name[row["tier_from"]], name[row["tier_to"]], row["branch_id"] or "",
            row["staff_id"] or "", yuan(row["month_avg_from_fen"], screen.language),
            yuan(row["month_avg_to_fen"], screen.language),
        ]
        for row in people
    ]  # fmt: skip
    screen.table(say("客户", "Customers"), heads, cells, left=5)


def tier_names(screen: Screen) -> dict[str, str]:
    """Labels of the tiers, the highest first."""
    from kequn.insight.reading import definitions

    values = definitions(screen.workspace()).tags["tier"].values
    return {code: screen.say(*values[code]) for code in reversed(values)}
