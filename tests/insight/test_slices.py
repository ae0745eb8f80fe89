"""Tables made some customers after others: the same rows, however many slices, and as few slices as memory asks for."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kequn.engine.build import Build
from kequn.engine.duck import DuckEngine
from kequn.engine.macros import Parameters
from kequn.engine.publish import content_hash
from kequn.engine.query import compile_query
from kequn.insight import slices
from kequn.workspace import Settings

CUSTOMERS = 200
TEXT = """WITH posting_sum AS (SELECT account_id, isum(amount_fen) AS fen FROM posting GROUP BY account_id)
SELECT identity.customer_id, isum(posting_sum.fen) AS fen, count(*) AS accounts
FROM posting_sum JOIN account ON posting_sum.account_id = account.account_id
JOIN identity ON account.party_id = identity.party_id GROUP BY identity.customer_id"""


@pytest.fixture
def build(tmp_path: Path, duck: DuckEngine) -> Build:
    """Customers of one or two parties, each party with up to three accounts and their postings."""
    chance = Random(7)

    def ids(count: int) -> list[int]:
        return [chance.randrange(2**63) for _ in range(count)]

    customers = [0, 2**63 - 1, *ids(CUSTOMERS - 2)]
    parties = [(party, customer) for customer in customers for party in ids(chance.randint(1, 2))]
    accounts = [(account, party) for party, _ in parties for account in ids(chance.randint(0, 3))]
    postings = [(chance.choice(accounts)[0], chance.randint(-9, 9)) for _ in range(3000)]
    made = Build(duck, tmp_path / "work", [], lambda _: None)
    for name, columns, rows in (
        ("customer_base", ["customer_id"], [(customer,) for customer in customers]),
        ("identity", ["party_id", "customer_id"], parties),
        ("account", ["account_id", "party_id"], accounts),
        ("posting_closed", ["account_id", "amount_fen"], postings),
    ):
        file = tmp_path / f"{name}.parquet"
        table = pa.table({c: pa.array(v, pa.int64()) for c, v in zip(columns, zip(*rows, strict=True), strict=True)})
        pq.write_table(table, file)
        made.attach(name, [file], dict.fromkeys(columns, "BIGINT"), name)
    return made


def settings(**changed: str | int) -> Parameters:
    return Parameters(date(2026, 1, 31), Settings.load().changed(**changed))


def written(build: Build, folder: Path, parameters: Parameters) -> tuple[int, str, int]:
    """Rows, content hash and files of the table of TEXT."""
    query = compile_query(TEXT, parameters)
    rows = slices.write(build, query, folder, parameters, {"posting": "posting_closed"})
    assert content_hash(folder)[0] == rows
    return rows, content_hash(folder)[1], len(list(folder.iterdir()))


def test_any_number_of_slices_gives_the_same_rows(build, tmp_path):
    rows, content, files = written(build, tmp_path / "whole", settings())
    assert files == 1
    assert rows > CUSTOMERS / 2
    for most, expected in ((100, 2), (70, 3), (11, 19)):
        chosen = settings(engine__customers_at_once=most)
        assert written(build, tmp_path / f"by-{most}", chosen) == (rows, content, expected)


def test_less_memory_makes_more_slices(build, tmp_path):
    few, many = (written(build, tmp_path / size, settings(engine__memory=size))[2] for size in ("1MB", "8KB"))
    assert few == 1
    assert many > 2


@pytest.mark.parametrize("count", [1, 2, 3, 7, 1000])
def test_ranges_part_all_identifiers(count):
    bounds = [text.split() for text in slices._ranges_of_ids(count)]
    firsts, lasts = [int(words[2]) for words in bounds], [int(words[4]) for words in bounds]
    assert (firsts[0], lasts[-1], len(bounds)) == (0, 2**63 - 1, count)
    assert firsts[1:] == [last + 1 for last in lasts[:-1]]
