"""``kequn bench``: measure speed and memory on this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from kequn.cli.group import help_alone
from kequn.cli.screen import Json, Screen

app = typer.Typer(invoke_without_command=True)
PAGE = Path("docs/benchmarks.md")
PEERS_UP_TO = 1_000_000
CUSTOMERS_AN_RM = 200

Customers = Annotated[int, typer.Option(min=100, help="客户数 | Customers")]
Large = Annotated[int, typer.Option(min=0, help="增长测量的客户数，0 为不测 | Customers for growth, 0 for none")]
At = Annotated[Path | None, typer.Option("--at", help="沙箱目录，留作复用 | Folder to keep the sandbox in")]

Lines = Callable[[dict[str, Any]], list[tuple[str, str]]]


@app.callback()
def bench(context: typer.Context) -> None:
    """Print the group's help unless one of its commands is called."""
    help_alone(context)


@app.command(help="夜批性能：与扫描下限、跟进夜、同类工具之比 | The night against the scan floor, following, and peers")
def night(
    context: typer.Context,
    customers: Customers = 1_000_000,
    at: At = None,
    peers: Annotated[bool, typer.Option(help="与 Polars、PostgreSQL 比较 | Beside Polars and PostgreSQL")] = True,
    as_json: Json = False,
) -> None:
    """Measure a night."""
    from kequn.bench.report import lines

    screen = Screen.of(context, as_json)
    result = measure(screen, customers, at, peers)
    _show(screen, screen.say("夜批性能", "The night"), result, lines)


@app.command(help="评分：用时、与基线和真相之比 | The scores: time, and quality beside baselines and oracles")
def scores(
    context: typer.Context,
    customers: Customers = 200_000,
    at: At = None,
    rows: Annotated[int, typer.Option(min=1000, help="测速的评分行数 | Rows to score for the speed")] = 1_000_000,
    as_json: Json = False,
) -> None:
    """Measure the scores."""
    from kequn.bench.scores import bench_scores
    from kequn.bench.scores_report import lines

    screen = Screen.of(context, as_json)
    with screen.working(screen.say("测量开始", "Measuring")) as status:
        result = bench_scores(customers, at, rows, status.update)
    _show(screen, screen.say("评分性能", "The scores"), result, lines)


@app.command(help="统筹：价值与上界、用时与内存、与其他做法及 HiGHS 之比 | Settling: value, bound, time, peers, HiGHS")
def settle(
    context: typer.Context,
    customers: Customers = 1_000_000,
    rms: Annotated[
        int, typer.Option("--rms", min=0, help="客户经理数，0 为没有 | Relationship managers, 0 for none")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Measure the settling of random bids."""
    from kequn.bench.settle import bench_settle
    from kequn.bench.settle_report import lines

    screen = Screen.of(context, as_json)
    with screen.working(screen.say("测量开始", "Measuring")) as status:
        result = bench_settle(customers, rms, status.update)
    _show(screen, screen.say("统筹", "Settling"), result, lines)


@app.command(help="工作台：页面用时、计数与 ORM 之比、首屏 | The console: pages, counts beside an ORM, paint")
def console(
    context: typer.Context,
    customers: Customers = 1_000_000,
    at: At = None,
    repeats: Annotated[int, typer.Option(min=5, help="每页请求次数 | Requests of each page")] = 30,
    as_json: Json = False,
) -> None:
    """Measure the console's pages on SQLite and PostgreSQL."""
    from kequn.bench.console import bench_console
    from kequn.bench.console_report import lines

    screen = Screen.of(context, as_json)
    with screen.working(screen.say("测量开始", "Measuring")) as status:
        result = bench_console(customers, at, repeats, status.update)
    _show(screen, screen.say("工作台", "The console"), result, lines)


def _show(screen: Screen, title: str, result: dict[str, Any], lines: Lines) -> None:
    """The result as JSON, or in words."""
    if screen.json:
        screen.emit(result)
    else:
        screen.table(title, ["", screen.say("数值", "value")], lines(result))


@app.command("all", help="全部测量，写入 docs/benchmarks.md | Everything, written to docs/benchmarks.md")
def everything(
    context: typer.Context,
    customers: Customers = 1_000_000,
    large: Large = 5_000_000,
    at: At = None,
    as_json: Json = False,
) -> None:
    """Run all benches and write the page."""
    from kequn.bench.console import bench_console
    from kequn.bench.report import page
    from kequn.bench.settle import bench_settle

    screen = Screen.of(context, as_json)
    results = [
        measure(screen, size, at / str(size) if at else None, peers=size <= PEERS_UP_TO)
        for size in (customers, large)
        if size
    ]
    with screen.working(screen.say("测量开始", "Measuring")) as status:
        sizes = [(customers, 0), (customers, customers // CUSTOMERS_AN_RM), (10 * customers, 0)]
        settled = [bench_settle(size, rms, status.update) for size, rms in sizes]
        pages = bench_console(customers, at / str(customers) if at else None, notify=status.update)
    if PAGE.parent.is_dir():
        PAGE.write_text(page(results[0], results[1] if large else None, settled, pages), "utf-8")
    screen.emit({"nights": results, "settled": settled, "console": pages})


def measure(screen: Screen, customers: int, at: Path | None, peers: bool) -> dict[str, Any]:
    """Run the night's bench with its progress shown."""
    from kequn.bench.night import bench_night

    with screen.working(screen.say("测量开始", "Measuring")) as status:
        return bench_night(customers, at, peers, status.update)
