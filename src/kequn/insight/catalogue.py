"""The catalogue: every tag, segment and prospect rule, built in or the bank's own, found in one place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from kequn.errors import KequnError
from kequn.workspace import Workspace

Unit = Literal["fen", "days", "months", "share", "percent", "count", "code", "date", "flag", "level", "text"]
Type = Literal["BIGINT", "DOUBLE", "BOOLEAN", "VARCHAR", "DATE"]
Dimension = Literal[
    "profile", "asset", "product", "income", "spending", "loan", "card", "app", "activity", "merchant",
    "relation", "contact", "risk", "outside", "lifecycle", "tier", "segment",
]  # fmt: skip
Sensitivity = Literal["public", "internal", "sensitive"]
M = TypeVar("M", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tag(_Strict):
    """One column of the published table ``customer``.

    ``empty`` is the value of a customer without a row in the topic; ``values`` gives the labels (zh, en) of codes.
    """

    name: str
    zh: str
    en: str
    unit: Unit
    type: Type
    dimension: Dimension
    sensitivity: Sensitivity
    owner: str
    topic: str
    description_zh: str
    description_en: str
    empty: bool | int | float | str | None = None
    values: dict[str, tuple[str, str]] = {}


class Segment(_Strict):
    """A segment: its members are the customers for whom ``rule``, an expression over tags, holds."""

    name: str
    zh: str
    en: str
    rule: str
    play_zh: str
    play_en: str
    white_list: tuple[str, ...] = ()


class Prospect(_Strict):
    """A prospect rule: who (``condition``), why (evidence), how much (``estimate``, fen), how sure (percent)."""

    name: str
    zh: str
    en: str
    condition: str
    estimate: str
    estimate_zh: str
    estimate_en: str
    confidence: str
    evidence_zh: str
    evidence_en: str


@dataclass(frozen=True)
class Topic:
    """One SELECT that gives ``customer_id`` and the topic's tags.

    ``reads``: ``base`` for standard tables and tables of months, ``tag`` for a projection of the joined base tags.
    """

    name: str
    reads: str
    text: str
    file: str
    tags: tuple[Tag, ...]


@dataclass(frozen=True)
class Catalogue:
    """Everything that a rule may name, by name."""

    topics: Mapping[str, Topic]
    segments: Mapping[str, Segment]
    prospects: Mapping[str, Prospect]

    @property
    def tags(self) -> dict[str, Tag]:
        """All tags of all topics; segments appear as flags of dimension ``segment``."""
        tags = {tag.name: tag for topic in self.topics.values() for tag in topic.tags}
        return tags | {segment.name: _flag(segment) for segment in self.segments.values()}

    @property
    def types(self) -> dict[str, str]:
        """DuckDB type of each column of ``customer``."""
        return {"customer_id": "BIGINT"} | {name: tag.type for name, tag in self.tags.items()}

    @property
    def values(self) -> dict[str, list[str]]:
        """Codes that each code tag may have."""
        return {name: list(tag.values) for name, tag in self.tags.items() if tag.values}


def catalogue(workspace: Workspace | None = None) -> Catalogue:
    """Read all definitions; raises KequnError that names file and field, or the two files that share a name."""
    built_in = Path(str(resources.files("kequn.insight")))
    own = workspace.own if workspace else None
    topics = _unique(
        topic
        for folder in (built_in / "tags", built_in / "tiers", own("tags") if own else None)
        for topic in _topics(folder)
    )
    segments = _unique(_models(Segment, built_in / "segments", own("segments") if own else None))
    _unique_columns(topics, segments)
    return Catalogue(
        topics,
        segments,
        _unique(_models(Prospect, built_in / "prospects", own("prospects") if own else None)),
    )


def _topics(folder: Path | None) -> Iterator[Topic]:
    for file in sorted(folder.glob("*.yaml")) if folder else []:
        document = _yaml(file)
        name = str(document.get("topic", ""))
        if name != file.stem:
            raise KequnError(f"{file.name}: field topic must be {file.stem!r}, the file's name, not {name!r}.")
        sql = file.with_suffix(".sql")
        if not sql.is_file():
            raise KequnError(f"{file.name} has no {sql.name} beside it.", "A topic is one SQL file and one YAML file.")
        tags = tuple(
            _model(Tag, {"name": tag, "topic": name, "owner": document.get("owner"), **fields}, f"{file.name}, {tag}")
            for tag, fields in (document.get("tags") or {}).items()
        )
        yield Topic(name, str(document.get("reads", "base")), sql.read_text("utf-8"), sql.name, tags)


def _models(kind: type[M], *folders: Path | None) -> Iterator[M]:
    for folder in folders:
        for file in sorted(folder.glob("*.yaml")) if folder else []:
            yield _model(kind, _yaml(file), file.name)


def _model(kind: type[M], fields: Mapping[str, Any], origin: str) -> M:
    try:
        return kind.model_validate(dict(fields))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise KequnError(f"{origin}: field {field}: {first['msg']}.") from None


def _yaml(file: Path) -> dict[str, Any]:
    try:
        document = yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise KequnError(f"{file.name} is not valid YAML: {error}.") from None
    if not isinstance(document, dict):
        raise KequnError(f"{file.name} must hold fields (name: value).")
    return document


N = TypeVar("N", Topic, Segment, Prospect)


def _unique(things: Iterator[N]) -> dict[str, N]:
    found: dict[str, N] = {}
    for thing in things:
        if thing.name in found:
            raise KequnError(
                f"{type(thing).__name__} {thing.name} is defined twice.", "Give the bank's own another name."
            )
        found[thing.name] = thing
    return found


def _unique_columns(topics: Mapping[str, Topic], segments: Mapping[str, Segment]) -> None:
    """Tags and segments are columns of one table: no two may share a name."""
    owners = dict.fromkeys(segments, "segments")
    for topic in topics.values():
        for tag in topic.tags:
            if tag.name in owners:
                raise KequnError(f"{tag.name} is defined in both {owners[tag.name]} and {topic.name}.", "Rename one.")
            owners[tag.name] = topic.name


def _flag(segment: Segment) -> Tag:
    return Tag(
        name=segment.name, zh=segment.zh, en=segment.en, unit="flag", type="BOOLEAN", dimension="segment",
        sensitivity="internal", owner="segments", topic="segments", description_zh=segment.play_zh,
        description_en=segment.play_en, empty=False,
    )  # fmt: skip
