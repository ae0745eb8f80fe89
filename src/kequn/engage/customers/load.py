"""Bring the vault and the assignments up to a night: what differs is sealed, staged and upserted at once.

Whether a customer's values differ is told by the bank's tokens of them, without opening anything. A load that is
killed leaves the rows as they were; loading a night again changes nothing.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from django.db import connection, transaction

from kequn.bank.store import part_infos
from kequn.bank.tokens import token_key
from kequn.engage import bulk
from kequn.engage.bulk import Applied, Staging, Target
from kequn.engage.customers import layout
from kequn.engage.customers.cipher import Ring, found_by, ring
from kequn.engage.customers.clear import BATCH, FIELDS, MEMBERS, values
from kequn.engage.customers.models import Customer, Key, Load
from kequn.engage.orgs.models import Assignment
from kequn.engage.site.night import Night
from kequn.workspace import Workspace

WHAT = "customers"
COMPARED = ("customer_id", "org_id", "branch_id", "staff_id", "digest")
CUSTOMERS = Target(Customer, (*COMPARED, "sealed"), ("customer_id",))
KEYS = Target(Key, ("kind", "digest", "customer_id"), ("kind", "digest", "customer_id"))
ASSIGNMENTS = Target(
    Assignment, ("customer_id", "staff_id", "valid_from", "valid_to"), ("customer_id", "staff_id", "valid_from")
)
Progress = Callable[[int, int], None]

# The content's digest: of each field the token that the earliest seen record states. Tokens are keyed already.
_WANTED = """
CREATE OR REPLACE TEMP TABLE wanted_customer AS
WITH stated AS (SELECT customer_id, MD5({content}) AS digest FROM member GROUP BY customer_id)
SELECT customer.customer_id, customer.org_id, customer.branch_id, customer.staff_id,
  COALESCE(stated.digest, '') AS digest
FROM customer LEFT JOIN stated ON customer.customer_id = stated.customer_id
"""
_TOKENS = """
SELECT DISTINCT kind, token, customer_id FROM (
  SELECT 'mobile' AS kind, mobile_token AS token, customer_id FROM member
  UNION ALL SELECT 'id_number', id_number_token, customer_id FROM member
) WHERE token IS NOT NULL
"""
# Two records of one customer may be with one manager; then the longer of two terms that begin together counts.
_ASSIGNED = """
CREATE OR REPLACE TEMP TABLE wanted_assignment AS
SELECT identity.customer_id, assignment.staff_id, assignment.valid_from,
  CASE WHEN COUNT(*) = COUNT(assignment.valid_to) THEN MAX(assignment.valid_to) END AS valid_to
