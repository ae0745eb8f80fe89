"""A peer: the same audience counts by the ORM on a table of customers, as a CRM counts them."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.db import connection, models, transaction

from kequn.engage.site.night import newest

BATCH = 50_000
COLUMNS = (
    "customer_id", "tier", "payroll", "credit_card", "aum_month_avg", "age", "silver", "has_time_deposit", "merchant",
    "has_wealth", "mobile_banking", "tier_near",
)  # fmt: skip


class Customer(models.Model):
    """A customer as a CRM keeps one, with indexes where it would have them."""

    customer_id = models.BigIntegerField(primary_key=True)
    tier = models.CharField(max_length=16, db_index=True)
    payroll = models.BooleanField(db_index=True)
    credit_card = models.BooleanField()
    aum_month_avg = models.BigIntegerField(db_index=True)
    age = models.IntegerField(null=True, db_index=True)
    silver = models.BooleanField()
    has_time_deposit = models.BooleanField()
    merchant = models.BooleanField()
    has_wealth = models.BooleanField()
    mobile_banking = models.BooleanField()
    tier_near = models.BooleanField()

    class Meta:
        """The bench makes the table and fills it."""

        app_label = "site"
        db_table = "bench_customer"
        managed = False


Q = Customer._default_manager.filter
# In the order of console_pages.AUDIENCES.
COUNTS: tuple[Callable[[], int], ...] = (
    lambda: Q(tier__in=["gold", "platinum"], payroll=True, credit_card=False).count(),
    lambda: Q(aum_month_avg__gte=20_000_000, age__gte=35, age__lte=55).count(),
    lambda: Q(silver=True, has_time_deposit=True).count(),
    lambda: Q(merchant=True, has_wealth=False).count(),
    lambda: Q(mobile_banking=True, tier_near=True).count(),
)


def orm_counts(repeats: int) -> tuple[list[int], list[float]]:
    """Counts, and milliseconds of each count, after loading the table, indexing and analysing it."""
    _filled()
    counts, times = [], []
    for turn in range(repeats + 1):
        for count in COUNTS:
            started = time.perf_counter()
            found = count()
            if turn:
                times.append(1000 * (time.perf_counter() - started))
            else:
                counts.append(found)
    return counts, times


def _filled() -> None:
    night = newest(settings.WORKSPACE)
    assert night
    with connection.schema_editor() as editor:
        editor.create_model(Customer)
    columns, marks = ", ".join(COLUMNS), ", ".join(["%s"] * len(COLUMNS))
    with night.reading.engine.connection.cursor() as tables, transaction.atomic(), connection.cursor() as cursor:
        tables.execute(f"SELECT {columns} FROM customer ORDER BY customer_id")
        while rows := tables.fetchmany(BATCH):
            cursor.executemany(f"INSERT INTO bench_customer ({columns}) VALUES ({marks})", rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE bench_customer")
