"""``kequn settle --dry-run``: the plan that a change would give, beside the published one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kequn.amounts import plain, yuan
from kequn.cli.screen import Screen

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from kequn.decisions.comparison import Comparison, Side


def rehearsed(screen: Screen, as_of: date | None, changes: Path | None) -> None:
    """Plan again with the workspace's documents and the changes of a file, publish nothing, show both plans."""
    from kequn.decisions.beginning import beginning
    from kequn.decisions.changes import changed
    from kequn.night import rehearse

    workspace = screen.workspace()
    begun = beginning(workspace)
    if changes is not None:
        begun = changed(workspace, begun, changes)
    with screen.working(screen.say("试算中", "Rehearsing")) as status:
        found = rehearse(workspace, begun, as_of, lambda stage: status.update(stage.name))
    if screen.json:
        screen.emit(found.as_dict())
    else:
        show_comparison(screen, found)


def show_comparison(screen: Screen, found: Comparison) -> None:
    """Both totals, campaigns and channels that win or lose, and how many customers it touches."""
    say = screen.say
    heads = ["", say("现计划", "now"), say("改动后", "changed"), say("差", "difference")]
    screen.table(say("试算：未发布", "Dry run: nothing is published"), heads, _totals(screen, found))
    for side in (found.before, found.after):
        if side.message:
            screen.line(side.message, "red")
    for row in found.refused:
        screen.line(f"{row['campaign']}: {row['message']} {row['hint'] or ''}".rstrip(), "yellow")
    for kind, title in (("campaign", say("活动", "campaign")), ("channel", say("渠道", "channel"))):
        rows = [row for row in found.groups if row["kind"] == kind]
        _groups(screen, title, rows)
    screen.line(
        say(
            f"新增触达 {found.gaining:,} 位客户，不再触达 {found.losing:,} 位，换了活动或渠道 {found.moved:,} 位",
            f"{found.gaining:,} customers gain a contact, {found.losing:,} lose theirs, {found.moved:,} change",
        )
    )


def _totals(screen: Screen, found: Comparison) -> list[list[str]]:
    language, before, after = screen.language, found.before, found.after

    def money(side: Side, name: str) -> str:
        return yuan(getattr(side, name), language)

    gain, more = after.value_fen - before.value_fen, after.contacts - before.contacts
    return [
        [screen.say("触达", "contacts"), plain(before.contacts), plain(after.contacts), f"{more:+,}"],
        [screen.money("价值", "value"), money(before, "value_fen"), money(after, "value_fen"), yuan(gain, language)],
        [screen.money("上界", "bound"), money(before, "bound_fen"), money(after, "bound_fen"), ""],
    ]


def _groups(screen: Screen, title: str, rows: list[dict[str, Any]]) -> None:
    say, language = screen.say, screen.language
    heads = [title, say("现触达", "contacts now"), say("改动后", "changed"), say("差", "difference"),
             screen.money("价值差", "difference in value")]  # fmt: skip
    cells = [
        [row["name"], plain(row["contacts_before"]), plain(row["contacts_after"]),
         f"{row['contacts_after'] - row['contacts_before']:+,}",
         yuan(row["value_after_fen"] - row["value_before_fen"], language)]
        for row in rows
    ]  # fmt: skip
    screen.table(say("谁多谁少", "Who gains, who loses"), heads, cells)
