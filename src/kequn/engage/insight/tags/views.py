"""Pages of the tag catalogue."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from kequn.engage.insight import past, wording
from kequn.engage.insight.choices import chosen, shown, typed
from kequn.engage.insight.frame import Frame, of_a_night
from kequn.engage.insight.listing import SIZE
from kequn.engage.insight.tags import catalogue, spread, uses
from kequn.engage.insight.tags.snippet import snippet
from kequn.engage.language import say
from kequn.engage.orgs.guard import allow
from kequn.engage.orgs.roles import KNOWING, Role
from kequn.insight.catalogue import Tag


@allow(KNOWING, Role.DATA_ENGINEER)
@of_a_night
def tags(request: HttpRequest, frame: Frame) -> HttpResponse:
    """All tags, searched and filtered."""
    words = typed(request, "q", say("搜索", "Search"), say("名称、含义", "name or meaning"))
    dimension = chosen(request, "dimension", say("维度", "Dimension"), _both(wording.DIMENSIONS))
    sensitivity = chosen(request, "sensitivity", say("敏感级别", "Sensitivity"), _both(wording.SENSITIVITIES))
    owner = chosen(request, "owner", say("负责部门", "Owner"), [(each, each) for each in catalogue.owners(frame)])
    wanted = catalogue.Wanted(words.value, dimension.value, sensitivity.value, owner.value)
    found = catalogue.search(frame, wanted)
    last = max(1, -(-len(found) // SIZE))
    asked = request.GET.get("page", "1")
    number = min(int(asked), last) if asked.isdecimal() and asked != "0" else 1
    part = found[(number - 1) * SIZE : number * SIZE]
    covered = catalogue.coverage(frame, part)
    page = {
        "frame": frame, "rows": [_row(frame, tag, covered) for tag in part],
        "sheet": {"total": len(found), "number": number, "last": last, "previous": number - 1 if number > 1 else None,
                  "next": number + 1 if number < last else None},
    }  # fmt: skip
    return render(request, "insight/tags.html", page | shown(request, words, dimension, sensitivity, owner))


@allow(KNOWING, Role.DATA_ENGINEER)
@of_a_night
def tag(request: HttpRequest, frame: Frame, name: str) -> HttpResponse:
    """One tag in full."""
    found = _of(frame, name)
    now = spread.summary(frame, found)
    earlier = past.before(frame.night)
    then = spread.summary(frame.of(earlier), found) if earlier else None
    rule = snippet(found, now, _commonest(frame, found))
    topic = frame.definitions.topics.get(found.topic)
    segment = frame.definitions.segments.get(name)
    page = {
        "frame": frame, "tag": found, "label": wording.label(found), "now": now,
        "then": then, "earlier": earlier, "figures": _figures(found, now, then), "chart": spread.chart(frame, found),
        "topic": topic, "segment": segment, "rule": rule, "builder": frame.address("audiences", rule=rule),
        "lineage": frame.address("tag_lineage", name), "unit": say(*wording.UNITS[found.unit]),
        "kind": say(*wording.TYPES[found.type]), "dimension": say(*wording.DIMENSIONS[found.dimension]),
        "sensitivity": say(*wording.SENSITIVITIES[found.sensitivity]), "catalogue": frame.address("tags"),
    }  # fmt: skip
    return render(request, "insight/tag.html", page)


@allow(KNOWING, Role.DATA_ENGINEER)
@of_a_night
def tag_lineage(request: HttpRequest, frame: Frame, name: str) -> HttpResponse:
    """Where a tag comes from and who uses it, as a part of its page."""
    found = _of(frame, name)
    came, used = uses.sources(frame, found), uses.uses(frame, found)
    page = {"chart": uses.lineage(frame, found, came, used), "sources": came, "uses": used}
    return render(request, "insight/tag_lineage.html", page)


def _of(frame: Frame, name: str) -> Tag:
    found = frame.definitions.tags.get(name)
    if found is None:
        raise Http404
    return found


def _both(words: dict[str, tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, say(*both)) for name, both in words.items()]


def _row(frame: Frame, tag: Tag, covered: dict[str, float | None]) -> dict[str, Any]:
    return {
        "name": tag.name, "label": wording.label(tag), "unit": say(*wording.UNITS[tag.unit]),
        "kind": say(*wording.TYPES[tag.type]), "dimension": say(*wording.DIMENSIONS[tag.dimension]),
        "meaning": say(tag.description_zh, tag.description_en), "covered": covered.get(tag.name),
        "sensitive": tag.sensitivity == "sensitive", "owner": tag.owner, "address": frame.address("tag", tag.name),
        "sensitivity": say(*wording.SENSITIVITIES[tag.sensitivity]),
    }  # fmt: skip


def _commonest(frame: Frame, tag: Tag) -> str | None:
    if tag.type != "VARCHAR":
        return None
    where, values = frame.scope.condition()
    return frame.kept(
        ("commonest", tag.name),
        lambda: (
            frame.night.value(
                f"""SELECT {tag.name} FROM customer WHERE {where} AND {tag.name} IS NOT NULL
            GROUP BY 1 ORDER BY COUNT(*) DESC, 1 LIMIT 1""",
                **values,
            )
            if tag.name in frame.night.columns["customer"]
            else None
        ),
    )


def _figures(tag: Tag, now: dict[str, Any] | None, then: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Rows (name, now, last month) of what is measured of the tag."""
    if now is None:
        return []
    rows = [
        {"name": name, "now": _share(now, field), "then": _share(then, field)}
        for field, name in (
            ("present", say("有值客户", "With a value")),
            ("filled", say("有值且非空值", "With more than the empty value")),
        )
    ]
    words = (
        ("lowest", "最小", "Lowest"),
        ("median", "中位数", "Median"),
        ("highest", "最大", "Highest"),
        ("mean", "平均", "Mean"),
    )
    for field, zh, en in words:
        if now[field] is not None:
            rows.append({"name": say(zh, en), "now": wording.value(tag, now[field]),
                         "then": wording.value(tag, then[field]) if then else "–"})  # fmt: skip
    return rows


def _share(found: dict[str, Any] | None, field: str) -> str:
    if not found or not found["customers"]:
        return "–"
    return f"{100 * found[field] / found['customers']:.1f}% · {found[field]:,}"
