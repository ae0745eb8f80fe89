"""The tree of orgs, one level at a time, with the staff and customers of each and all below."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count

from kequn.engage.orgs.models import Org, Staff
from kequn.engage.site.night import Night


@dataclass(frozen=True)
class Branch:
    """An org with what it and all below it hold; ``customers`` is None before the first night."""

    org: Org
    staff: int
    customers: int | None


def level(user: Staff, org: Org, night: Night | None) -> tuple[Branch, list[Branch]]:
    """``org`` itself and its children."""
    paths = dict(Org.visible_to(user).values_list("org_id", "path"))
    staff = _rolled(_staff(user), paths)
    customers = _rolled(_customers(user, night), paths) if night else None
    children = Org.visible_to(user).filter(parent=org).order_by("org_id")
    own, *below = [
        Branch(each, staff[each.path], customers[each.path] if customers is not None else None)
        for each in [org, *children]
    ]
    return own, below


def above(user: Staff, org: Org) -> list[Org]:
    """The orgs from the user's own down to just above ``org``."""
    ids = org.path.strip("/").split("/")[:-1]
    return list(Org.visible_to(user).filter(org_id__in=ids).order_by("path"))


def _staff(user: Staff) -> dict[str, int]:
    counted = Staff.visible_to(user).filter(is_active=True).order_by().values_list("org_id").annotate(Count("pk"))
    return {str(org_id): number for org_id, number in counted}


def _customers(user: Staff, night: Night) -> dict[str, int]:
    where, values = user.scope.condition()

    def counted() -> dict[str, int]:
        query = f"SELECT coalesce(org_id, branch_id) AS org, count(*) AS n FROM customer WHERE {where} GROUP BY 1"
        return {row["org"]: row["n"] for row in night.rows(query, **values) if row["org"]}

    return night.kept(("org_customers", user.scope), counted)


def _rolled(numbers: dict[str, int], paths: dict[str, str]) -> Counter[str]:
    """Numbers by path, each counted at its own org and at every one above."""
    found: Counter[str] = Counter()
    for org_id, number in numbers.items():
        steps = paths.get(org_id, "").strip("/").split("/")
        for depth in range(1, len(steps) + 1):
            found["/" + "/".join(steps[:depth]) + "/"] += number
    return found
