"""The figures of a model card: overall, by segment and by tier, each beside baselines and oracle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kequn.insight.scores.wording import Wording

# Figures that have a name and a format, in the order of the page; others follow under their own names.
KNOWN: Mapping[str, tuple[str, str, str]] = {
    "auc": ("AUC", "AUC", ".3f"),
    "ece": ("校准误差", "Calibration error", ".4f"),
    "lift": ("前段提升", "Lift at the top", ".2f"),
    "ndcg": ("NDCG", "NDCG", ".3f"),
    "qini": ("Qini", "Qini", ".4f"),
    "uplift": ("前段增量", "Uplift at the top", ".4f"),
    "response": ("平均响应率", "Mean response", ".4f"),
    "average_precision": ("平均精度", "Average precision", ".3f"),
    "brier": ("Brier 分", "Brier score", ".4f"),
    "log_loss": ("对数损失", "Log loss", ".4f"),
}
COUNTS: Mapping[str, tuple[str, str]] = {"rows": ("客户数", "Customers"), "positives": ("发生数", "Happened")}
NOT_SHOWN = {*COUNTS, "mean"}
RIVALS: Mapping[str, tuple[str, str]] = {"baseline": ("基线", "baseline"), "oracle": ("上限", "oracle")}
GROUPS: Mapping[str, tuple[str, str]] = {"segment": ("按客群", "By segment"), "tier": ("按层级", "By tier")}
MOST = 4
NONE = "–"


@dataclass(frozen=True)
class Figures:
    """The metrics of a card in one language."""

    metrics: Mapping[str, Any]
    wording: Wording

    @property
    def shown(self) -> list[str]:
        """At most four figures: those that are known first, then a family's own."""
        pooled = self.metrics.get("pooled") or {}
        own = (name for name, value in pooled.items() if _is_figure(value) and name not in KNOWN)
        return [name for name in [*KNOWN, *own] if name in pooled and name not in NOT_SHOWN][:MOST]

    def headline(self) -> str:
        """The figures of all customers, large."""
        cells = "".join(
            f"<div><dt>{self._label(name)}</dt><dd>{self._value(name, self.metrics['pooled'])}"
            f"{self._beside(name, 'pooled', None)}</dd></div>"
            for name in self.shown
        )
        return f'<dl class="figures">{cells}</dl>' if cells else ""

    def table(self) -> str:
        """All customers, each segment and each tier in a row."""
        if not self.shown:
            return ""
        counts = [name for name in COUNTS if name in self.metrics["pooled"]]
        columns = [*(self.wording.say(*COUNTS[name]) for name in counts), *(self._label(name) for name in self.shown)]
        head = "".join(f'<th scope="col">{column}</th>' for column in [self.wording.say("客群", "Group"), *columns])
        every = self._row(self.wording.say("全部", "All"), "pooled", None, counts, "first")
        groups = "".join(self._group(group, counts) for group in GROUPS if self.metrics.get(group))
        return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{every}</tbody>{groups}</table></div>'

    def _group(self, group: str, counts: Sequence[str]) -> str:
        width = 1 + len(counts) + len(self.shown)
        rows = "".join(self._row(self.wording.name(name), group, name, counts) for name in self.metrics[group])
        title = self.wording.say(*GROUPS[group])
        return f'<tbody class="group"><tr><th colspan="{width}">{title}</th></tr></tbody><tbody>{rows}</tbody>'

    def _row(self, title: str, group: str, name: str | None, counts: Sequence[str], look: str = "") -> str:
        found = _of(self.metrics, group, name)
        cells = "".join(f"<td>{_count(found.get(each))}</td>" for each in counts)
        cells += "".join(f"<td>{self._value(each, found)}{self._beside(each, group, name)}</td>" for each in self.shown)
        return f'<tr class="{look}"><th scope="row">{title}</th>{cells}</tr>'

    def _label(self, name: str) -> str:
        return self.wording.say(*KNOWN[name][:2]) if name in KNOWN else self.wording.name(name)

    def _value(self, name: str, found: Mapping[str, Any]) -> str:
        value = found.get(name)
        return format(value, KNOWN[name][2] if name in KNOWN else ".4g") if _is_figure(value) else NONE

    def _beside(self, name: str, group: str, member: str | None) -> str:
        """The same figure of each baseline and of the oracle, where they have it."""
        found = [
            f"{title} {self._value(name, figures)}"
            for title, rival in self._rivals()
            if _is_figure((figures := _of(rival, group, member)).get(name))
        ]
        return "".join(f"<small>{each}</small>" for each in found)

    def _rivals(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Baselines by name, then the oracle; figures without groups are those of all customers."""
        for key, both in RIVALS.items():
            rival = self.metrics.get(key) or {}
            if any(_is_figure(value) for value in rival.values()):
                yield self.wording.say(*both), {"pooled": rival}
            elif "pooled" in rival:
                yield self.wording.say(*both), rival
            else:
                for name, each in rival.items():
                    yield self.wording.name(name), each if "pooled" in each else {"pooled": each}


def _of(metrics: Mapping[str, Any], group: str, name: str | None) -> Mapping[str, Any]:
    found = metrics.get(group) or {}
    chosen: Mapping[str, Any] = found if name is None else found.get(name) or {}
    return chosen


def _is_figure(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _count(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else NONE
