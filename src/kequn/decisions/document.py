"""Read one YAML document into a strict model; every error names file, line and field, and what to do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from kequn.errors import KequnError

Where = tuple[int | str, ...]


class Strict(BaseModel):
    """A part of a document: frozen, and without fields that nobody reads."""

    model_config = ConfigDict(extra="forbid", frozen=True)


M = TypeVar("M", bound=Strict)


class Written(yaml.CBaseLoader):
    """Scalars as they are written, so that an amount keeps every digit; only an empty one or null is nothing."""


Written.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
Written.add_constructor("tag:yaml.org,2002:null", lambda loader, node: None)


def read(kind: type[M], text: str, origin: str) -> M:
    """The model of ``text``; scalars are read as written, so that an amount keeps every digit. Raises KequnError."""
    node = _composed(text, origin)
    if not isinstance(node, yaml.MappingNode):
        raise KequnError(f"{origin} must hold fields (name: value).", "See docs/campaigns.md.")
    return validated(kind, yaml.load(text, Loader=Written), origin, node)


def text_of(path: Path, origin: str) -> str:
    """The text of a file; raises KequnError where it cannot be read or is not UTF-8."""
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise KequnError(f"{origin} cannot be read: {error.strerror}.", "Check its path and rights.") from None
    except UnicodeDecodeError:
        raise KequnError(f"{origin} is not UTF-8.", "Save it as UTF-8.") from None


def validated(kind: type[M], fields: Mapping[str, Any], origin: str, node: yaml.Node | None = None) -> M:
    """The model of fields that were read already; raises KequnError about the first field that does not fit."""
    try:
        return kind.model_validate(dict(fields))
    except ValidationError as error:
        fault, *_ = _faults(error, kind, origin, node)
    raise fault


def faults(kind: type[Strict], text: str, origin: str) -> list[KequnError]:
    """Everything in ``text`` that does not fit, nothing where ``read`` takes it; what is no YAML has one fault."""
    try:
        node = _composed(text, origin)
        if isinstance(node, yaml.MappingNode):
            kind.model_validate(yaml.load(text, Loader=Written))
        else:
            read(kind, text, origin)
    except KequnError as error:
        return [error]
    except ValidationError as error:
        return _faults(error, kind, origin, node)
    return []


def line_of(text: str, where: Where) -> int:
    """Line of a field of a document that can be read, or of what should hold it."""
    return _line(yaml.compose(text, Loader=yaml.CSafeLoader), where)


def _faults(error: ValidationError, kind: type[Strict], origin: str, node: yaml.Node | None) -> list[KequnError]:
    """Every fault once: a misspelt field is missing too, and a list with faulty entries is too short besides."""
    found: list[KequnError] = []
    meant: set[Where] = set()
    told = error.errors()
    inner = {each["loc"][:depth] for each in told for depth in range(len(each["loc"]))}
    for each in sorted(told, key=lambda each: each["type"] != "extra_forbidden"):
        if each["loc"] in inner:
            continue
        where: Where = tuple(part for part in each["loc"] if part != "[key]")
        line = _line(node, where)
        place = f"{origin}, line {line}" if line else origin
        if each["type"] == "extra_forbidden":
            known = _names(kind, where[:-1])
            meant |= {(*where[:-1], name) for name in _close(str(where[-1]), known)}
            found.append(KequnError(f"{place}: there is no field {_path(where)}.", _nearest(str(where[-1]), known)))
        elif each["type"] != "missing":
            message = str(each["msg"]).removeprefix("Value error, ").rstrip(".")
            found.append(KequnError(f"{place}: field {_path(where)}: {message}.", _given(each["input"])))
        elif where not in meant:
            found.append(KequnError(f"{place}: field {_path(where)} is missing.", "Add it."))
    return found


def _composed(text: str, origin: str) -> yaml.Node | None:
    try:
        _refuse_links(text, origin)
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{origin}, line {mark.line + 1}, column {mark.column + 1}" if mark else origin
        raise KequnError(
            f"{place}: not valid YAML: {getattr(error, 'problem', error)}.", "Check indents and quotes."
        ) from None
    _refuse_twice(node, origin)
    return node


def _refuse_links(text: str, origin: str) -> None:
    """A link to another place of the document may go round in circles, and nobody needs one."""
    for token in yaml.scan(text, Loader=yaml.CSafeLoader):
        if isinstance(token, yaml.AliasToken):
            line = token.start_mark.line + 1
            raise KequnError(f"{origin}, line {line}: links (*{token.value}) are not read.", "Write it out.")


def _refuse_twice(node: yaml.Node | None, origin: str) -> None:
    """YAML keeps the last of two equal fields and says nothing."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise KequnError(f"{origin}, line {line}: a field has no name.", "Write fields as name: value.")
            if key.value in seen:
                raise KequnError(f"{origin}, line {line}: field {key.value} is given twice.", "Keep one.")
            seen.add(key.value)
            _refuse_twice(value, origin)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_twice(value, origin)


def _line(node: yaml.Node | None, where: Where) -> int:
    """Line of the field, or of what should hold it; 0 where the document is not at hand."""
    if node is None:
        return 0
    for part in where:
        inner = _inner(node, part)
        if inner is None:
            break
        node = inner
    return int(node.start_mark.line) + 1


def _inner(node: yaml.Node, part: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(part)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        found: yaml.Node = node.value[part]
        return found
    return None


def _names(kind: type[BaseModel], where: Where) -> list[str]:
    """Fields of the model that stands at ``where`` inside ``kind``."""
    for part in where:
        if isinstance(part, str) and part in kind.model_fields:
            kind = next(_models(kind.model_fields[part].annotation), kind)
    return list(kind.model_fields)


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _path(where: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in where) or "(the document)"


def _nearest(name: str, known: Sequence[str]) -> str:
    close = _close(name, known)
    return f"Did you mean {close[0]}?" if close else f"Known fields: {', '.join(known)}."


def _close(name: str, known: Sequence[str]) -> list[str]:
    return difflib.get_close_matches(name, known, n=1)


def _given(value: object) -> str:
    return f"It says {value!r}." if isinstance(value, str | int | float | bool) else ""
