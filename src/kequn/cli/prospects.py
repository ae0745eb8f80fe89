"""``kequn prospects``: who may become a VIP or private-banking customer, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kequn.amounts import yuan
from kequn.cli.options import AsOf, a_day
from kequn.cli.screen import Json, Limit, Screen

if TYPE_CHECKING:
    from kequn.insight.catalogue import Prospect


def prospects(
    context: typer.Context,
    *,
    rule: Annotated[str | None, typer.Argument(help="只看某条规则 | Only this rule")] = None,
    branch: Annotated[str | None, typer.Option(help="只看某支行 | Only this branch")] = None,
    rm: Annotated[str | None, typer.Option("--rm", help="只看某客户经理 | Only this relationship manager")] = None,
    limit: Limit = 20,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show prospect lists, the largest estimates first."""
    from kequn.insight import lists
    from kequn.insight.reading import definitions

    screen = Screen.of(context, as_json)
    workspace = screen.workspace()
    rules = definitions(workspace).prospects
    found = lists.prospects(workspace, rule=rule, branch=branch, rm=rm, limit=limit, as_of=a_day(as_of))
    if screen.json:
        screen.emit({"as_of": found.as_of, "sizes": found.sizes, "rows": found.rows})
        return
    show_sizes(screen, found.sizes, rules)
    show_rows(screen, found.rows, rules)


def show_sizes(screen: Screen, sizes: list[dict[str, Any]], rules: Mapping[str, Prospect]) -> None:
    """How many customers each rule found, and the money behind them."""
    say = screen.say
    heads = [say("规则", "rule"), say("名称", "label"), say("客户", "customers"), screen.money("估计金额", "estimate")]
    rows = [
        [
            row["rule"],
            _label(screen, rules, row["rule"]),
            f"{row['customers']:,}",
            yuan(row["estimate_fen"], screen.language),
        ]
        for row in sizes
    ]
    screen.table(say("潜力客户", "Prospects"), heads, rows, left=2)


def show_rows(screen: Screen, rows: list[dict[str, Any]], rules: Mapping[str, Prospect]) -> None:
    """The customers, each with the evidence in words."""
    say = screen.say
    if not rows:
        screen.line(say("名单为空。", "The list is empty."))
        return
    heads = [
        "customer_id", say("规则", "rule"), say("支行", "branch"), say("客户经理", "RM"), say("依据", "evidence"),
        screen.money("估计金额", "estimate"), say("把握", "confidence"),
    ]  # fmt: skip
    cells = [
        [
            str(row["customer_id"]), _label(screen, rules, row["rule"]), row["branch_id"] or "", row["staff_id"] or "",
            say(row["evidence_zh"], row["evidence_en"]), yuan(row["estimate_fen"], screen.language),
            f"{row['confidence_percent']}%",
        ]
        for row in rows
    ]  # fmt: skip
    screen.table(say("名单", "List"), heads, cells, left=5)


def _label(screen: Screen, rules: Mapping[str, Prospect], name: str) -> str:
    return screen.say(rules[name].zh, rules[name].en) if name in rules else name
