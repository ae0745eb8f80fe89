"""Keyed tokens of personal information (C2): HMAC-SHA-256, first 32 hex digits, over normalised text."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kequn.bank.contract import Column
from kequn.bank.session import Session, scan
from kequn.engine.duck import quoted
from kequn.errors import KequnError
from kequn.workspace import Workspace

KEY_BYTES = 32
TOKEN_DIGITS = 32
_SCHEMA = pa.schema([("value", pa.string()), ("token", pa.string())])
_UPPER = ("id_number", "person_id_number")
_NUMBERS = ("account_number", "card_number", "counterparty_account")


def token_key(workspace: Workspace) -> bytes:
    """The key of all tokens: from KEQUN_TOKEN_KEY (hex or base64), else the workspace's own key file."""
    return secret_key(workspace, "KEQUN_TOKEN_KEY", "token.key")


def token(key: bytes, text: str) -> str:
    """The token of a text that is normalised already."""
    return hmac.digest(key, text.encode("utf-8"), "sha256").hex()[:TOKEN_DIGITS]


def normalised(column: str) -> str:
    """SQL of a C2 column's text as tokens see it: two spellings of one number or name give one token."""
    name = quoted(column)
    if column in _UPPER:
        return f"nullif(upper(replace({name}, ' ', '')), '')"
    if column == "mobile":
        digits = f"regexp_replace({name}, '[^0-9]', '', 'g')"
        return f"nullif(regexp_replace({digits}, '^(00)?86(1[0-9]{{10}})$', '\\2'), '')"
    if column in _NUMBERS:
        return f"nullif(replace(replace({name}, ' ', ''), '-', ''), '')"
    if column == "email":
        return f"nullif(lower({name}), '')"
    return f"nullif({name}, '')"


def write_tokens(session: Session, rows: str, columns: Iterable[Column], file: Path) -> None:
    """Write ``value`` and ``token`` of every distinct value in the C2 ``columns`` of ``rows`` (SQL)."""
    key = token_key(session.workspace)
    selects = " UNION ALL ".join(f"SELECT {normalised(c.name)} AS value FROM {rows}" for c in columns)
    with pq.ParquetWriter(file, _SCHEMA, compression="lz4") as writer:
        for batch in session.batches(f"SELECT DISTINCT value FROM ({selects}) WHERE value IS NOT NULL"):
            values = batch.column(0)
            made = [token(key, text) for text in values.to_pylist()]
            writer.write_batch(pa.record_batch([values.cast(pa.string()), pa.array(made, pa.string())], schema=_SCHEMA))


def joined(rows: str, columns: Iterable[Column], file: Path) -> tuple[str, dict[str, str]]:
    """SQL of ``rows`` joined with tokens as ``r``, and the SQL of each C2 column's token by column name."""
    joins, shown = f"{rows} r", {}
    for number, column in enumerate(columns):
        joins += f" LEFT JOIN {scan(file)} t{number} ON t{number}.value = {_of(normalised(column.name), column.name)}"
        shown[column.name] = f"t{number}.token"
    return joins, shown


def secret_key(workspace: Workspace, variable: str, name: str) -> bytes:
    """A key of 32 bytes from the environment, else from ``keys/<name>``, which is made once with random content."""
    text = os.environ.get(variable)
    if text:
        return _decoded(text.strip(), variable)
    file = workspace.home / "keys" / name
    if not file.is_file():
        _create(file)
    return _decoded(file.read_text("ascii").strip(), str(file))


def _create(file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(secrets.token_hex(KEY_BYTES) + "\n")
        handle.flush()
        os.fsync(handle.fileno())
    with suppress(FileExistsError):  # another process was quicker: its key is the key
        os.link(fresh, file)
    fresh.unlink()


def _decoded(text: str, origin: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        try:
            key = base64.b64decode(text, validate=True)
        except binascii.Error:
            key = b""
    if len(key) < KEY_BYTES:
        raise KequnError(f"The key in {origin} must be at least {KEY_BYTES} bytes, as hex or base64.")
    return key


def _of(expression: str, column: str) -> str:
    return expression.replace(quoted(column), f"r.{quoted(column)}")
