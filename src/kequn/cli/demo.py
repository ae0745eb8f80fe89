"""``kequn demo``: a made-up bank, three nights, and what they found."""

from __future__ import annotations

import shutil
import time
from datetime import date, timedelta
from typing import Annotated, Any

import typer

from kequn.cli import demo_console, demo_files
from kequn.cli.campaign import show_all_funnels
from kequn.cli.customer_scores import show_scores
from kequn.cli.explain import show_explanation
from kequn.cli.night import run_night
from kequn.cli.prospects import show_rows, show_sizes
from kequn.cli.sandbox import make, show_made
from kequn.cli.scores import run_fit, show_fitted
from kequn.cli.screen import Json, Screen
from kequn.cli.segments import show_matrix
from kequn.cli.settle import show_prices, show_simple_rules, show_worth
from kequn.cli.tiers import show_ladder, show_moves
from kequn.errors import KequnError
from kequn.workspace import Workspace

NIGHTS = 3
SHOWN = 12
WARNED = 3
LEARNED_FROM = 8_000
MARK = "demo.txt"


def demo(
    context: typer.Context,
    *,
    customers: Annotated[int, typer.Option(min=1, help="客户数 | Customers")] = 50_000,
    months: Annotated[int, typer.Option(min=NIGHTS + 1, help="月数 | Months")] = 14,
    seed: Annotated[int, typer.Option(help="随机种子 | Seed: the same gives the same bank")] = 1,
    fresh: Annotated[bool, typer.Option("--fresh", help="丢弃上次的样板银行 | Throw the last demo away")] = False,
    as_json: Json = False,
) -> None:
    """Make the bank (or use the one of the last demo), run the nights, print the results."""
    screen = Screen.of(context, as_json)
    started = time.perf_counter()
    _bank(screen, {"customers": customers, "months": months, "seed": seed}, fresh)
    last = date.fromisoformat(screen.workspace().settings.text("sandbox.end"))
    days = month_ends(last, NIGHTS)
    reports = [_night(screen, day) for day in days[:-1]]
    models = _models(screen)
    reports.append(_night(screen, days[-1]))
    found = _found(screen.workspace(), days)
    logins = demo_console.logins(screen)
    if screen.json:
        screen.emit({"nights": reports, "models": models, **found, "logins": logins})
        return
    _show(screen, found, time.perf_counter() - started)
    demo_console.show_logins(screen, logins)
    demo_console.serve_if_watched(screen)


def month_ends(last: date, count: int) -> list[date]:
    """``count`` month ends up to ``last``, oldest first."""
    days = [last]
    while len(days) < count:
        days.insert(0, days[0].replace(day=1) - timedelta(days=1))
    return days


def _night(screen: Screen, day: date) -> dict[str, Any]:
    report = run_night(screen, day)
    _tell(screen, f"夜批 {day}：{report.seconds:.1f} 秒", f"Night of {day}: {report.seconds:.1f} s")
    return report.as_dict()


def _models(screen: Screen) -> list[dict[str, Any]]:
    """Fit all scores small, unless the demo did before; a past that is too short is said and goes without."""
    from kequn.insight.scores import overview

    known = [row for row in overview.families(screen.workspace()) if row["champion"]]
    if known:
        _tell(screen, "沿用上次训练的模型。", "Using the models of the last demo.")
        return known
    _tell(screen, "用前两夜所知的历史训练评分模型……", "Fitting scores on what was known two nights ago…")
    try:
        made = run_fit(screen, [], None, LEARNED_FROM, promote=False)
    except KequnError as error:
        _tell(screen, f"未训练模型：{error.message}", f"No scores: {error.message}")
        return []
    if not screen.json:
        show_fitted(screen, made)
    return made


