"""Large tables of a night once more, in the order of customers: a page about one reads a few thousand rows of them.

The bank's balances lie in the order of days and the scores in that of the night's work, so that one customer's rows
cost a scan of everything: a fifth of a second of both cores at a million customers, and more with each million.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from kequn.engage.site.night import Night
from kequn.engine.duck import text
from kequn.engine.publish import nights

SERIES = "aum_change"
HELD = "balance_now"
MONTHS = 24
LARGE = 500_000  # rows from which a table of the night is laid out
TABLES = ("score_channel", "score_product", "score_value", "score_uplift", "exclusion")
STANDARD = ("contact", "response", "consent")  # their rows name a party
ROW_GROUP = 8_192

# What each month changed in a customer's balances by class, in the bank's currency; what came before the first month
# shown counts as a change of that month.
_SERIES = """
WITH moved AS ({moved})
SELECT account.customer_id, account.asset_class,
  CAST(GREATEST(DATE_TRUNC('month', moved.valid_from), {first}) AS DATE) AS month,
  CAST(SUM(moved.change_fen) AS BIGINT) AS change_fen
FROM moved JOIN account ON account.account_id = moved.account_id AND (account.currency <> {home}) = moved.converted
WHERE moved.valid_from <= {last} AND {where}
GROUP BY ALL HAVING SUM(moved.change_fen) <> 0
"""
# What is on each account, in its own currency.
_HELD = """
SELECT account.customer_id, account.account_id, CAST(SUM(balance.change_fen) AS BIGINT) AS balance_fen
FROM balance JOIN account ON account.account_id = balance.account_id
WHERE balance.valid_from <= {last} AND {where}
GROUP BY account.customer_id, account.account_id
"""


def changes(night: Night, where: str = "TRUE") -> str:
    """SQL of customer_id, asset_class, month (its first day) and change_fen; ``where`` is on the table ``account``."""
    night.bank("balance")
    moved = ["SELECT account_id, FALSE AS converted, valid_from, change_fen FROM balance WHERE change_fen <> 0"]
    converted = (name for name in ("foreign_worth_closed", "foreign_worth") if night.has(name))
    moved += [f"SELECT account_id, TRUE, valid_from, change_fen FROM {name}" for name in converted]
    last = f"DATE '{night.as_of}'"
    return _SERIES.format(
        moved=" UNION ALL ".join(moved), where=where, last=last,
        first=f"DATE_TRUNC('month', {last}) - INTERVAL {MONTHS} MONTH",
        home=text(night.workspace.settings.text("bank.currency")),
    )  # fmt: skip


def held(night: Night, where: str = "TRUE") -> str:
    """SQL of customer_id, account_id and balance_fen on the night's day; ``where`` is on the table ``account``."""
    night.bank("balance")
    return _HELD.format(last=f"DATE '{night.as_of}'", where=where)


def rows(night: Night, table: str, where: str) -> str:
    """SQL of SERIES or HELD: from the night's copy, else worked out for the accounts of ``where``."""
    if (folder(night) / f"{table}.parquet").is_file():
        return f"SELECT * FROM {source(night, table)}"
    return {SERIES: changes, HELD: held}[table](night, where)


def of_party(night: Night, table: str) -> str:
    """SQL of the rows of a standard table whose party is customer ``$id``."""
    file = folder(night) / f"{table}.parquet"
    if file.is_file():
        return f"SELECT * FROM read_parquet({text(file)}) WHERE customer_id = $id"
    night.bank(table)
    return f"SELECT * FROM {table} WHERE party_id IN (SELECT party_id FROM identity WHERE customer_id = $id)"


def source(night: Night, table: str) -> str:
    """What to read ``table`` from: its copy in the order of customers where there is one, else the table."""
    file = folder(night) / f"{table}.parquet"
    return f"read_parquet({text(file)})" if file.is_file() else table


def folder(night: Night) -> Path:
    """Where the copies of a night lie; the folder is there when they all are."""
    return night.workspace.data / "console" / "layout" / night.key


def build(night: Night) -> None:
    """Write the night's copies, and remove those of nights that are published no more."""
    final = folder(night)
    if final.is_dir() and all((final / f"{table}.parquet").is_file() for table in (SERIES, HELD, *STANDARD)):
        return
    work = final.with_name(f".{final.name}.{os.getpid()}")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    _write(night, changes(night), work / f"{SERIES}.parquet", "customer_id, month, asset_class")
    _write(night, held(night), work / f"{HELD}.parquet", "customer_id, account_id")
    night.bank(*STANDARD)
    for name in STANDARD:
        query = (
            f"SELECT {name}.*, identity.customer_id FROM {name} JOIN identity ON identity.party_id = {name}.party_id"
        )
        _write(night, query, work / f"{name}.parquet", "customer_id")
    for name in TABLES:
        if night.has(name) and night.published.manifest["tables"][name]["rows"] >= LARGE:
            _write(night, f"SELECT * FROM {name}", work / f"{name}.parquet", "customer_id")
    shutil.rmtree(final, ignore_errors=True)
    work.rename(final)
    kept = {published.folder.name for published in nights(night.workspace)}
    for old in final.parent.iterdir():
        if old.name not in kept:
            shutil.rmtree(old, ignore_errors=True)


def _write(night: Night, query: str, file: Path, order: str) -> None:
    """In two steps, so that the sums and the sort do not need memory at once; either spills to disk."""
    with night.reading.engine.connection.cursor() as cursor:
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE made AS {query}")
        cursor.execute(
            f"COPY (SELECT * FROM made ORDER BY {order}) TO {text(file)}"
            f" (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
        )
        cursor.execute("DROP TABLE made")
