"""Audiences with their owners, and the versions of their rules."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from kequn.engage.orgs.models import Org, Staff


class Audience(models.Model):
    """A rule that somebody keeps. Its owner changes it; when shared, everybody at the owner's org may read it."""

    name = models.CharField(max_length=80)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="audiences")
    org = models.ForeignKey(Org, null=True, on_delete=models.PROTECT, related_name="audiences")
    shared = models.BooleanField(default=False)
    changed_at = models.DateTimeField(db_index=True)
    archived_at = models.DateTimeField(null=True)
    newest = models.OneToOneField("Version", null=True, on_delete=models.PROTECT, related_name="newest_of")

    class Meta:
        ordering: ClassVar = ["-changed_at", "-id"]

    def __str__(self) -> str:
        return self.name

    @property
    def rule(self) -> str:
        """The rule of the newest version."""
        return self.newest.rule if self.newest else ""

    @classmethod
    def visible_to(cls, user: Staff) -> models.QuerySet[Audience]:
        """Those of ``user``, and those that others at the same org share."""
        of_org = Q(shared=True, org_id=user.org_id) if user.org_id else Q(pk__in=[])
        return cls._default_manager.filter(Q(owner=user) | of_org).select_related("owner", "newest")

    def owned_by(self, user: Staff) -> bool:
        """Whether ``user`` may change it."""
        return self.owner_id == user.pk


class Version(models.Model):
    """A rule as it was saved: by whom, and how many customers of the author's scope it held on which night."""

    audience = models.ForeignKey(Audience, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    rule = models.TextField()
    customers = models.BigIntegerField()
    night = models.CharField(max_length=40)
    as_of = models.DateField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["audience", "number"], name="one_version")]

    def __str__(self) -> str:
        return f"{self.audience_id}.{self.number}"

    @classmethod
    def visible_to(cls, user: Staff) -> models.QuerySet[Version]:
        """Versions of the audiences that ``user`` may see."""
        return cls._default_manager.filter(audience__in=Audience.visible_to(user)).select_related("author")
