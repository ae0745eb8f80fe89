"""Proposed changes of the documents that a night reads: what was proposed, rehearsed, shown and decided."""

from __future__ import annotations

import hashlib
import json
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from kequn.engage.language import say
from kequn.engage.orgs.models import Staff


class Change(models.Model):
    """A new policy or capacity, laid over the one with version ``base``.

    ``content`` and ``before`` are whole documents as plain values. ``rehearsed`` is the digest that ``rehearsal`` (the
    comparison of ``kequn settle --dry-run``) speaks of, ``shown`` the digest that was submitted.
    """

    class Kind(models.TextChoices):
        """Which document."""

        POLICY = "policy"
        CAPACITY = "capacity"

    class State(models.TextChoices):
        """``states.TRANSITIONS`` says how one follows another."""

        DRAFT = "draft"
        SUBMITTED = "submitted"
        APPROVED = "approved"
        APPLIED = "applied"
        REJECTED = "rejected"
        WITHDRAWN = "withdrawn"

    class Rehearsal(models.TextChoices):
        """How far the dry run is."""

        NONE = "none"
        WAITING = "waiting"
        DONE = "done"
        FAILED = "failed"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="changes")
    why = models.TextField()
    base = models.CharField(max_length=12)
    before = models.JSONField()
    content = models.JSONField()
    undoes = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="undone_by")
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField()
    run = models.BigIntegerField(null=True)
    rehearsal_state = models.CharField(max_length=7, choices=Rehearsal.choices, default=Rehearsal.NONE)
    rehearsal = models.JSONField(null=True)
    rehearsal_message = models.TextField(blank=True)
    rehearsed = models.CharField(max_length=64, blank=True)
    rehearsed_night = models.CharField(max_length=40, blank=True)
    submitted_at = models.DateTimeField(null=True)
    shown = models.CharField(max_length=64, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="decided_changes"
    )
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField(blank=True)
    applied_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["state", "submitted_at"], name="change_by_state")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} {self.state}"

    @classmethod
    def visible_to(cls, user: Staff) -> models.QuerySet[Change]:
        """What was submitted, and the person's own drafts; the documents are the whole bank's."""
        return cls._default_manager.filter(Q(submitted_at__isnull=False) | Q(author=user))

    @property
    def digest(self) -> str:
        """SHA-256 over kind, base, content and reason: exactly what an approver is shown."""
        told: list[Any] = [self.kind, self.base, self.content, self.why]
        return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    @property
    def is_rehearsed(self) -> bool:
        """Whether the dry run speaks of what the change says now."""
        return self.rehearsal_state == self.Rehearsal.DONE and self.rehearsed == self.digest

    @cached_property
    def kind_label(self) -> str:
        return say(*KINDS[self.kind])

    @cached_property
    def state_label(self) -> str:
        return say(*STATES[self.state])


KINDS: dict[str, tuple[str, str]] = {
    Change.Kind.POLICY: ("触达规则", "Contact policy"),
    Change.Kind.CAPACITY: ("渠道容量", "Capacity"),
}
STATES: dict[str, tuple[str, str]] = {
    Change.State.DRAFT: ("草稿", "Draft"),
    Change.State.SUBMITTED: ("待审批", "Waiting for approval"),
    Change.State.APPROVED: ("已批准，待生效", "Approved, not yet in force"),
    Change.State.APPLIED: ("已生效", "In force"),
    Change.State.REJECTED: ("已驳回", "Rejected"),
    Change.State.WITHDRAWN: ("已撤回", "Withdrawn"),
}