def _bank(screen: Screen, plan: dict[str, int], fresh: bool) -> None:
    workspace = screen.workspace()
    mark, wanted = workspace.home / MARK, " ".join(f"{name}={value}" for name, value in plan.items())
    made, files = demo_files.read(mark)
    if made == wanted and not fresh:
        demo_console.settings(workspace)
        _tell(
            screen,
            f"沿用 {workspace.home} 里上次的样板银行（--fresh 重新生成）。",
            f"Using the sandbox of the last demo in {workspace.home} (--fresh makes a new one).",
        )
        return
    _clear(workspace, made)
    for kept in demo_files.remove(workspace.home, files):
        _tell(screen, f"{kept} 已被修改，予以保留。", f"{kept} was changed since: it stays.")
    _tell(screen, f"在 {workspace.home} 生成样板银行：{wanted}", f"Making a sandbox in {workspace.home}: {wanted}")
    report = make(screen, plan["customers"], plan["months"], plan["seed"])
    if not screen.json:
        show_made(screen, report)
    demo_files.write(mark, wanted, [*report["decided"], *demo_console.settings(workspace)])


def _clear(workspace: Workspace, made: str | None) -> None:
    """Remove an earlier demo; a workspace that no demo made is left alone."""
    folders = (workspace.landing, workspace.data, workspace.truth, workspace.models)
    if made is None and any(folder.is_dir() and any(folder.iterdir()) for folder in folders):
        raise KequnError(
            f"{workspace.home} holds data that no demo made.", "Choose another folder: kequn --home ./demo demo."
        )
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _found(workspace: Workspace, days: list[date]) -> dict[str, Any]:
    from kequn.insight import lists

    before, after = (day.replace(day=1) for day in days[-2:])
    ladder, prospects = lists.ladder(workspace), lists.prospects(workspace, limit=10**6)
    seen: dict[str, int] = {}
    chosen = []
    for row in prospects.rows:
        seen[row["rule"]] = seen.get(row["rule"], 0) + 1
        if seen[row["rule"]] <= SHOWN // len(prospects.sizes) + 1:
            chosen.append(row)
    return {
        "as_of": ladder.as_of,
        "tiers": ladder.rows,
        "moves": {"from": f"{before:%Y-%m}", "to": f"{after:%Y-%m}", "moves": lists.moves(workspace, before, after)},
        "matrix": lists.matrix(workspace),
        "prospects": {"sizes": prospects.sizes, "rows": chosen},
        "warned": lists.warned(workspace, limit=WARNED),
        **_decided(workspace),
    }


def _decided(workspace: Workspace) -> dict[str, Any]:
    """The settled plan, and one customer of it explained."""
    from kequn.decisions.explain import example, explain
    from kequn.decisions.overview import overview

    customer = example(workspace)
    return {"decisions": overview(workspace), "explained": explain(workspace, customer) if customer else None}


def _show(screen: Screen, found: dict[str, Any], seconds: float) -> None:
    from kequn.insight.reading import definitions

    rules = definitions(screen.workspace()).prospects
    show_ladder(screen, found["tiers"], str(found["as_of"]))
    show_moves(screen, found["moves"]["moves"], found["moves"]["from"], found["moves"]["to"])
    show_matrix(screen, found["matrix"])
    show_sizes(screen, found["prospects"]["sizes"], rules)
    show_rows(screen, found["prospects"]["rows"], rules)
    for row in found["warned"]:
        _show_warned(screen, row["customer_id"])
    show_all_funnels(screen, found["decisions"].campaigns)
    show_worth(screen, found["decisions"])
    show_simple_rules(screen, found["decisions"])
    show_prices(screen, found["decisions"])
    if found["explained"]:
        show_explanation(screen, found["explained"], brief=True)
    home = screen.workspace().home
    screen.line(
        screen.say(
            f"全程 {seconds:.0f} 秒。继续：kequn --home {home} audience count \"tier = 'gold' and payroll\"",
            f"{seconds:.0f} s in all. Go on: kequn --home {home} audience count \"tier = 'gold' and payroll\"",
        ),
        "green",
    )


def _show_warned(screen: Screen, customer_id: int) -> None:
    from kequn.insight.profile import profile

    screen.line(screen.say(f"客户 {customer_id}", f"Customer {customer_id}"), "bold")
    show_scores(screen, profile(screen.workspace(), customer_id).scores)


def _tell(screen: Screen, zh: str, en: str) -> None:
    if not screen.json:
        screen.line(screen.say(zh, en), "dim")
