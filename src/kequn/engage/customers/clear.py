"""The clear values of customers, read from the vault files of the deliveries: in slices, in memory, never on disk.

A customer may have several records (parties). As in the table ``customer_base``, each field is the one that the
earliest seen record states.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa

from kequn.bank.store import Part
from kequn.bank.vault import open_vault
from kequn.engage.customers.masks import MASKS
from kequn.workspace import Workspace

FIELDS = tuple(MASKS)
SLICE = 200_000  # customers whose values are in memory at a time; the vault files are read once a slice
BATCH = 20_000

# Every record of every customer, earliest seen first, with the tokens of its values.
MEMBERS = """
CREATE OR REPLACE TEMP TABLE member AS
SELECT identity.customer_id, party.party_id, party.name_token, party.mobile_token, party.id_number_token,
  party.email_token, party.address_token,
  CAST(ROW_NUMBER() OVER (PARTITION BY identity.customer_id
    ORDER BY party.first_seen, party.source, party.source_ref, party.party_id) AS INTEGER) AS place
FROM identity JOIN party ON identity.party_id = party.party_id
"""

Values = tuple[int, dict[str, str]]


def values(workspace: Workspace, parts: list[Part], duck: Any, chosen: str) -> Iterator[list[Values]]:
    """Batches of (customer_id, values by field) for the customers in DuckDB's table ``chosen``.

    ``duck`` is a cursor that holds the table ``member``.
    """
    ((count,),) = duck.execute(f"SELECT COUNT(*) FROM {chosen}").fetchall()
    slices = -(-count // SLICE)
    for number in range(slices):
        members = duck.sql(
            "SELECT party_id, customer_id, place FROM member"
            f" JOIN (SELECT customer_id FROM {chosen}) USING (customer_id)"
            f" WHERE abs(customer_id) % {slices} = {number}"
        ).to_arrow_table()
        yield from _slice(workspace, parts, members)


def _slice(workspace: Workspace, parts: list[Part], members: pa.Table) -> Iterator[list[Values]]:
    with duckdb.connect() as clear:
        clear.execute("SET temp_directory = ''; SET threads = 1")  # clear values do not spill to disk
        clear.register("member", members)
        stated = ", ".join(f"NULLIF(TRIM(batch.{field}), '') AS {field}" for field in FIELDS)
        empty = ", ".join(f"CAST(NULL AS VARCHAR) AS {field}" for field in FIELDS)
        clear.execute(
            f"CREATE TABLE held AS SELECT customer_id, place, {empty} FROM member WHERE FALSE;"
            "CREATE TABLE of AS SELECT * FROM member"
        )
        for part in parts:
            for batch in open_vault(workspace, "party", part.source, part.folder.name):
                clear.register("batch", pa.Table.from_batches([batch]))
                clear.execute(
                    f"INSERT INTO held SELECT of.customer_id, of.place, {stated}"
                    " FROM batch JOIN of ON batch.party_id = of.party_id"
                )
        first = ", ".join(f"ARG_MIN({field}, place) FILTER ({field} IS NOT NULL) AS {field}" for field in FIELDS)
        # Whoever has no record in the vault is there with no values.
        found = clear.sql(
            f"SELECT customer_id, {first} FROM (SELECT DISTINCT customer_id FROM of) LEFT JOIN held"
            " USING (customer_id) GROUP BY customer_id"
        )
        for batch in found.to_arrow_reader(BATCH):
            ids, *columns = (column.to_pylist() for column in batch.columns)
            rows = zip(ids, zip(*columns, strict=True), strict=True)
            yield [(each, {name: text for name, text in zip(FIELDS, row, strict=True) if text}) for each, row in rows]
