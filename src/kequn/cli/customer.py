"""``kequn customer``: everything that is known of one customer."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kequn.amounts import plain, written, yuan
from kequn.cli.catalogue import DIMENSIONS
from kequn.cli.customer_scores import show_scores
from kequn.cli.explain import show_explanation
from kequn.cli.options import AsOf, a_day
from kequn.cli.screen import Json, Screen
from kequn.errors import KequnError

if TYPE_CHECKING:
    from kequn.insight.profile import Profile

ADDED = {
    "source": ("来源系统", "Source"),
    "source_ref": ("来源系统编号", "Number there"),
    "first_seen": ("首次到达", "First seen"),
    "balance_fen": ("余额", "Balance"),
    "rule": ("规则", "Rule"),
    "evidence_zh": ("依据", "Evidence"),
    "evidence_en": ("依据", "Evidence"),
    "estimate_fen": ("估计金额", "Estimate"),
    "confidence_percent": ("把握(%)", "Confidence (%)"),
    "branch_id": ("支行", "Branch"),
    "org_id": ("网点", "Outlet"),
    "staff_id": ("客户经理", "RM"),
    "month": ("月份", "Month"),
    "month_avg_fen": ("月日均", "Monthly average"),
    "earned_rank": ("达标层级序号", "Rank earned"),
    "tier_rank": ("层级序号", "Tier rank"),
    "customer_before": ("原客户号", "Customer before"),
    "customer_after": ("现客户号", "Customer after"),
    "parties": ("记录数", "Records"),
    "kind": ("变化", "Kind"),
}


def customer(
    context: typer.Context,
    customer_id: Annotated[str | None, typer.Argument(help="客户号 | Customer's id")] = None,
    party: Annotated[
        str | None,
        typer.Option("--party", metavar="SOURCE:REF", help="某来源系统里的客户记录号 | Number in a source system"),
    ] = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show a customer by id, or by the number that a source system uses."""
    from kequn.decisions.explain import explained
    from kequn.insight.profile import profile

    screen = Screen.of(context, as_json)
    number = _number(screen, customer_id, party, as_of)
    found = profile(screen.workspace(), number, a_day(as_of))
    decided = explained(screen.workspace(), number, found.as_of)
    if screen.json:
        screen.emit(asdict(found) | {"decisions": asdict(decided) if decided else None})
    else:
        _show(screen, found)
        if decided:
            show_explanation(screen, decided, brief=True)


def _number(screen: Screen, customer_id: str | None, party: str | None, as_of: str | None) -> int:
    from kequn.insight.profile import customer_of

    if (customer_id is None) == (party is None):
        raise KequnError("Name one customer.", "Write: kequn customer ID, or kequn customer --party SOURCE:REFERENCE.")
    if party is not None:
        source, colon, reference = party.partition(":")
        if not colon or not reference:
            raise KequnError("The party is not written as SOURCE:REFERENCE.", "For example: --party core:P0000001.")
        return customer_of(screen.workspace(), source, reference, a_day(as_of))
    if customer_id is None or not customer_id.lstrip("-").isdigit():
        raise KequnError("A customer's id is a whole number.", "Find one: kequn audience list RULE.")
    return int(customer_id)


def _show(screen: Screen, found: Profile) -> None:
    say = screen.say
    screen.line(
        say(f"客户 {found.customer_id}，{found.as_of}", f"Customer {found.customer_id} as of {found.as_of}"), "bold"
    )
    show_scores(screen, found.scores)
    _show_tags(screen, found)
    _show_rows(screen, say("来源系统中的记录（敏感字段脱敏）", "Records in source systems (C2 masked)"), found.parties)
    _show_rows(screen, say("账户", "Accounts"), found.accounts)
    titles = {
        "prospects": say("潜客依据", "Prospect rules"),
        "tier_history": say("层级历史", "Tier history"),
        "identity_changes": say("归户变化", "Changes of identity"),
    }
    for name, rows in found.records.items():
        _show_rows(screen, titles[name], rows)


def _show_tags(screen: Screen, found: Profile) -> None:
    from kequn.insight.reading import definitions

    tags = definitions(screen.workspace()).tags
    heads = [screen.say("标签", "tag"), screen.say("名称", "label"), screen.say("值", "value")]
    for dimension, label in DIMENSIONS.items():
        rows = [
            [name, screen.say(tag.zh, tag.en), written(found.tags[name], tag.unit, screen.language, tag.values)]
            for name, tag in tags.items()
            if tag.dimension == dimension and found.tags.get(name) not in (None, False)
        ]
        if rows:
            screen.table(screen.say(label, dimension), heads, rows, left=2)


def _show_rows(screen: Screen, title: str, rows: list[dict[str, Any]]) -> None:
    drop = {"customer_id", "evidence_en" if screen.language == "zh" else "evidence_zh"}
    names = [name for name in (rows[0] if rows else {}) if name not in drop]
    labels = _labels(screen)
    cells = [
        [
            yuan(row[name], screen.language) if name.endswith("_fen") else _cell(name, row[name])
            for name in names
        ]
        for row in rows
    ]  # fmt: skip
    if rows:
        screen.table(title, [labels.get(name, name) for name in names], cells, left=len(names))


def _labels(screen: Screen) -> dict[str, str]:
    """Headings: those of the contracts of party and account, and of what a night adds."""
    from kequn.bank.contract import contracts

    known = {name: screen.say(*both) for name, both in ADDED.items()}
    for table in ("party", "account"):
        known |= {column.name: screen.say(column.zh, column.en) for column in contracts()[table].columns}
    return known


def _cell(name: str, value: object) -> str:
    return str(value) if name.startswith("customer_") else plain(value)
