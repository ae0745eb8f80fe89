"""Pictures of a model card as inline SVG: whether probabilities come true, and what drives a score."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

SIZE, LEFT, BOTTOM, EDGE = 420, 52, 44, 14
# 95 of 100 observed shares lie so many standard errors around the true one.
ERRORS_95 = 1.96


def calibration_plot(table: Sequence[Mapping[str, Any]], title: str, across: str, upward: str) -> str:
    """Dots of predicted (across) and observed (upward) share of each bin, with 95% intervals, beside the diagonal.

    ``table`` is a calibration table; texts are safe in HTML already. Both axes run from 0 to the same round share.
    """
    ranges = [(row, _spread(row)) for row in table]
    top = _round_up(max([row["predicted"] for row in table] + [row["observed"] for row in table]))
    ticks = [top * step / 4 for step in range(5)]
    lines = "".join(_tick(tick, top) for tick in ticks)
    dots = "".join(_dot(row, low, high, top) for row, (low, high) in ranges)
    middle = (LEFT + SIZE - EDGE) / 2
    height = (EDGE + SIZE - BOTTOM) / 2
    return (
        f'<svg class="plot" viewBox="0 0 {SIZE} {SIZE}" role="img" aria-label="{title}">{lines}'
        f'<line class="ideal" x1="{LEFT}" y1="{SIZE - BOTTOM}" x2="{SIZE - EDGE}" y2="{EDGE}"/>{dots}'
        f'<text x="{middle}" y="{SIZE - 6}" text-anchor="middle">{across}</text>'
        f'<text transform="translate(12 {height}) rotate(-90)" text-anchor="middle">{upward}</text></svg>'
    )


def bars(rows: Sequence[tuple[str, float]]) -> str:
    """Names (safe in HTML already), each with its share (0 to 1) as a bar relative to the largest, and in percent."""
    most = max((share for _, share in rows), default=0.0) or 1.0
    items = "".join(
        f'<li><span>{name}</span><svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{100 * share / most:.2f}" height="10"/></svg><span>{100 * share:.1f}%</span></li>'
        for name, share in rows
    )
    return f'<ol class="bars">{items}</ol>'


def _spread(row: Mapping[str, Any]) -> tuple[float, float]:
    """95% interval of the observed share. Source: Wilson 1927."""
    rows, share, square = row["rows"], row["observed"], ERRORS_95**2
    middle = (share + square / (2 * rows)) / (1 + square / rows)
    half = ERRORS_95 * math.sqrt(share * (1 - share) / rows + square / (4 * rows**2)) / (1 + square / rows)
    return max(0.0, middle - half), min(1.0, middle + half)


def _round_up(share: float) -> float:
    steps = (0.004, 0.01, 0.02, 0.04, 0.06, 0.08, 0.12, 0.16, 0.2, 0.32, 0.4, 0.6, 0.8, 1.0)
    return next((step for step in steps if step >= share), 1.0)


def _x(share: float, top: float) -> float:
    return round(LEFT + share / top * (SIZE - EDGE - LEFT), 1)


def _y(share: float, top: float) -> float:
    return round(SIZE - BOTTOM - min(share, top) / top * (SIZE - BOTTOM - EDGE), 1)


def _tick(share: float, top: float) -> str:
    x, y, text = _x(share, top), _y(share, top), f"{100 * share:.3g}%"
    return (
        f'<line class="grid" x1="{LEFT}" y1="{y}" x2="{SIZE - EDGE}" y2="{y}"/>'
        f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{text}</text>'
        f'<text x="{x}" y="{SIZE - BOTTOM + 17}" text-anchor="{"end" if share == top else "middle"}">{text}</text>'
    )


def _dot(row: Mapping[str, Any], low: float, high: float, top: float) -> str:
    x, y = _x(row["predicted"], top), _y(row["observed"], top)
    return (
        f'<line class="spread" x1="{x}" y1="{_y(low, top)}" x2="{x}" y2="{_y(high, top)}"/>'
        f'<circle cx="{x}" cy="{y}" r="4.5"><title>{100 * row["predicted"]:.2f}% / {100 * row["observed"]:.2f}%'
        f" ({row['rows']:,})</title></circle>"
    )
