"""The vault gives back what was sealed, and nothing that was touched."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from kequn.bank.session import key_of
from kequn.bank.vault import open_vault, seal
from kequn.errors import KequnError
from kequn.workspace import Workspace


def batches(count: int = 3) -> list[pa.RecordBatch]:
    return [
        pa.RecordBatch.from_pylist([{"party_id": number * 10 + i, "name": f"赵{number}{i}"} for i in range(4)])
        for number in range(count)
    ]


def test_clear_values_of_a_delivery_come_back_by_key(core: Any) -> None:
    core.land_people((1, 2), date(2024, 3, 31))
    core.load()
    rows = [row for batch in open_vault(core.workspace, "party", "core", "2024-03-31") for row in batch.to_pylist()]
    names = {row["party_id"]: row["name"] for row in rows}
    assert names == {key_of("core", "party", "P1"): "赵钱1", key_of("core", "party", "P2"): "赵钱2"}
    assert set(rows[0]) == {"party_id", "name", "id_number", "mobile", "email", "address"}


def test_batches_come_back_one_by_one(workspace: Workspace) -> None:
    file = seal(workspace, "party", "core", "2024-03-31", batches())
    assert list(open_vault(workspace, "party", "core", "2024-03-31")) == batches()
    assert "赵".encode() not in file.read_bytes()


def test_an_empty_vault_file_is_whole(workspace: Workspace) -> None:
    seal(workspace, "party", "core", "d", [])
    assert list(open_vault(workspace, "party", "core", "d")) == []


def chunks(file: Path) -> list[bytes]:
    """Magic word, then every sealed chunk."""
    raw, found, position = file.read_bytes(), [file.read_bytes()[:8]], 8
    while position < len(raw):
        size = 4 + 12 + int.from_bytes(raw[position : position + 4], "big")
        found.append(raw[position : position + size])
        position += size
    return found


@pytest.mark.parametrize(
    "change",
    [
        lambda parts: [*parts[:2], parts[2][:-1] + bytes([parts[2][-1] ^ 1]), *parts[3:]],
        lambda parts: [parts[0], parts[2], parts[1], *parts[3:]],
        lambda parts: [*parts[:2], *parts[3:]],
        lambda parts: parts[:-1],
        lambda parts: [*parts[:-1], parts[-1][:-3]],
        lambda parts: [b"KEQUNV99", *parts[1:]],
    ],
    ids=["changed", "swapped", "dropped", "without its end", "cut off", "other magic"],
)
def test_a_touched_file_is_not_read_to_its_end(workspace: Workspace, change: Any) -> None:
    file = seal(workspace, "party", "core", "d", batches())
    file.write_bytes(b"".join(change(chunks(file))))
    with pytest.raises(KequnError):
        list(open_vault(workspace, "party", "core", "d"))


def test_a_file_is_bound_to_its_place(workspace: Workspace) -> None:
    file = seal(workspace, "party", "core", "d", batches())
    file.rename(file.with_name("e.vault"))
    with pytest.raises(KequnError):
        list(open_vault(workspace, "party", "core", "e"))


def test_another_key_opens_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    seal(workspace, "party", "core", "d", batches())
    monkeypatch.setenv("KEQUN_VAULT_KEY", "ab" * 32)
    with pytest.raises(KequnError, match="vault key is another"):
        list(open_vault(workspace, "party", "core", "d"))


def test_what_is_not_there_is_named(workspace: Workspace) -> None:
    with pytest.raises(KequnError, match="nothing of party from core on d"):
        list(open_vault(workspace, "party", "core", "d"))
