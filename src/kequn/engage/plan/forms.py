"""The editor of a document: what was typed as plain values, what is wrong at its field, and what the page draws."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict

from kequn.engage.language import say
from kequn.engage.plan.fields import Field, channels_of, sections, value_of
from kequn.engage.site.words import CHANNELS
from kequn.errors import KequnError

FIELD = re.compile(r"(?:policy|capacity)\.yaml: (?:field )?([a-z_]+(?:[.\[][a-z0-9_\]]+)*)")
COUNT = "caps.count"
BLANK = {"name": "", "limit": "", "days": "", "channels": []}
# The loaders' hints in Chinese; a hint that is not here is shown as it is.
HINTS: tuple[tuple[str, str], ...] = (
    (r"Give a whole number from (\d+) to (\d+)\.", "请填 {0} 到 {1} 之间的整数。"),
    (r"Give a share from 0.*", "请填 0 到 100 之间的百分比，不含 100。"),
    (r"Give a time of day.*", "请填时刻，如 21:00。"),
    (r"Give dates as.*", "请填日期，如 2026-02-17。"),
    (r"Give every cap a name of its own\.", "名称不能重复。"),
    (r"Give a short name.*", "名称用小写字母、数字和下划线。"),
    (r"Give (\d+) at most\.", "最多 {0} 条。"),
    (r"Give it a value\.", "请填写。"),
    (r"Did you mean (.+)\?", "是不是想填 {0}？"),
    (r"There are: (.+)\.", "可填：{0}。"),
    (r".* is milder: let .*", "较轻的信号排除得更多：请让较重的信号至少同样排除。"),
    (r".*valid integer.*", "请填整数。"),
    (r".*greater than or equal to ([\d.]+).*", "不能小于 {0}。"),
    (r".*less than or equal to ([\d.]+).*", "不能大于 {0}。"),
    (r".*valid number.*", "请填数字。"),
    (r".*floors of the departments add up.*", "各部门保底合计超过 100%。"),
    (r".*the channel closes at.*", "结束时间须晚于开始时间。"),
)


@dataclass(frozen=True)
class Drawn:
    """A field as the page draws it."""

    name: str
    kind: str
    label: str
    meaning: str
    unit: str
    value: Any
    said: str
    default: str
    changed: bool
    error: str
    choices: list[tuple[str, str, bool]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)


def posted(kind: str, before: Mapping[str, Any], data: QueryDict) -> dict[str, Any]:
    """``before`` with every field as it was typed; what is no number stays text, so that the loader refuses it."""
    values: dict[str, Any] = copy.deepcopy(dict(before))
    for section in sections(kind, before):
        for each in section.fields:
            *path, last = each.name.split(".")
            inner = values
            for part in path:
                inner = inner[part]
            inner[last] = _typed(each, data)
    return values


def fault(error: KequnError) -> tuple[str, str]:
    """The field that an error of a loader is about ("" where none), and what to tell at it."""
    match = FIELD.match(error.message)
    name = re.sub(r"\[(\d+)\]", r".\1", match[1]) if match else ""
    return name, say(_in_chinese(error), f"{error.message} {error.hint}".strip())


def drawn(
    kind: str, values: Mapping[str, Any], default: Mapping[str, Any], before: Mapping[str, Any], wrong: tuple[str, str]
) -> list[dict[str, Any]]:
    """Sections with their fields; ``wrong`` is what ``fault`` says, ("", "") where nothing is."""
    return [
        {
            "label": say(*section.label), "meaning": say(*section.meaning),
            "fields": [_drawn(each, values, default, before, wrong) for each in section.fields],
        }
        for section in sections(kind, before)
    ]  # fmt: skip


def at_a_field(kind: str, values: Mapping[str, Any], name: str) -> bool:
    """Whether the form has a place for an error at ``name``."""
    known = {each.name for section in sections(kind, values) for each in section.fields}
    return name in known or name.partition(".")[0] == "caps"


def _drawn(
    each: Field,
    values: Mapping[str, Any],
    default: Mapping[str, Any],
    before: Mapping[str, Any],
    wrong: tuple[str, str],
) -> Drawn:
    value, old, usual = (value_of(document, each.name) for document in (values, before, default))
    chosen = value if isinstance(value, list) else [value]
    choices = [(code, say(*label), code in chosen) for code, label in (each.choices or {}).items()]
    here = wrong[0] == each.name or wrong[0].startswith(f"{each.name}.")
    return Drawn(
        each.name, each.kind, say(*each.label), say(*each.meaning), say(*each.unit), _shown(each, value),
        each.said(old), each.said(usual) if default else "", bool(default) and old != usual,
        wrong[1] if here else "", choices, _rows(value, wrong) if each.kind == "caps" else [],
    )  # fmt: skip


def _rows(caps: list[dict[str, Any]], wrong: tuple[str, str]) -> list[dict[str, Any]]:
    """Caps with one empty line below."""
    return [
        {
            "place": place, "name": cap["name"], "limit": cap["limit"], "days": cap["days"],
            "wrong": wrong[0].startswith(f"caps.{place}."), "said": channels_of(cap),
            "channels": [(code, say(*label), code in (cap.get("channels") or [])) for code, label in CHANNELS.items()],
        }
        for place, cap in enumerate([*caps, BLANK])
    ]  # fmt: skip


def _shown(each: Field, value: Any) -> Any:
    """What stands in the input."""
    if value is None:
        return ""
    if each.kind == "share" and isinstance(value, int | float):
        return f"{Decimal(str(value)) * 100:f}".rstrip("0").rstrip(".") if value else "0"
    return ", ".join(value) if each.kind == "texts" else value


def _typed(each: Field, data: QueryDict) -> Any:
    text = data.get(each.name, "").strip()
    if each.kind in ("whole", "fen"):
        return _whole(text)
    if each.kind == "share":
        return _share(text)
    if each.kind == "flag":
        return text == "yes"
    if each.kind == "many":
        return data.getlist(each.name)
    if each.kind == "texts":
        return [part for part in re.split(r"[\s,，、;；]+", text) if part]
    return _caps(data) if each.kind == "caps" else text


def _caps(data: QueryDict) -> list[dict[str, Any]]:
    """Lines that say something; one whose fields are all empty is taken away."""
    count = data.get(COUNT, "0")
    found = []
    for place in range(min(int(count), 50) if count.isdecimal() else 0):
        name, limit, days = (data.get(f"caps.{place}.{part}", "").strip() for part in ("name", "limit", "days"))
        channels = data.getlist(f"caps.{place}.channels")
        if name or limit or days:
            cap = {"name": name, "limit": _whole(limit), "days": _whole(days)}
            found.append(cap | ({"channels": channels} if channels else {}))
    return found


def _whole(text: str) -> int | str | None:
    if not text:
        return None
    plain = text.replace(",", "").replace("，", "")
    return int(plain) if re.fullmatch(r"-?\d{1,12}", plain) else text


def _share(text: str) -> float | str:
    try:
        return float(Decimal(text.rstrip("%％")) / 100)
    except InvalidOperation:
        return text or "empty"


def _in_chinese(error: KequnError) -> str:
    for text in (error.hint or "", error.message):
        for pattern, zh in HINTS:
            if match := re.fullmatch(pattern, text):
                return zh.format(*match.groups())
    return f"{error.message} {error.hint}".strip()
