"""Tokens of personal information, and that nothing clear is left where it should not be."""

from __future__ import annotations

import base64
import hashlib
import hmac
import stat
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from kequn.bank import quarantine
from kequn.bank.contract import contracts
from kequn.bank.session import open_session
from kequn.bank.tokens import normalised, token, token_key, write_tokens
from kequn.errors import KequnError
from kequn.workspace import Workspace

APRIL = date(2024, 4, 30)


def expected(core: Any, text: str) -> str:
    return hmac.new(token_key(core.workspace), text.encode(), hashlib.sha256).hexdigest()[:32]


def test_tokens_are_keyed_and_join_across_tables(core: Any) -> None:
    core.land("party", [core.party(1), core.party(2, mobile="+86 139-0000-0002", id_number=" 99010119900101000x ")])
    core.land("account", [core.account(1), core.account(2, party_id="P1")])
    core.land("posting", [core.posting(1, counterparty_account="9900-0000-0002", counterparty_name="赵钱1")])
    core.load()
    people = {row["source_ref"]: row for row in core.rows("party")}
    assert people["P1"]["name_token"] == expected(core, "赵钱1")
    assert people["P2"]["mobile_token"] == expected(core, "13900000002")
    assert people["P2"]["id_number_token"] == expected(core, "99010119900101000X")
    assert people["P2"]["email_token"] is None
    numbers = {row["source_ref"]: row["account_number_token"] for row in core.rows("account")}
    (paid,) = core.rows("posting")
    assert paid["counterparty_account_token"] == numbers["A2"]
    assert paid["counterparty_name_token"] == people["P1"]["name_token"]


@pytest.mark.parametrize(
    ("column", "spellings"),
    [
        ("mobile", ["13900000002", "139 0000 0002", "+86-139-0000-0002", "008613900000002"]),
        ("id_number", ["44x", "44X", "4 4x"]),
        ("card_number", ["6222 0000", "6222-0000", "62220000"]),
        ("email", ["A@b.example", "a@B.example"]),
    ],
)
def test_spellings_of_one_value_are_one(workspace: Workspace, column: str, spellings: list[str]) -> None:
    listed = ", ".join(f"('{text}')" for text in spellings)
    with open_session(workspace) as session:
        found = session.rows(f'SELECT DISTINCT {normalised(column)} FROM (VALUES {listed}) v("{column}")')
    assert len(found) == 1


def test_a_value_that_many_rows_share_has_one_token(workspace: Workspace, tmp_path: Path) -> None:
    column = next(each for each in contracts()["staff"].columns if each.name == "name")
    with open_session(workspace) as session:
        write_tokens(
            session, "(VALUES ('王伟'), ('王伟'), ('李娜'), (NULL)) r(name)", [column], tmp_path / "tokens.parquet"
        )
    found = duckdb.sql(f"SELECT value FROM '{tmp_path / 'tokens.parquet'}'").fetchall()
    assert sorted(value for (value,) in found) == ["李娜", "王伟"]


def test_the_key_file_is_made_once_and_for_its_owner_alone(workspace: Workspace) -> None:
    key = token_key(workspace)
    file = workspace.home / "keys" / "token.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(key) == 32
    assert token_key(workspace) == key


@pytest.mark.parametrize("form", ["hex", "base64"])
def test_the_key_may_come_from_the_environment(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    key = bytes(range(200, 232))
    monkeypatch.setenv("KEQUN_TOKEN_KEY", key.hex() if form == "hex" else base64.b64encode(key).decode())
    assert token_key(workspace) == key
    assert token(key, "客群") == hmac.new(key, "客群".encode(), hashlib.sha256).hexdigest()[:32]
    assert not (workspace.home / "keys").exists()


def test_a_short_key_is_refused(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEQUN_TOKEN_KEY", "abcd")
    with pytest.raises(KequnError, match="KEQUN_TOKEN_KEY must be at least 32 bytes"):
        token_key(workspace)


def test_no_clear_value_is_left_in_any_file(core: Any) -> None:
    """Good rows, rows put aside for each reason, refused tables and shifted columns: no secret in any of them."""
    people = [core.party(n) for n in range(1, 9)]
    people[1] |= {"sex": people[1]["name"]}
    people[2] |= {"birth_date": people[2]["mobile"]}
    core.land("party", people)
    wrong = core.account(2, asset_class=core.account(2)["account_number"])
    core.land("account", [core.account(1), wrong, core.account(7, party_id="P99")])
    core.land("posting", [core.posting(1), core.posting(2, kind="?"), core.posting(1, direction="out")])
    core.load()
    core.land("party", [row | {"sex": row["name"], "name": row["sex"]} for row in people], APRIL)
    core.land("account", [core.account(1, currency=core.account(1)["account_number"]) for _ in range(9)], APRIL)
    assert {item.status for item in core.load().files} == {"refused"}
    secrets = [row[name] for row in people for name in ("name", "id_number", "mobile")]
    secrets += [core.account(n)["account_number"] for n in (1, 2)] + ["孙李1", "孙李2", "990000000001"]
    assert len(list(quarantine.list(core.workspace))) > 10
    for file in files(core.workspace):
        content = shown(file)
        for secret in secrets:
            assert secret not in content, f"{secret} in {file}"


def files(workspace: Workspace) -> list[Path]:
    places = [workspace.bank, workspace.quarantine, workspace.logs, workspace.vault]
    found = [path for place in places for path in place.rglob("*") if path.is_file()]
    return [*found, workspace.data / "deliveries.jsonl"]


def shown(file: Path) -> str:
    """What a reader of the file would see: every value of a Parquet file, the bytes of any other."""
    raw = file.read_bytes().decode("utf-8", "replace")
    return raw + str(duckdb.read_parquet(str(file)).fetchall()) if file.suffix == ".parquet" else raw
