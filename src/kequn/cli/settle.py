"""``kequn settle``: settle a night's campaigns again, and see the plan, its worth and what scarce things are worth."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kequn.amounts import percent, plain, yuan
from kequn.cli.night import run_night
from kequn.cli.options import AsOf, a_day
from kequn.cli.rehearsal import rehearsed
from kequn.cli.screen import Json, Screen
from kequn.errors import KequnError

if TYPE_CHECKING:
    from datetime import date

    from kequn.decisions.overview import Overview

Rows = list[dict[str, Any]]
CONTRADICTORY = "contradictory"
STATUS = {
    "bidding": ("参与", "bidding"), "refused": ("退回", "refused"), "waiting": ("未开始", "waiting"),
    "expired": ("已结束", "expired"), "empty": ("客群为空", "empty"), "new": ("尚未统筹", "not settled yet"),
}  # fmt: skip
FREE = {
    "offer": ("库存", "stocks"), "campaign": ("活动日上限", "daily limits"), "budget": ("预算", "budgets"),
    "minimum": ("承诺", "promises"), "floor": ("部门保底", "floors"),
}  # fmt: skip


def settle(
    context: typer.Context,
    *,
    as_of: AsOf = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只比较，不发布 | Compare only, publish nothing")] = False,
    changes: Annotated[
        Path | None,
        typer.Option(
            "--with", metavar="FILE", help="改动：政策、限额或活动 | Changes of policy, capacity or campaigns"
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Run the night of a day again, in which only what changed is computed, and show what was settled.

    With --dry-run nothing is published: the plan that the changes in FILE (or in the workspace) would give is shown
    beside the published one.
    """
    screen = Screen.of(context, as_json)
    if changes is not None and not dry_run:
        raise KequnError("--with only compares.", "Add --dry-run; to keep a change, write it into the workspace.")
    if dry_run:
        rehearsed(screen, a_day(as_of), changes)
        return
    found = settled(screen, a_day(as_of))
    if screen.json:
        screen.emit(asdict(found))
    else:
        show_settlement(screen, found)
    if found.settlement["status"] == CONTRADICTORY:
        raise KequnError(
            found.settlement["message"], "Lower the minimum of a campaign or raise what is scarce, then: kequn settle."
        )


def settled(screen: Screen, as_of: date | None) -> Overview:
    """Run the published night of ``as_of`` (default: the current one) again; raises KequnError without campaigns."""
    from kequn.decisions.overview import HOW, overview
    from kequn.decisions.registry import files
    from kequn.insight.reading import published

    workspace = screen.workspace()
    day = published(workspace, as_of).as_of
    if not files(workspace):
        raise KequnError(f"There is no campaign in {workspace.home}.", HOW)
    run_night(screen, day)
    return overview(workspace, day)


def show_settlement(screen: Screen, found: Overview) -> None:
    """Campaigns, contacts by channel, worth beside the bound and beside simple rules, prices in words."""
    show_campaigns(screen, found.campaigns)
    if found.settlement["status"] == CONTRADICTORY:
        return  # the message is told as an error
    _channels(screen, found.contacts)
    show_worth(screen, found)
    show_simple_rules(screen, found)
    show_prices(screen, found)


def show_campaigns(screen: Screen, rows: Rows) -> None:
    """One row a campaign with status and sizes; below, why the others take no part."""
    say = screen.say
    heads = [say("活动", "campaign"), say("名称", "label"), say("部门", "department"), say("状态", "status"),
             say("起止", "window"), say("目标客群", "audience"), say("可触达", "eligible"), say("列入计划", "planned"),
             screen.money("价值", "value")]  # fmt: skip
    cells = [
        [row["campaign"], say(row["zh"] or "", row["en"] or ""), row["department"] or "",
         say(*STATUS.get(row["status"], (row["status"], row["status"]))),
         f"{row['starts']} – {row['ends']}" if row["starts"] else "", plain(row["audience"]), plain(row["eligible"]),
         plain(row["planned"]), yuan(row["value_fen"], screen.language)]
        for row in rows
    ]  # fmt: skip
    screen.table(say("活动", "Campaigns"), heads, cells, left=5)
    show_refused(screen, rows)


def show_refused(screen: Screen, rows: Rows) -> None:
    """Message and hint of each campaign that takes no part."""
    for row in rows:
        if row["message"]:
            screen.line(f"{row['campaign']}: {row['message']} {row['hint'] or ''}".rstrip(), "yellow")


