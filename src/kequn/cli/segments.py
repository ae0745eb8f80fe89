"""``kequn segments``: sizes, cross-coverage and white lists of the segments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from kequn.amounts import percent, yuan
from kequn.cli.group import alone
from kequn.cli.options import AsOf, a_day
from kequn.cli.screen import Json, Limit, Screen

app = typer.Typer(invoke_without_command=True)
Label = Callable[[str], str]


@app.callback()
def segments(context: typer.Context, as_of: AsOf = None, as_json: Json = False) -> None:
    """Show every segment with members and AUM, unless a command of the group is called."""
    if not alone(context):
        return
    from kequn.insight import lists

    screen = Screen.of(context, as_json)
    found = lists.segments(screen.workspace(), a_day(as_of))
    if screen.json:
        screen.emit(found)
        return
    say, label = screen.say, labels(screen)
    heads = [
        say("客群", "segment"), say("名称", "label"), say("客户", "members"), say("客户占比", "share"),
        screen.money("金融资产", "AUM"), say("资产占比", "AUM share"),
    ]  # fmt: skip
    rows = [
        [
            row["segment"], label(row["segment"]), f"{row['members']:,}", percent(row["customer_share"]),
            yuan(row["aum_fen"], screen.language), percent(row["aum_share"]),
        ]
        for row in found
    ]  # fmt: skip
    screen.table(say("客群", "Segments"), heads, rows, left=2)


@app.command(help="交叉覆盖矩阵：占比与提升度 | Cross-coverage: shares, and lift over all customers")
def matrix(context: typer.Context, as_of: AsOf = None, as_json: Json = False) -> None:
    """Show the cross-coverage matrix."""
    from kequn.insight import lists

    screen = Screen.of(context, as_json)
    found = lists.matrix(screen.workspace(), a_day(as_of))
    if screen.json:
        screen.emit(found)
    else:
        show_matrix(screen, found)


def show_matrix(screen: Screen, cells: list[dict[str, Any]]) -> None:
    """One row a segment, one column a segment or product: share and lift."""
    label = labels(screen)
    rows = list(dict.fromkeys(cell["segment"] for cell in cells))
    targets = [*rows, *dict.fromkeys(cell["target"] for cell in cells if cell["target"] not in rows)]
    table: dict[str, dict[str, str]] = {}
    for cell in cells:
        lift = "" if cell["lift"] is None else f"\n×{cell['lift']:.2f}"
        table.setdefault(cell["segment"], {})[cell["target"]] = percent(cell["share"]) + lift
    title = screen.say("客群交叉覆盖（占比，×提升度）", "Cross-coverage (share, x lift over all customers)")
    lines = [[label(name), *(table[name].get(target, "") for target in targets)] for name in rows]
    screen.table(title, ["", *(label(target) for target in targets)], lines)


@app.command("white-list", help="甲客群中尚无乙者，按可能性排序 | Who of A lacks B, the likeliest first")
def white_list(
    context: typer.Context,
    *,
    segment: Annotated[str, typer.Argument(help="客群 | Segment")],
    target: Annotated[str, typer.Argument(help="客群或产品标签 | Segment or product flag")],
    limit: Limit = 20,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show the white list of one segment for one target."""
    from kequn.insight import lists

    screen = Screen.of(context, as_json)
    found = lists.white_list(screen.workspace(), segment, target, limit, a_day(as_of))
    if screen.json:
        screen.emit(found)
        return
    say = screen.say
    heads = [
        say("名次", "place"), "customer_id", say("支行", "branch"), say("客户经理", "RM"),
        say("同类持有率", "share of like"),        say("同类人数", "like customers"), screen.money("金融资产", "AUM"),
    ]  # fmt: skip
    rows = [
        [
            f"{row['place']}", str(row["customer_id"]), row["branch_id"] or "", row["staff_id"] or "",
            percent(row["likelihood"]), f"{row['cell_members']:,}", yuan(row["aum_fen"], screen.language),
        ]
        for row in found
    ]  # fmt: skip
    screen.table(f"{labels(screen)(segment)} → {labels(screen)(target)}", heads, rows, left=4)


def labels(screen: Screen) -> Label:
    """A function that gives the label of a segment or tag."""
    from kequn.insight.reading import definitions

    tags = definitions(screen.workspace()).tags
    return lambda name: screen.say(tags[name].zh, tags[name].en) if name in tags else name
