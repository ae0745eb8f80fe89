"""The vault's rows: each customer's sealed clear values, the digests that find them, and what has been loaded."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from kequn.engage.orgs.models import Staff


class Customer(models.Model):
    """Whose the customer is, and the sealed clear values; ``digest`` changes when one of them does."""

    customer_id = models.BigIntegerField(primary_key=True)
    org_id = models.CharField(max_length=32, null=True)
    branch_id = models.CharField(max_length=32, null=True)
    staff_id = models.CharField(max_length=150, null=True)
    digest = models.CharField(max_length=32)
    sealed = models.BinaryField()

    class Meta:
        ordering: ClassVar = ["customer_id"]

    def __str__(self) -> str:
        return str(self.customer_id)

    @classmethod
    def visible_to(cls, user: Staff) -> models.QuerySet[Customer]:
        """The customers that ``user`` looks after."""
        return user.scope.rows(cls._default_manager.all())


class Key(models.Model):
    """One digest by which a customer is found; a customer has as many mobiles as their records name."""

    class Kind(models.TextChoices):
        """What the digest is of."""

        MOBILE = "mobile"
        ID_NUMBER = "id_number"

    pk = models.CompositePrimaryKey("kind", "digest", "customer_id")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    digest = models.CharField(max_length=64)
    customer_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.kind} of {self.customer_id}"


class Load(models.Model):
    """The night whose rows a part of the database holds."""

    what = models.CharField(primary_key=True, max_length=40)
    night = models.CharField(max_length=40)
    rows = models.BigIntegerField()
    seconds = models.FloatField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.what}: {self.night}"
