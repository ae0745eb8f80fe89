"""The result of a dry run as a page shows it: totals side by side, and who gains and loses."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from kequn.engage.language import say
from kequn.engage.site.words import CHANNELS

Rows = list[dict[str, Any]]


def compared(found: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
    """Totals, campaigns and channels with labels and differences; the largest change first."""
    labels = _labels(request)
    groups = {
        kind: _rows([row for row in found["groups"] if row["kind"] == kind], names)
        for kind, names in (("campaign", labels), ("channel", {name: say(*label) for name, label in CHANNELS.items()}))
    }
    return found | {
        "gap_text": f"{100 * found['after']['gap']:.2f}%",
        "tables": [
            (say("活动", "Campaign"), groups["campaign"]),
            (say("渠道", "Channel"), groups["channel"]),
        ],
    }


def _rows(rows: Rows, labels: dict[str, str]) -> Rows:
    told = [
        row | {
            "label": labels.get(row["name"], row["name"]), "by": row["contacts_after"] - row["contacts_before"],
            "value_by": row["value_after_fen"] - row["value_before_fen"],
        }
        for row in rows
    ]  # fmt: skip
    return sorted(told, key=lambda row: (-abs(row["by"]), row["name"]))


def _labels(request: HttpRequest) -> dict[str, str]:
    """Names of the campaigns of the night that the page shows."""
    night = request.night  # type: ignore[attr-defined]
    if night is None or not night.has("campaign"):
        return {}
    rows = night.kept("campaign labels", lambda: night.rows("SELECT campaign, zh, en FROM campaign"))
    return {row["campaign"]: say(row["zh"] or row["campaign"], row["en"] or row["campaign"]) for row in rows}
