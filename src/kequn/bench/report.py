"""The figures of a bench as lines, and as the page docs/benchmarks.md."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from kequn.bench import console_report, settle_report


def lines(result: dict[str, Any]) -> list[tuple[str, str]]:
    """What was measured, in words, with its figure."""
    return list(_lines(result))


def _lines(result: dict[str, Any]) -> Iterator[tuple[str, str]]:
    floor, scratch, follow = result["floor"], result["scratch"], result["follow"]
    yield "customers x months", f"{result['customers']:,} x {result['months']}"
    for name, words in (("sandbox", "making the sandbox"), ("load", "loading the deliveries")):
        if name in result:
            yield words, f"{result[name]['seconds']:.0f} s, {result[name]['peak_mb']:,} MB at most in one process"
    yield f"scan floor: reading the {floor['columns']} needed columns", f"{floor['floor_seconds']:.2f} s"
    yield "tags, tiers, segments, prospects from scratch", f"{scratch['insight_seconds']:.2f} s"
    yield "... over the scan floor (goal: at most 8)", f"{result['times_floor']:.1f} x"
    yield "the same, following yesterday's night", f"{follow['insight_seconds']:.2f} s"
    yield "... as a share of from scratch (goal: at most 0.25)", f"{result['follow_share']:.2f}"
    yield "a whole night from scratch, checks and publishing included", f"{scratch['seconds']:.1f} s"
    yield "a whole night that follows", f"{follow['seconds']:.1f} s"
    yield "peak memory from scratch (goal: under 4,096 MB)", f"{scratch['peak_mb']:,} MB"
    audience = result["audience"]
    yield "audience count, median (goal: under 100 ms)", f"{audience['median_ms']} ms, worst {audience['worst_ms']} ms"
    if "polars" in result:
        peer = result["polars"]
        equal = "equal" if all(peer["equal"].values()) else f"differ: {peer['equal']}"
        yield f"Polars, {peer['tags']} core tags from the same parts", f"{peer['tag_seconds']:.1f} s ({equal})"
    if "postgres" in result:
        counts = "equal" if result["postgres"]["counts"] == audience["counts"] else "differ"
        yield "PostgreSQL, the same audience counts, median", f"{result['postgres']['median_ms']} ms ({counts})"


def page(
    small: dict[str, Any],
    large: dict[str, Any] | None = None,
    settled: Sequence[dict[str, Any]] = (),
    console: dict[str, Any] | None = None,
) -> str:
    """The page as Markdown: one or two nights, any number of settlings, and the console."""
    parts = [_HEAD.format(day=date.today(), machine=_machine()), _table("The night", lines(small))]
    if large:
        ratio = large["scratch"]["insight_seconds"] / small["scratch"]["insight_seconds"]
        times = large["customers"] / small["customers"]
        parts.append(_table(f"The night, {times:g} x larger", lines(large)))
        parts.append(f"From scratch takes {ratio:.2f} x as long for {times:g} x the customers (goal: at most 5.5 x).\n")
    parts.append(f"\n## Stages from scratch, {(large or small)['customers']:,} customers\n\n{_stages(large or small)}")
    parts += [_table(settle_report.title(each), settle_report.lines(each)) for each in settled]
    if console:
        parts.append(_table(console_report.title(console), console_report.lines(console)))
    return "\n".join(parts)


def _table(title: str, told: Sequence[tuple[str, str]]) -> str:
    rows = "\n".join(f"| {words} | {figure} |" for words, figure in told)
    return f"## {title}\n\n| measured | figure |\n|---|---|\n{rows}\n"


def _stages(result: dict[str, Any]) -> str:
    slowest = sorted(result["scratch"]["stages"].items(), key=lambda item: -item[1])[:12]
    rows = "\n".join(f"| {name} | {seconds:.2f} |" for name, seconds in slowest)
    return f"| the twelve slowest | seconds |\n|---|---|\n{rows}\n"


def _machine() -> str:
    text = Path("/proc/cpuinfo").read_text("utf-8") if Path("/proc/cpuinfo").exists() else ""
    model = next((line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")), "")
    return f"{model or platform.machine()}, {platform.system()}, Python {platform.python_version()}"


_HEAD = f"""# Benchmarks

Measured by `make bench` on {{day}}: {{machine}}, DuckDB {version("duckdb")}, two threads. Seconds are wall time; each
task runs in a process of its own. Ratios are taken within one run on one machine; compare them, not seconds.
"""
