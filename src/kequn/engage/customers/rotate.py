"""Seal every customer's values anew with the current key and algorithm: in batches, to be taken up where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import connection, transaction

from kequn.engage.customers.cipher import ring
from kequn.engage.customers.load import one_at_a_time
from kequn.engage.customers.models import Customer

BATCH = 10_000
UPDATE = f"UPDATE {Customer._meta.db_table} SET sealed = %s WHERE customer_id = %s"
Progress = Callable[[int, int], None]


def rotate(progress: Progress | None = None) -> int:
    """Re-seal what is not sealed with the current key; returns how many customers that were.

    Every batch is its own transaction, and each value says what it is sealed with: a rotation that was stopped is
    simply started again, and pages read old and new meanwhile. Raises UnreadableError where an old key is not at hand.
    """
    workspace = settings.WORKSPACE
    keys, done = ring(workspace), 0
    with one_at_a_time(workspace):
        total = Customer.objects.count()
        seen = 0
        for batch in _batches():
            stale = [
                (keys.seal(customer_id, keys.open(customer_id, sealed)), customer_id)
                for customer_id, sealed in batch
                if not sealed.startswith(keys.header)
            ]
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.executemany(UPDATE, stale)
            done, seen = done + len(stale), seen + len(batch)
            if progress:
                progress(seen, total)
    return done


def _batches() -> Iterator[list[tuple[int, bytes]]]:
    """Ids and sealed values of all customers by id, so many at a time."""
    last: int | None = None
    while True:
        rows = Customer.objects.order_by("customer_id").values_list("customer_id", "sealed")
        rows = rows if last is None else rows.filter(customer_id__gt=last)
        batch = [(customer_id, bytes(sealed)) for customer_id, sealed in rows[:BATCH]]
        if not batch:
            return
        yield batch
        last = batch[-1][0]
