"""The entries of the audit chain."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from kequn.engage.orgs.models import Staff


class Entry(models.Model):
    """One thing that somebody did; ``digest`` covers it and the entry before, ``signature`` covers the digest."""

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150, db_index=True)
    role = models.CharField(max_length=24)
    action = models.CharField(max_length=40, db_index=True)
    subject = models.CharField(max_length=200, db_index=True)
    detail = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)

    class Meta:
        ordering: ClassVar = ["-number"]

    def __str__(self) -> str:
        return f"{self.number} {self.actor} {self.action} {self.subject}"

    @classmethod
    def visible_to(cls, user: Staff) -> models.QuerySet[Entry]:
        """What staff of the user's orgs did; at the head of the bank everything, also by names nobody has."""
        if user.org is not None and user.org.parent_id is None:
            return cls._default_manager.all()
        return cls._default_manager.filter(actor__in=Staff.visible_to(user).values("username"))
