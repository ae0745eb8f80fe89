"""``kequn reconciliation``: accounts whose balances and postings disagree; the balance wins."""

from __future__ import annotations

from typing import Any

import typer

from kequn.amounts import plain, yuan
from kequn.cli.options import AsOf, a_day
from kequn.cli.screen import Json, Limit, Screen


def reconciliation(
    context: typer.Context,
    limit: Limit = 20,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """List ledgers that drift, the largest gap first."""
    from kequn.insight import lists

    screen = Screen.of(context, as_json)
    found = lists.reconciliation(screen.workspace(), limit, a_day(as_of))
    if screen.json:
        screen.emit({"as_of": found.as_of, "accounts": found.accounts, "rows": found.rows})
        return
    say = screen.say
    if not found.rows:
        screen.line(say("余额与流水全部相符。", "All balances agree with their postings."))
        return
    screen.line(say(f"{found.accounts:,} 个账户的余额与流水不符", f"{found.accounts:,} accounts drift"), "yellow")
    heads = [
        say("来源系统账户编号", "account in its source"), say("起", "first day"), say("止", "last day"),
        say("天数", "days apart"), screen.money("最大差额", "largest gap"), screen.money("合计差额", "total gap"),
    ]  # fmt: skip
    screen.table(say("余额以来源为准", "The balance wins"), heads, [_cells(screen, row) for row in found.rows], left=4)


def _cells(screen: Screen, row: dict[str, Any]) -> list[str]:
    return [
        row["source_ref"], plain(row["first_day"]), plain(row["last_day"]), plain(row["days_apart"]),
        yuan(row["largest_gap_fen"], screen.language), yuan(row["total_gap_fen"], screen.language),
    ]  # fmt: skip
