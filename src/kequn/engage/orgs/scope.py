"""Whose customers a person may see: one answer for rows (a queryset) and for published tables (a condition)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Scope:
    """The whole bank (``everything``), the customers of some ``orgs`` (outlets and all above), or those of one RM."""

    everything: bool = False
    orgs: tuple[str, ...] = ()
    staff: str | None = None

    def condition(self, table: str = "customer") -> tuple[str, dict[str, Any]]:
        """SQL and its parameters for rows of a published table that has org_id, branch_id and staff_id.

        >>> Scope(staff="S000001").condition()
        ('customer.staff_id = $scope_staff', {'scope_staff': 'S000001'})
        """
        if self.everything:
            return "TRUE", {}
        if self.staff is not None:
            return f"{table}.staff_id = $scope_staff", {"scope_staff": self.staff}
        within = "(SELECT unnest($scope_orgs::VARCHAR[]))"
        return f"({table}.org_id IN {within} OR {table}.branch_id IN {within})", {"scope_orgs": list(self.orgs)}

    def rows(self, found: QuerySet[M]) -> QuerySet[M]:
        """Those rows of ``found``, a model with org_id and staff_id, that the scope holds."""
        if self.everything:
            return found
        if self.staff is not None:
            return found.filter(staff_id=self.staff)
        return found.filter(org_id__in=self.orgs)
