"""Where a tag comes from and who uses it: source columns, other tags, segments, rules, campaigns, models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from kequn.bank.contract import column_words
from kequn.engage.insight.frame import Frame
from kequn.engage.insight.scores.cards import champions
from kequn.engage.insight.wording import label, named
from kequn.engage.language import say
from kequn.engage.site.charts import Chart
from kequn.engine.macros import Parameters
from kequn.errors import KequnError
from kequn.insight.catalogue import Prospect, Tag
from kequn.insight.compose import topic_query
from kequn.insight.origins import origins
from kequn.insight.prospects.compile import FIELD
from kequn.insight.rules import rule_names

ANY_DAY = date(2000, 1, 1)  # a definition reads the same columns on every day
DRAWN_MOST = 12


@dataclass(frozen=True)
class Use:
    """Something that reads a tag."""

    kind: str
    name: str
    address: str


@dataclass(frozen=True)
class Source:
    """A column of a standard table; ``decides`` where it only decides which rows count."""

    table: str
    column: str
    label: str
    decides: bool


def sources(frame: Frame, tag: Tag) -> list[Source]:
    """The columns that a tag comes from, those that enter its value first."""
    night = frame.night
    found = night.kept(
        ("sources", tag.name),
        lambda: origins(frame.definitions, Parameters(ANY_DAY, night.workspace.settings), tag.name),
    )
    names = column_words()
    pairs = [(pair, False) for pair in sorted(found.values)]
    pairs += [(pair, True) for pair in sorted(found.conditions - found.values)]
    return [Source(*pair, say(*names.get(pair, (pair[1], pair[1]))), decides) for pair, decides in pairs]


def uses(frame: Frame, tag: Tag) -> list[Use]:
    """Everything that reads a tag, by kind."""
    return [*_tags(frame, tag), *_segments(frame, tag), *_rules(frame, tag), *_campaigns(frame, tag),
            *_models(frame, tag)]  # fmt: skip


def _tags(frame: Frame, tag: Tag) -> Iterator[Use]:
    """Tags that are computed from other tags."""
    parameters = Parameters(ANY_DAY, frame.night.workspace.settings)
    for topic in frame.definitions.topics.values():
        if topic.reads != "tag" or topic.name == tag.topic:
            continue
        query = topic_query(topic, parameters)
        if tag.name in {column.name for column in query.tree.find_all(exp.Column)}:
            for each in topic.tags:
                yield Use(say("标签", "Tag"), label(each), frame.address("tag", each.name))


def _segments(frame: Frame, tag: Tag) -> Iterator[Use]:
    for segment in frame.definitions.segments.values():
        if tag.name in rule_names(segment.rule):
            yield Use(say("客群", "Segment"), label(segment), frame.address("segment", segment.name))


def _rules(frame: Frame, tag: Tag) -> Iterator[Use]:
    for rule in frame.definitions.prospects.values():
        if tag.name in _mentioned(rule):
            yield Use(say("潜客规则", "Prospect rule"), label(rule), frame.address("prospect_rule", rule.name))


def _mentioned(rule: Prospect) -> set[str]:
    read = rule_names(rule.condition) | rule_names(rule.estimate) | rule_names(rule.confidence)
    return read | {field.group(1) for field in FIELD.finditer(rule.evidence_zh)}


def _campaigns(frame: Frame, tag: Tag) -> Iterator[Use]:
    if not frame.night.has("campaign"):
        return
    for row in frame.night.rows("SELECT campaign, zh, en, audience FROM campaign ORDER BY campaign"):
        try:
            read = rule_names(row["audience"] or "")
        except KequnError:
            continue
        if tag.name in read:
            yield Use(say("活动", "Campaign"), say(row["zh"], row["en"]), frame.address("plan"))


def _models(frame: Frame, tag: Tag) -> Iterator[Use]:
    for model in champions(frame.night.workspace):
        features = {each["name"] if isinstance(each, dict) else each for each in model.about.get("features") or []}
        if tag.name in features:
            yield Use(say("评分", "Score"), family(model.family), frame.address("score", model.family))


def family(name: str) -> str:
    """What a family of scores is called."""
    from kequn.insight.scores.families import NIGHTLY

    return say(NIGHTLY[name].zh, NIGHTLY[name].en) if name in NIGHTLY else name


def lineage(frame: Frame, tag: Tag, found: list[Source], used: list[Use]) -> Chart:
    """Source columns on the left, the tag, what uses it on the right; long sides are cut, the lists are whole."""
    shown = [each for each in found if not each.decides] or found
    middle = named(frame.definitions, tag.name)
    left = [[f"{each.table}.{each.column}", middle] for each in shown[:DRAWN_MOST]]
    right = [[middle, f"{each.kind} · {each.name}"] for each in used[:DRAWN_MOST]]
    rows = [row for row in dict.fromkeys(map(tuple, left + right)) if row[0] != row[1]]
    title = say(
        f"由 {len(found)} 个来源字段算出，被 {len(used)} 处使用",
        f"Source columns: {len(found)}. Uses: {len(used)}.",
    )
    tall = max(len(left), len(right))
    heads = [say("来自", "From"), say("到", "To")]
    return Chart("lineage", "graph", title, "plain", heads, rows, height=480 if tall > 8 else 360 if tall > 4 else 220)
