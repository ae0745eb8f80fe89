"""Orgs, staff and assignments: rows that every night brings up to date from the bank's standard tables."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models

from kequn.engage.language import say
from kequn.engage.orgs.roles import Role
from kequn.engage.orgs.scope import Scope


class Org(models.Model):
    """Province, city, sub-branch or outlet; ``path`` holds the ids from the root down, so that below is a prefix."""

    class Level(models.TextChoices):
        """Levels of the tree, from the root down."""

        PROVINCE = "province"
        CITY = "city"
        SUB_BRANCH = "sub_branch"
        OUTLET = "outlet"

    org_id = models.CharField(primary_key=True, max_length=32)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    level = models.CharField(max_length=16, choices=Level.choices)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    path = models.CharField(max_length=255, db_index=True)

    class Meta:
        ordering: ClassVar = ["path"]

    def __str__(self) -> str:
        return say(self.name_zh, self.name_en or self.name_zh)

    @classmethod
    def visible_to(cls, user: Staff) -> models.QuerySet[Org]:
        """The orgs that ``user`` may see: their own and all below."""
        return cls._default_manager.filter(path__startswith=user.org.path) if user.org else cls._default_manager.none()


class Staff(AbstractUser):
    """A member of staff, who logs in with the staff number. One role, at one org."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField(max_length=80, blank=True)
    role = models.CharField(max_length=24, choices=[(role.value, role.value) for role in Role])
    org = models.ForeignKey(Org, null=True, on_delete=models.PROTECT, related_name="staff")
    department = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=8, blank=True)
    by_hand = models.BooleanField(default=False)  # an administrator's entry, which the nightly load leaves alone
    toured = models.BooleanField(default=False)  # has seen or declined the tour of a first visit
    must_change = models.BooleanField(default=False)  # the password was given for one login

    REQUIRED_FIELDS: ClassVar = []

    class Meta:
        ordering: ClassVar = ["username"]

    def __str__(self) -> str:
        return f"{self.name} {self.username}".strip()

    def get_full_name(self) -> str:
        return self.name or self.username

    @property
    def duty(self) -> Role:
        """The role as a member of ``Role``."""
        return Role(self.role)

    @property
    def scope(self) -> Scope:
        """Whose customers this person may see; worked out once a request."""
        if not hasattr(self, "_scope"):
            self._scope = self._worked_out()
        return self._scope

    def _worked_out(self) -> Scope:
        if self.duty == Role.RM:
            return Scope(staff=self.username)
        if self.org is None:
            return Scope(orgs=())
        if self.org.parent_id is None:
            return Scope(everything=True)
        return Scope(orgs=tuple(Org.visible_to(self).values_list("org_id", flat=True)))

    @classmethod
    def visible_to(cls, user: Staff) -> models.QuerySet[Staff]:
        """Staff at the orgs that ``user`` may see."""
        return cls._default_manager.filter(org__path__startswith=user.org.path) if user.org else cls.objects.none()


class Assignment(models.Model):
    """A customer is looked after by a relationship manager from one day to another (open: until further notice)."""

    customer_id = models.BigIntegerField()
    staff_id = models.CharField(max_length=150)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        ordering: ClassVar = ["-valid_from"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer_id", "staff_id", "valid_from"], name="one_assignment")
        ]
        indexes: ClassVar = [models.Index(fields=["staff_id"], name="assignment_by_staff")]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.staff_id}"
