"""The figures of the bench of settling, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

FEN = 100


def title(result: dict[str, Any]) -> str:
    """The size of what was settled."""
    managers = f", {result['rms']:,} RMs" if result["rms"] else ""
    return f"Settling {result['customers']:,} customers{managers}"


def lines(result: dict[str, Any]) -> list[tuple[str, str]]:
    """What was measured, in words, with its figure; money in yuan."""
    return list(_lines(result))


def _lines(result: dict[str, Any]) -> Iterator[tuple[str, str]]:
    plan, peers, oracle = result["plan"], result["peers"], result["oracle"]
    yield "customers, relationship managers", f"{result['customers']:,}, {result['rms']:,}"
    for name in ("ordering", "compiling", "settling", "writing"):
        yield f"{name}", f"{plan[f'{name}_seconds']:.1f} s, {plan[f'{name}_cpu']:.1f} CPU s"
    yield "peak memory (goal: under 4,096 MB)", f"{plan['peak_mb']:,} MB"
    yield "contacts, sweeps", f"{plan['contacts']:,}, {plan['sweeps']}"
    yield "value of the plan", _yuan(plan["value"])
    yield "no plan is worth more than", _yuan(plan["bound"])
    yield "gap", f"{100 * plan['gap']:.4f}%"
    for name, words in (("in_turn_value", "campaigns in turn"), ("best_each_value", "each customer's best, in turn")):
        yield f"the same bids, {words}", f"{_yuan(peers[name])}, {100 * peers[name] / plan['value']:.1f}% of the plan"
    unlimited, excess = _yuan(peers["best_each_unlimited_value"]), f"{100 * peers['best_each_overbooked']:.0f}%"
    yield "each customer's best, as if nothing were scarce", f"{unlimited}; {excess} of the contacts are too many"
    for name, words in (("sweep", "ours, in memory"), ("stored_sweep", "ours, from a file"), ("dense", "dense peer")):
        yield f"CPU seconds of a sweep, {words}", f"{peers[f'{name}_cpu']:.4f}"
    if "rules" in result:
        rules = result["rules"]
        figures = f"{rules['rules_cpu_seconds']:.2f}, {rules['times_read']:.1f} x reading them (goal: at most 3)"
        yield f"CPU seconds of all rules for {rules['candidates']:,} candidates", figures
    ours, best = oracle["ours"], oracle["highs"]
    yield f"{oracle['customers']:,} customers, ours", f"{_yuan(ours['value'])}, gap {100 * ours['gap']:.4f}%"
    yield "... HiGHS", f"{_yuan(best['value'])}, at most {_yuan(best['bound'])}, {best['seconds']:.0f} s"


def _yuan(fen: int) -> str:
    return f"{fen / FEN:,.0f} yuan"
