"""Who an audience is: its tiers, stages, ages, segments and branches beside those of everybody in scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kequn.engage.audiences.counting import Looker, size
from kequn.engage.language import say
from kequn.engage.orgs.models import Org
from kequn.engage.site.night import Rows
from kequn.errors import KequnError
from kequn.insight.catalogue import Tag

AGES = (25, 35, 45, 55, 65)
BRANCHES_MOST = 10
CODES = ("tier", "lifecycle_stage")
OTHERS_MOST = 10


@dataclass(frozen=True)
class Part:
    """Customers of one tier (segment, branch, ...): ``share`` of the audience beside ``base``, that of the scope."""

    label: str
    customers: int
    share: float
    base: float | None

    @property
    def lift(self) -> float | None:
        """How many times as frequent as in the scope."""
        return self.share / self.base if self.base else None


@dataclass(frozen=True)
class Overlap:
    """Customers whom two audiences share, with the part of each."""

    name: str
    pk: int
    customers: int
    share: float | None
    of_other: float | None


def profile(looker: Looker, rule: str) -> list[tuple[str, list[Part]]]:
    """Titles with their parts; nothing for an audience without customers."""
    whole = size(looker, rule)
    if not whole.customers:
        return []
    here, everywhere = _counts(looker, rule), _counts(looker, "")
    sections = []
    for name, title, labels in _sections(looker, here):
        parts = [
            Part(label, number, number / whole.customers, everywhere.get((name, key), 0) / whole.of)
            for key, label in labels
            if (number := here.get((name, key), 0)) or everywhere.get((name, key))
        ]
        sections.append((title, parts))
    return [section for section in sections if section[1]]


Counts = dict[tuple[str, str], int]


def _counts(looker: Looker, rule: str) -> Counts:
    """Customers by section and code."""
    made = looker.kept("audience profile", rule, make=lambda: looker.rows(_query(looker, rule)))
    counted = {(row["section"], row["code"]): row["customers"] for row in made if row["code"] is not None}
    flags = _flags(looker, rule)
    return counted | {("segment", name): flags[name] for name in looker.known.segments if name in flags}


def _query(looker: Looker, rule: str) -> str:
    age = " ".join(f"WHEN age < {bound} THEN '{bound}'" for bound in AGES)
    groups = {**{name: name for name in CODES}, "age": f"CASE {age} WHEN age >= {AGES[-1]} THEN 'more' END",
              "branch": "branch_id"}  # fmt: skip
    named = ", ".join(f"{text} AS of_{name}" for name, text in groups.items())
    counts = (
        f"SELECT '{name}' AS section, of_{name} AS code, COUNT(*) AS customers FROM chosen GROUP BY of_{name}"
        for name in groups
    )
    base = f"SELECT {named} FROM customer WHERE {looker.where(rule)}"
    return f"WITH chosen AS MATERIALIZED ({base}) " + " UNION ALL ".join(counts)


def _flags(looker: Looker, rule: str) -> dict[str, int]:
    """Customers of each segment and with each consent, and with any consent, in one pass."""
    there = looker.night.columns["customer"]
    consents = [tag.name for tag in _consents(looker)]
    names = [*(name for name in looker.known.segments if name in there), *consents]
    any_of = " OR ".join(f'"{name}"' for name in consents) or "FALSE"
    counts = ", ".join(f'COUNT(*) FILTER (WHERE "{name}") AS "{name}"' for name in names)
    query = f"SELECT {counts}, COUNT(*) FILTER (WHERE {any_of}) AS reachable FROM customer WHERE {looker.where(rule)}"
    found: dict[str, int] = looker.kept("audience flags", rule, make=lambda: looker.rows(query))[0]
    return found


def _consents(looker: Looker) -> list[Tag]:
    there = looker.night.columns["customer"]
    return [tag for name, tag in looker.known.tags.items() if name.startswith("consent_") and name in there]


def _sections(looker: Looker, here: Counts) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Name, title, and codes with their labels in the order to show them."""
    tags = looker.known.tags
    codes = [(name, say(tags[name].zh, tags[name].en), _labels(tags[name])) for name in CODES if name in tags]
    bounds = [(str(bound), _age(low, bound)) for low, bound in zip((None, *AGES), AGES, strict=False)]
    segments = [(name, say(each.zh, each.en)) for name, each in looker.known.segments.items()]
    return [
        codes[0],
        ("segment", say("客群（可重叠）", "Segments (they overlap)"), segments),
        ("age", say("年龄段", "Age"), [*bounds, ("more", say(f"{AGES[-1]} 岁及以上", f"{AGES[-1]} and over"))]),
        *codes[1:],
        (
            "branch",
            say(f"支行（人数最多的 {BRANCHES_MOST} 家）", f"Branches (the {BRANCHES_MOST} largest)"),
            _branches(here),
        ),
    ]


def _labels(tag: Tag) -> list[tuple[str, str]]:
    return [(code, say(*labels)) for code, labels in tag.values.items()]


def _age(low: int | None, bound: int) -> str:
    if low is None:
        return say(f"{bound} 岁以下", f"under {bound}")
    return say(f"{low}–{bound - 1} 岁", f"{low}–{bound - 1}")


def _branches(here: Counts) -> list[tuple[str, str]]:
    sizes = sorted(((-n, code) for (section, code), n in here.items() if section == "branch"))[:BRANCHES_MOST]
    names = {org.org_id: str(org) for org in Org.objects.filter(org_id__in=[code for _, code in sizes])}
    return [(code, names.get(code, code)) for _, code in sizes]


def reach(looker: Looker, rule: str) -> list[tuple[str, int, float | None]]:
    """Consents for each channel: its label, how many of the audience gave it, and their share."""
    tags = _consents(looker)
    if not tags:
        return []
    found, total = _flags(looker, rule), size(looker, rule).customers
    named = [(say(tag.zh, tag.en), found[tag.name]) for tag in tags]
    named.append((say("至少一个渠道", "At least one channel"), found["reachable"]))
    return [(label, number, number / total if total else None) for label, number in named]


def overlaps(looker: Looker, rule: str, others: Sequence[tuple[int, str, str]]) -> list[Overlap]:
    """Customers shared with ``others`` (id, name, rule), the most first; others that cannot be counted are left out."""
    usable = [(pk, name, other) for pk, name, other in others[:OTHERS_MOST] if _usable(looker, other)]
    if not usable:
        return []
    counts = ", ".join(
        f"COUNT(*) FILTER (WHERE {looker.chosen(other)}) AS both_{n}" for n, (_, _, other) in enumerate(usable)
    )
    query = f"SELECT {counts} FROM customer WHERE {looker.where(rule)}"
    row = looker.kept("audience overlap", query, make=lambda: looker.rows(query))[0]
    total = size(looker, rule).customers
    found = [
        _overlap(name, pk, row[f"both_{n}"], total, size(looker, other).customers)
        for n, (pk, name, other) in enumerate(usable)
    ]
    return sorted(found, key=lambda each: (-each.customers, each.name))


def _overlap(name: str, pk: int, both: int, total: int, other: int) -> Overlap:
    return Overlap(name, pk, both, both / total if total else None, both / other if other else None)


def _usable(looker: Looker, rule: str) -> bool:
    try:
        size(looker, rule)
    except KequnError:
        return False
    return True


def sizes_over_nights(lookers: Sequence[Looker], rule: str) -> Rows:
    """The size on each night that knows all tags of the rule, oldest first."""
    return [
        {"as_of": looker.night.as_of, "customers": size(looker, rule).customers}
        for looker in lookers
        if _usable(looker, rule)
    ]
