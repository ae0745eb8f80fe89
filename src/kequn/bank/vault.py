"""The vault: clear C2 values of each delivery, encrypted with AES-GCM in chunks of Arrow IPC.

A file begins with a magic word; then follow chunks of (length, nonce, ciphertext). Each chunk is authenticated
with the file's name, its number and whether it is the last, so that none can be swapped, dropped or cut off.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kequn.bank.contract import Contract
from kequn.bank.tokens import secret_key
from kequn.errors import KequnError
from kequn.workspace import Workspace

MAGIC = b"KEQUNV01"
NONCE = 12
_HEADER = struct.Struct(">I")
_OPTIONS = pa.ipc.IpcWriteOptions(compression="zstd")


def vault_key(workspace: Workspace) -> bytes:
    """The key of the vault: from KEQUN_VAULT_KEY (hex or base64), else the workspace's own key file."""
    return secret_key(workspace, "KEQUN_VAULT_KEY", "vault.key")[:32]


def vault_columns(contract: Contract) -> list[str]:
    """What the vault holds of a table: its key columns and its C2 columns; nothing where it has no C2."""
    secret = [column.name for column in contract.columns if column.secret]
    return [*contract.primary_key, *secret] if secret else []


def seal(workspace: Workspace, table: str, source: str, name: str, batches: Iterable[pa.RecordBatch]) -> Path:
    """Write the clear values of one delivery to data/vault/<source>/<table>/<name>.vault; returns the file."""
    file = workspace.vault / source / table / f"{name}.vault"
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    cipher = AESGCM(vault_key(workspace))
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
        handle.write(MAGIC)
        number = 0
        for batch in batches:
            handle.write(_sealed(cipher, _packed(batch), f"{source}/{table}/{name}/{number}"))
            number += 1
        handle.write(_sealed(cipher, b"", f"{source}/{table}/{name}/{number}/end"))
        handle.flush()
        os.fsync(handle.fileno())
    fresh.rename(file)
    return file


def open_vault(workspace: Workspace, table: str, source: str, name: str) -> Iterator[pa.RecordBatch]:
    """The clear values of one delivery, batch by batch: the table's key columns (as at rest) and C2 columns.

    ``name`` is the name of the part's folder. Raises KequnError where the file is missing, cut off or changed,
    or the key is another.
    """
    file = workspace.vault / source / table / f"{name}.vault"
    if not file.is_file():
        raise KequnError(f"The vault holds nothing of {table} from {source} on {name}.")
    cipher = AESGCM(vault_key(workspace))
    with file.open("rb") as handle:
        if handle.read(len(MAGIC)) != MAGIC:
            raise KequnError(f"{file} is not a vault file.")
        number = 0
        while header := handle.read(_HEADER.size):
            (length,) = _HEADER.unpack(header) if len(header) == _HEADER.size else (0,)
            nonce, box = handle.read(NONCE), handle.read(length)
            content, last = _opened(cipher, nonce, box, f"{source}/{table}/{name}/{number}", file)
            if last:
                return
            yield from pa.ipc.open_stream(content)
            number += 1
    raise KequnError(f"{file} is cut off.")


def _sealed(cipher: AESGCM, content: bytes, label: str) -> bytes:
    nonce = os.urandom(NONCE)
    box = cipher.encrypt(nonce, content, label.encode())
    return _HEADER.pack(len(box)) + nonce + box


def _opened(cipher: AESGCM, nonce: bytes, box: bytes, label: str, file: Path) -> tuple[bytes, bool]:
    for suffix, last in (("", False), ("/end", True)):
        try:
            return cipher.decrypt(nonce, box, (label + suffix).encode()), last
        except (InvalidTag, ValueError):
            continue
    raise KequnError(f"{file} cannot be opened: it was changed or cut off, or the vault key is another.")


def _packed(batch: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema, options=_OPTIONS) as writer:
        writer.write_batch(batch)
    content: bytes = sink.getvalue().to_pybytes()
    return content