def _channels(screen: Screen, contacts: Rows) -> None:
    """Contacts by campaign and channel."""
    from kequn.decisions.campaign import CHANNELS

    counts = {(row["campaign"], row["channel"]): row["contacts"] for row in contacts}
    used = [name for name in CHANNELS if any(channel == name for _, channel in counts)]
    names = list(dict.fromkeys(row["campaign"] for row in contacts))
    total = screen.say("合计", "total")
    cells = [
        [name, *(plain(counts.get((name, channel))) for channel in used), plain(_sum(contacts, campaign=name))]
        for name in names
    ]
    cells.append([total, *(plain(_sum(contacts, channel=name)) for name in used), plain(_sum(contacts))])
    title = screen.say("计划触达（活动 × 渠道）", "Planned contacts by campaign and channel")
    screen.table(title, [screen.say("活动", "campaign"), *used, total], cells)


def _sum(contacts: Rows, **chosen: str) -> int:
    return sum(row["contacts"] for row in contacts if all(row[name] == value for name, value in chosen.items()))


def show_worth(screen: Screen, found: Overview) -> None:
    """Total value beside the bound."""
    if found.settlement["status"] == CONTRADICTORY:
        screen.line(found.settlement["message"], "red")
        return
    told, language = found.settlement, screen.language
    value, bound = yuan(told["value_fen"], language), yuan(told["bound_fen"], language)
    screen.line(
        screen.say(
            f"{told['planned_day']} 计划 {told['contacts']:,} 次触达，价值 {value} 元；任何计划不超过 {bound} 元，"
            f"差距至多 {100 * told['gap']:.3f}%（{told['customers']:,} 位客户参与，{told['sweeps']} 轮定价）",
            f"{told['contacts']:,} contacts planned for {told['planned_day']}, worth {value} yuan; no plan is worth"
            f" more than {bound}: the gap is at most {100 * told['gap']:.3f}% ({told['customers']:,} customers,"
            f" {told['sweeps']} sweeps)",
        ),
        "green",
    )


def show_simple_rules(screen: Screen, found: Overview) -> None:
    """What simple rules get out of the same bids and limits, beside the plan."""
    told, language = found.settlement, screen.language
    heads = [screen.say("不统筹，只按规则", "by a simple rule instead"), screen.say("触达", "contacts"),
             screen.money("价值", "value"), screen.say("占统筹", "of the plan"),
             screen.say("欠承诺", "promises missed")]  # fmt: skip
    cells = [
        [screen.say(row["zh"], row["en"]), plain(row["contacts"]), yuan(row["value_fen"], language),
         percent(row["value_fen"] / told["value_fen"] if told["value_fen"] else None), plain(row["short"])]
        for row in found.simple_rules
    ]  # fmt: skip
    screen.table(screen.say("同样的竞价与限额", "The same bids and limits"), heads, cells)


def show_prices(screen: Screen, found: Overview) -> None:
    """What one unit more would bring; what is not scarce is counted, channels are told each."""
    say = screen.say
    told = [row for row in found.prices if row["kind"] == "channel" or row["price_fen"] > 0]
    heads = ["", say("已用", "used"), say("限额", "limit")]
    cells = [
        [
            say(row["zh"], row["en"]),
            *(("", "") if row["kind"] == "floor" else (plain(_whole(row["used"])), plain(row["capacity"]))),
        ]
        for row in told
    ]
    screen.table(say("稀缺的价格", "What scarce things are worth"), heads, cells)
    for kind, (zh, en) in FREE.items():
        free = [row for row in found.prices if row["kind"] == kind and not row["price_fen"] > 0]
        if free:
            screen.line(say(f"{zh}：{len(free)} 项不紧缺", f"{en}: {len(free)} not scarce"), "dim")
    _leads(screen, found)


def _whole(used: float) -> int | float:
    return int(used) if used == int(used) else round(used, 2)


def _leads(screen: Screen, found: Overview) -> None:
    from kequn.decisions.scarcity import amount

    leads, say = found.leads, screen.say
    if not leads.rms:
        return
    if not leads.scarce:
        screen.line(say(f"客户经理商机：{leads.rms} 人均不紧缺", f"RM leads: none of {leads.rms} RMs is scarce"), "dim")
        return
    mean, most = amount(leads.mean_fen), amount(leads.most_fen)
    screen.line(
        say(
            f"多一条客户经理商机可多带来：平均 {mean[0]}，最多 {most[0]}（{leads.rms} 人中 {leads.scarce} 人紧缺）",
            f"one more RM lead would bring {mean[1]} on average, {most[1]} at most"
            f" ({leads.scarce} of {leads.rms} RMs are scarce)",
        )
    )
    rows = [
        [str(row[name]), str(row.get("branch_id") or ""), say(*amount(row["price_fen"])), plain(_whole(row["used"])),
         plain(row["capacity"])]
        for name, rows in (("staff_id", leads.dearest), ("branch_id", leads.branches))
        for row in rows
    ]  # fmt: skip
    heads = [say("客户经理或支行", "RM or branch"), say("支行", "branch"), say("多一条", "one more"),
             say("已用", "used"), say("限额", "limit")]  # fmt: skip
    screen.table(say("最紧缺的客户经理与支行", "Dearest RMs and branches"), heads, rows, left=2)
