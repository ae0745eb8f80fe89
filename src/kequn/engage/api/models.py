"""Tokens: keys with which programs act for a member of staff."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from kequn.engage.orgs.models import Staff


class Token(models.Model):
    """What a token may do and until when; of the token itself only a hash is kept, and its beginning to know it by."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=80)
    scopes = models.JSONField(default=list)
    digest = models.CharField(max_length=64, unique=True)
    beginning = models.CharField(max_length=12)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-made_at", "-id"]

    def __str__(self) -> str:
        return f"{self.beginning}… {self.name}"

    @classmethod
    def visible_to(cls, user: Staff) -> models.QuerySet[Token]:
        """The person's own; an administrator also sees those of staff at the orgs below."""
        from kequn.engage.orgs.roles import Role

        owners = Staff.visible_to(user) if user.duty is Role.ADMINISTRATOR else Staff.objects.none()
        mine = models.Q(owner=user) | models.Q(owner__in=owners)
        return cls._default_manager.filter(mine).select_related("owner")

    def usable(self, now: datetime | None = None) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None and (now or timezone.now()) < self.expires_at and self.owner.is_active