FROM assignment JOIN identity ON assignment.party_id = identity.party_id
GROUP BY identity.customer_id, assignment.staff_id, assignment.valid_from
"""


@dataclass(frozen=True)
class Loaded:
    """Customers of the night, and rows that were changed and removed."""

    customers: int
    vault: Applied
    keys: Applied
    assignments: Applied
    seconds: float


def load(night: Night, progress: Progress | None = None) -> Loaded:
    """Make vault, index and assignments those of ``night``; ``progress`` is told customers sealed and to seal.

    Raises KequnError where a vault file or a key is missing; nothing has changed then.
    """
    began = time.monotonic()
    with one_at_a_time(night.workspace), night.reading.engine.connection.cursor() as duck, Staging() as staging:
        night.bank("party", "assignment")
        count = _want(duck, night.workspace)
        _stage_customers(duck, night, staging, progress)
        for target, wanted in ((KEYS, "wanted_key"), (ASSIGNMENTS, "wanted_assignment")):
            changed, gone = bulk.compare(duck, target, target.columns, wanted)
            staging.rows(target, _batches(duck, changed))
            staging.gone(target, _batches(duck, gone))
        layout.build(night)
        with transaction.atomic():
            vault, keys, assignments = (staging.apply(target) for target in (CUSTOMERS, KEYS, ASSIGNMENTS))
            seconds = time.monotonic() - began
            done = {"night": night.key, "rows": count, "seconds": seconds, "at": datetime.now(UTC)}
            Load.objects.update_or_create(what=WHAT, defaults=done)
    if connection.vendor == "postgresql" and vault.changed:
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {CUSTOMERS.table}, {KEYS.table}")
    return Loaded(count, vault, keys, assignments, seconds)


def is_loaded(night: Night) -> bool:
    """Whether the vault is that of ``night``."""
    return Load.objects.filter(what=WHAT, night=night.key).exists()


@contextmanager
def one_at_a_time(workspace: Workspace) -> Iterator[None]:
    """Wait until no other process writes to the vault."""
    file = workspace.data / "console" / "vault.lock"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _want(duck: Any, workspace: Workspace) -> int:
    """Make the tables of what there should be; returns how many customers."""
    duck.execute(MEMBERS)
    tokens = (f"ARG_MIN({name}_token, place) FILTER ({name}_token IS NOT NULL)" for name in FIELDS)
    content = " || '|' || ".join(f"COALESCE({each}, '')" for each in tokens)
    duck.execute(_WANTED.format(content=content))
    duck.execute(_ASSIGNED)
    _want_keys(duck, workspace)
    return int(duck.execute("SELECT COUNT(*) FROM wanted_customer").fetchall()[0][0])


def _want_keys(duck: Any, workspace: Workspace) -> None:
    if workspace.settings.text("console.cipher") != "sm4":
        duck.execute(
            f"CREATE OR REPLACE TEMP TABLE wanted_key AS SELECT kind, token AS digest, customer_id FROM ({_TOKENS})"
        )
        return
    key, schema = token_key(workspace), KEYS.schema()
    duck.execute("CREATE OR REPLACE TEMP TABLE wanted_key (kind VARCHAR, digest VARCHAR, customer_id BIGINT)")
    duck.execute(f"CREATE OR REPLACE TEMP TABLE token AS {_TOKENS}")
    for batch in duck.sql("SELECT kind, token, customer_id FROM token").to_arrow_table().to_batches(BATCH):
        digests = pa.array([found_by(workspace, key, each) for each in batch.column(1).to_pylist()], pa.string())
        made = pa.record_batch([batch.column(0), digests, batch.column(2)], schema=schema)
        duck.register("arriving", pa.Table.from_batches([made]))
        duck.execute("INSERT INTO wanted_key SELECT kind, digest, customer_id FROM arriving")
    duck.unregister("arriving")
    duck.execute("DROP TABLE token")


def _stage_customers(duck: Any, night: Night, staging: Staging, progress: Progress | None) -> None:
    changed, gone = bulk.compare(duck, CUSTOMERS, COMPARED, "wanted_customer")
    staging.rows(CUSTOMERS, _sealed(duck, night, changed, progress or _silent))
    staging.gone(CUSTOMERS, _batches(duck, gone))


def _sealed(duck: Any, night: Night, changed: str, progress: Progress) -> Iterator[pa.RecordBatch]:
    """Rows of the table ``changed`` with what is sealed of each customer."""
    sealing, done = ring(night.workspace), 0
    ((total,),) = duck.execute(f"SELECT COUNT(*) FROM {changed}").fetchall()
    parts = part_infos(night.workspace, "party", night.as_of)
    for batch in values(night.workspace, parts, duck, changed):
        duck.register("arriving", _boxes(sealing, batch))
        yield from (
            duck.sql(f"SELECT {', '.join(COMPARED)}, sealed FROM arriving JOIN {changed} USING (customer_id)")
            .to_arrow_table()
            .to_batches()
        )
        done += len(batch)
        progress(done, total)


def _boxes(sealing: Ring, batch: list[tuple[int, dict[str, str]]]) -> pa.Table:
    ids = pa.array([customer_id for customer_id, _ in batch], pa.int64())
    boxes = pa.array([sealing.seal(*each) for each in batch], pa.binary())
    return pa.table({"customer_id": ids, "sealed": boxes})


def _batches(duck: Any, table: str) -> Iterator[pa.RecordBatch]:
    yield from duck.sql(f"SELECT * FROM {table}").to_arrow_reader(bulk.ROWS)


def _silent(done: int, total: int) -> None:
    """Progress that nobody watches."""
