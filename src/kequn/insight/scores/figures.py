"""The figures of a model card: overall, by segment and by tier, each beside baselines and oracle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
NOT_SHOWN = {"rows", "positives", "mean"}
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
        columns = [self.wording.say("客群", "Group, events"), *(self._label(name) for name in self.shown)]
        head = "".join(f'<th scope="col">{column}</th>' for column in columns)
        every = self._row(self.wording.say("全部", "All"), "pooled", None, "first")
        groups = "".join(self._group(group) for group in GROUPS if self.metrics.get(group))
        return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{every}</tbody>{groups}</table></div>'

    def _group(self, group: str) -> str:
        names = sorted(self.metrics[group], key=lambda name: self._place(group, name))
        rows = "".join(self._row(self.wording.name(name), group, name) for name in names)
        title = self.wording.say(*GROUPS[group])
        head = f'<tr><th colspan="{1 + len(self.shown)}">{title}</th></tr>'
        return f'<tbody class="group">{head}</tbody><tbody>{rows}</tbody>'

    def _place(self, group: str, name: str) -> tuple[int, str]:
        """Tiers as they rise; segments, which have no order, by size."""
        ladder = list(self.wording.names)
        if group == "tier":
            return ladder.index(name) if name in ladder else len(ladder), name
        return -int(self.metrics[group][name].get("rows") or 0), name

    def _row(self, title: str, group: str, name: str | None, look: str = "") -> str:
        found = _of(self.metrics, group, name)
        cells = "".join(f"<td>{self._value(each, found)}{self._beside(each, group, name)}</td>" for each in self.shown)
        return f'<tr class="{look}"><th scope="row">{title}{self._counts(found)}</th>{cells}</tr>'

    def _counts(self, found: Mapping[str, Any]) -> str:
        """How many customers, and for how many of them it happened."""
        rows, happened = found.get("rows"), found.get("positives")
        if not isinstance(rows, int):
            return ""
        text = self.wording.say(f"{rows:,} 户", f"{rows:,} customers")
        if isinstance(happened, int):
            text = self.wording.say(f"{rows:,} 户，发生 {happened:,}", f"{happened:,} of {rows:,}")
        return f"<small>{text}</small>"

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
